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
        sandbox.clear_calls()
        run = approved(staff, approver, sandbox.person("holds everything")["id"])
        planned = sum(map(call_bounds.is_read, call_bounds.made(sandbox)))
        before, snapshot = call_bounds.snapshot_of(run)
        run = drive(run)
        assert run.state == "completed", run.problem
        steps, most = call_bounds.calls_by_step(run), call_bounds.most_reads(run, before)
        print(f"{'step':20} {'writes':>6} {'reads':>6} {'at most':>7}")
        for key, (step_writes, step_reads) in steps.items():
            print(f"{key:20} {step_writes:6} {step_reads:6} {most.get(key, ''):>7}")
        archive = steps.pop("archive_history")[1]
        writes, fewest = sum(each[0] for each in steps.values()), call_bounds.fewest_writes(run)
        reads, most_planned = sum(each[1] for each in steps.values()), call_bounds.most_reads_of_the_plan(before)
        print(
            f"calls: writes {writes / fewest:.2f} of the fewest ({writes} of {fewest}); "
            f"reads {reads / sum(most.values()):.2f} of the most ({reads} of {sum(most.values())}: the snapshot of "
            f"the start, {snapshot}, the last one, {call_bounds.SNAPSHOT}, and what each step reads before and after "
            f"it writes), and {planned} of {most_planned} for the plan, beside {archive} archive calls"
        )
        kept = all(step_reads <= most[key] for key, (_, step_reads) in steps.items())
        return 0 if kept and writes <= fewest and planned <= most_planned else 1


if __name__ == "__main__":
    sys.exit(main())
