"""Sends messages again that were given up."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils.dateparse import parse_date, parse_datetime

from offboarding.actions.deliveries import replay_deliveries, replay_delivery
from offboarding.actions.errors import Refused
from offboarding.management.noted import NotedCommand

USAGE, REFUSED = 2, 4


class Command(NotedCommand):
    help = (
        "Send webhook messages again that were given up: those with these numbers, or all that were made since a time. "
        "The worker sends them; each keeps its webhook-id. Exit 0 all to be sent again, 2 usage, 4 some were refused. "
        "Example: manage.py replay_deliveries --since 2026-03-02T09:00 --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        wanted = parser.add_mutually_exclusive_group(required=True)
        wanted.add_argument("--since", metavar="ISO", help="a date or a time; without a zone it is in UTC")
        wanted.add_argument("--id", type=int, nargs="+", metavar="N", help="numbers, as audit records tell them")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        refused: list[dict[str, Any]] = []
        left = 0
        if options["since"] is not None:
            replayed = replay_deliveries(None, since=self._time(options["since"]))
            again, left = list(replayed.ids), replayed.left
        else:
            again = [number for number in options["id"] if self._replay(number, refused)]
        if options["json"]:
            self.stdout.write(json.dumps({"replayed": again, "refused": refused, "left": left}))
        else:
            self.stdout.write(f"To be sent again: {', '.join(map(str, again)) or 'none'}.")
            if left:
                self.stdout.write(
                    f"Given up and left so, replaced by a newer message or to a disabled endpoint: {left}."
                )
        if refused:
            sys.exit(REFUSED)

    def _replay(self, number: int, refused: list[dict[str, Any]]) -> bool:
        try:
            replay_delivery(None, delivery_id=number)
        except Refused as refusal:
            self.stderr.write(f"{number}: {refusal.problem} {refusal.remedy}")
            refused.append({"id": number, "problem": refusal.problem, "remedy": refusal.remedy})
            return False
        return True

    def _time(self, text: str) -> datetime:
        try:
            found = parse_datetime(text)
            day = None if found else parse_date(text)
        except ValueError:
            found = day = None
        if found is None and day is not None:
            found = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if found is None:
            self.stderr.write(f"Not understood: --since {text}. Write it like 2026-03-02T09:00Z.")
            sys.exit(USAGE)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
