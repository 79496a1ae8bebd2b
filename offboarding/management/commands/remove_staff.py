"""The end of an account of somebody who works with the console."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from offboarding.actions.accounts import remove_staff
from offboarding.actions.errors import Refused
from offboarding.management.noted import NotedCommand


class Command(NotedCommand):
    help = (
        "Let an account sign in no more; what it did stays in the history. What it asked for or approved waits for a "
        "new decision. Example: manage.py remove_staff grace"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the account name to sign in with")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            remove_staff(None, name=options["name"])
        except Refused as refused:
            self.stderr.write(f"{refused.problem} {refused.remedy}")
            sys.exit(2)
        self.stdout.write(f"Account {options['name']} removed: it cannot sign in any more.")
