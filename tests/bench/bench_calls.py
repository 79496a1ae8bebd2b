"""API calls of one deprovisioning, by step, held against what it needs: see tests/call_bounds.py."""

from __future__ import annotations

import sys

from tests.bench.console import console

ASYNCHRONOUS = ("group_delay", "station_delay", "workforce_delay")


def main() -> int:
    with console(people=60, conversations=300) as sandbox:
        from django.contrib.auth.models import User

        from tests import call_bounds
        from tests.flows import approved, drive

        sandbox.options(**dict.fromkeys(ASYNCHRONOUS, 0.0))
        staff, approver = (User.objects.get(username=name) for name in ("staff", "approver"))
        run = approved(staff, approver, sandbox.person("holds everything")["id"])
        before, snapshot = call_bounds.snapshot_of(run)
        run = drive(run)
        assert run.state == "completed", run.problem
        steps = call_bounds.calls_by_step(run)
        print(f"{'step':20} {'writes':>6} {'reads':>6}")
        for key, (step_writes, step_reads) in steps.items():
            print(f"{key:20} {step_writes:6} {step_reads:6}")
        writes, archive = sum(each[0] for each in steps.values()), steps["archive_history"][1]
        reads = sum(each[1] for each in steps.values()) - archive
        fewest, most = call_bounds.fewest_writes(run), call_bounds.most_reads(run, before, snapshot)
        back = call_bounds.read_backs(run, before)
        print(
            f"calls: writes {writes / fewest:.2f} of the fewest ({writes} of {fewest}); "
            f"reads {reads / most:.2f} of the most ({reads} of {most}: two snapshots of {snapshot}, {back} read-backs, "
            f"{call_bounds.BEFORE_A_WRITE} before a write) beside {archive} archive calls"
        )
        return 0 if writes <= fewest and reads <= most else 1


if __name__ == "__main__":
    sys.exit(main())
