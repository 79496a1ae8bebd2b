"""An account for somebody who works with the console."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.core.management.base import CommandParser

from offboarding.access import ROLES
from offboarding.actions.accounts import create_staff
from offboarding.actions.errors import Refused
from offboarding.management.noted import NotedCommand


class Command(NotedCommand):
    help = (
        "Make an account. The password is asked for, or read from standard input. "
        "Example: manage.py create_staff grace --email grace@example.com --role approver"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the account name to sign in with")
        parser.add_argument("--email", required=True)
        parser.add_argument("--role", action="append", required=True, choices=list(ROLES), help="may be repeated")
        parser.add_argument("--full-name", default="", help="as people and audit records will show it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            create_staff(
                None,
                name=options["name"],
                email=options["email"],
                roles=options["role"],
                password=self._password(),
                full_name=options["full_name"],
            )
        except Refused as refused:
            self.stderr.write(f"{refused.problem} {refused.remedy}")
            sys.exit(2)
        self.stdout.write(f"Account {options['name']} made: {', '.join(options['role'])}.")

    def _password(self) -> str:
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\n")
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise Refused("The two passwords differ.", "Nothing was made; try again.", "password")
        return password
