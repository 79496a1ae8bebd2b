"""Takes the history home."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import CommandParser

from offboarding.actions.notes import note_export
from offboarding.audit.export import HistoryFilter, stream_csv, stream_jsonl
from offboarding.management.noted import NotedCommand
from offboarding.models.audit import Outcome

USAGE = 2
DAY = "like 2026-03-02, in UTC"
FILTERS = {
    "actor": ("NAME", "a part of the name of who did it, or of the system user of a command"),
    "person": ("WHO", "whom it is about: a part of the name, the whole e-mail, or the whole id"),
    "action": ("ACTION", "what was done, or how that begins: request.approved, or request for all of requests"),
    "outcome": ("OUTCOME", f"how it ended: {', '.join(Outcome.values)}"),
    "request": ("NUMBER", "of this request alone, like 8"),
    "since": ("DAY", f"from this day on, {DAY}"),
    "until": ("DAY", f"to the end of this day, {DAY}"),
}


class Command(NotedCommand):
    help = (
        "Write the history to standard output, newest first; the export is itself recorded. "
        "Example: manage.py export_audit --format csv --since 2026-01-01 --action request > history.csv"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=["csv", "jsonl"], required=True)
        for name, (metavar, words) in FILTERS.items():
            parser.add_argument(f"--{name}", default="", metavar=metavar, help=words)

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = HistoryFilter.read(options)
        given = {name: options[name] for name in HistoryFilter.__slots__ if options[name]}
        if wanted.given() != given:
            self.stderr.write(f"Not understood: {', '.join(sorted(given.keys() - wanted.given().keys()))}")
            sys.exit(USAGE)
        if why := wanted.why_nothing():
            self.stderr.write(f"Nothing can match: {why}")
            sys.exit(USAGE)
        note_export(None, form=options["format"], filters=wanted.given())
        stream = stream_csv if options["format"] == "csv" else stream_jsonl
        try:
            for line in stream(wanted.apply()):
                sys.stdout.write(line)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
