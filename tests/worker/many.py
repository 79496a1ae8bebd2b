"""Approved requests that nobody works on yet, and what the sandbox of a console was asked."""

from __future__ import annotations

import subprocess
import sys

from tests.console import ROOT, Console


def ask_for(console: Console, person_ids: list[str]) -> None:
    """Ask for these people, plan and approve, in a process in the console's environment."""
    subprocess.run(
        [sys.executable, "-m", "tests.worker.ask_for_many", *person_ids],
        env=console.environment | {"DJANGO_SETTINGS_MODULE": "deprov_site.settings"},
        cwd=ROOT,
        check=True,
        timeout=120,
        stdout=subprocess.DEVNULL,
    )


def last_call(console: Console) -> int:
    return max((call["seq"] for call in console.sandbox.calls()), default=0)
