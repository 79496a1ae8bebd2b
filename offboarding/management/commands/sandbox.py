"""`manage.py sandbox`: starts the sandbox org. All of it lives in `offboarding.sandbox`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from offboarding.sandbox import server


class Command(BaseCommand):
    help = "Runs the sandbox: an imitation of a Genesys Cloud org on a loopback address."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        shape = {"epilog": server.EXAMPLE, "formatter_class": argparse.RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **(shape | kwargs))

    def add_arguments(self, parser: CommandParser) -> None:
        server.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(server.run(options))
