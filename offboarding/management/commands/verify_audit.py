"""Checks the audit trail."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from offboarding.actions.archives import note_look
from offboarding.archives.kept import harm_of
from offboarding.audit.chain import verify_chain
from offboarding.audit.readings import problems_of_readings
from offboarding.management.noted import NotedCommand
from offboarding.models import Archive
from offboarding.plan import counted


class Command(NotedCommand):
    help = (
        "Check every audit record, every link and the head of the chain, which is itself recorded, and whether the "
        "answers of Genesys Cloud and the archives kept as evidence are those that were recorded. "
        "Exit 0: unbroken, 1: broken. Example: manage.py verify_audit --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify_chain()
        readings, changed = problems_of_readings()
        archives, harmed = _look_at_archives()
        changed += harmed
        if options["json"]:
            self.stdout.write(
                json.dumps({**asdict(report), "readings": readings, "archives": archives, "changed": changed})
            )
        elif report.ok:
            self.stdout.write(f"Unbroken: {report.checked:,} records, head {report.sequence} {report.hash}")
            kept = f"{counted(readings, 'answer')} of Genesys Cloud, {counted(archives, 'archive')}"
            self.stdout.write(f"Evidence: {kept}, {counted(len(changed), 'problem')}")
        else:
            self.stderr.write(
                f"BROKEN: {report.problem}. The last good record is {report.sequence}. "
                "Keep this database as it is and compare with your last export."
            )
        for problem in [] if options["json"] else changed:
            self.stderr.write(f"CHANGED: {problem}.")
        if not report.ok or changed:
            sys.exit(1)


def _look_at_archives() -> tuple[int, list[str]]:
    """How many archives were verified when they were written, and which of their files are lost or were changed."""
    archives = Archive.objects.filter(verified_at__isnull=False).defer("manifest").order_by("request_id")
    problems = []
    for archive in archives:
        harm = harm_of(archive)
        if note_look(archive, harm) and harm:
            problems.append(f"the archive of request {archive.request_id} {harm.label}: {archive.path}")
    return len(archives), problems
