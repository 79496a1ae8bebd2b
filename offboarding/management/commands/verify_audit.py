"""Checks the audit trail."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from offboarding.audit.chain import verify_chain


class Command(BaseCommand):
    help = (
        "Check every audit record, every link and the head of the chain; the result is itself recorded. "
        "Exit 0: unbroken, 1: broken. Example: manage.py verify_audit --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify_chain()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report)))
        elif report.ok:
            self.stdout.write(f"Unbroken: {report.checked:,} records, head {report.sequence} {report.hash}")
        else:
            self.stderr.write(
                f"BROKEN: {report.problem}. The last good record is {report.sequence}. "
                "Keep this database as it is and compare with your last export."
            )
        if not report.ok:
            sys.exit(1)
