"""Takes the history home."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import CommandParser

from offboarding.audit.export import HistoryFilter, stream_csv, stream_jsonl
from offboarding.audit.record import record_alone
from offboarding.management.noted import NotedCommand


class Command(NotedCommand):
    help = (
        "Write the history to standard output, newest first; the export is itself recorded. "
        "Example: manage.py export_audit --format csv --since 2026-01-01 --action request > history.csv"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=["csv", "jsonl"], required=True)
        for name in HistoryFilter.__slots__:
            parser.add_argument(f"--{name}", default="", help="narrow the history, as on the History page")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = HistoryFilter.read(options)
        given = {name: options[name] for name in HistoryFilter.__slots__ if options[name]}
        if wanted.given() != given:
            self.stderr.write(f"Not understood: {', '.join(sorted(given.keys() - wanted.given().keys()))}")
            sys.exit(2)
        record_alone(
            None,
            "audit.exported",
            data={"format": options["format"], "filters": wanted.given() or "none", "at": "command line"},
        )
        stream = stream_csv if options["format"] == "csv" else stream_jsonl
        try:
            for line in stream(wanted.apply()):
                sys.stdout.write(line)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
