"""From approval to the first step, through the real worker process. Bar: median under one second."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.console import console

ROUNDS, BAR = 7, 1.0
ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    with console(people=60, conversations=20) as sandbox:
        from django.contrib.auth.models import User

        from offboarding.models import StepRun, WorkerHeartbeat
        from tests.flows import approved

        staff, approver = (User.objects.get(username=name) for name in ("staff", "approver"))
        people = [person["id"] for person in sandbox.people() if not person["why"]][:ROUNDS]
        worker = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "worker"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _wait(lambda: WorkerHeartbeat.objects.exists(), "the worker's first sign of life")
            time.sleep(1)
            waits = []
            for person in people:
                run = approved(staff, approver, person)
                first = StepRun.objects.filter(run=run, started_at__isnull=False)
                _wait(first.exists, "the first step")
                waits.append((first.earliest("started_at").started_at - run.approved_at).total_seconds())
            median = statistics.median(waits)
            print(
                f"approve to first step: {median / BAR:.2f} of the bar of {BAR:.0f} s; median {median * 1000:.0f} ms, "
                f"longest {max(waits) * 1000:.0f} ms, {len(waits)} rounds"
            )
            return 0 if median < BAR else 1
        finally:
            worker.terminate()
            worker.wait(60)


def _wait(ready: object, what: str, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not ready():  # type: ignore[operator]
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
