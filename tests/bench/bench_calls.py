"""API calls of one deprovisioning, by step, against the fewest there can be (writes) and three snapshots (reads).

The fewest writes: state, tokens, one a direct queue, one bulk removal, one a group, one a team, one for all skills,
one a language, one a station, one a phone, one for all numbers, one each for forwarding, backup, utilization and
workforce unit, and the SCIM DELETE. The fewest reads: a snapshot at the start and one before the delete (the plan's
is made before), one read-back a step that changed something (two where two kinds are read from different places).
Archive calls are counted apart.
"""

from __future__ import annotations

import sys
from collections import Counter

from tests.bench.console import console

READS_WRITTEN_AS_POST = ("search", "query")


def is_write(call: str) -> bool:
    method, _, path = call.partition(" ")
    return method != "GET" and not path.endswith(READS_WRITTEN_AS_POST) and not path.endswith("/oauth/token")


def main() -> int:
    with console(people=60, conversations=300) as sandbox:
        from django.contrib.auth.models import User

        from tests.flows import approved, drive

        staff, approver = (User.objects.get(username=name) for name in ("staff", "approver"))
        person = sandbox.person("holds everything")["id"]
        run = approved(staff, approver, person)
        sandbox.clear_calls()
        run = drive(run)
        assert run.state == "completed", run.problem
        kinds = Counter(action["kind"] for action in run.plan.document["actions"] if action["ended_by"] == "step")
        fewest = (
            2
            + kinds["queue"]
            + (1 if kinds["role"] else 0)
            + kinds["group"]
            + kinds["team"]
            + (1 if kinds["skill"] else 0)
            + kinds["language"]
            + kinds["station"]
            + kinds["phone"]
            + (1 if kinds["did"] else 0)
            + sum(kinds[kind] for kind in ("forwarding", "backup", "utilization", "workforce"))
            + 1
        )
        writes = reads = archive = 0
        print(f"{'step':18} {'writes':>6} {'reads':>6}")
        for step in run.steps.all():
            step_writes = sum(count for call, count in step.calls.items() if is_write(call))
            step_reads = sum(step.calls.values()) - step_writes
            print(f"{step.key:18} {step_writes:6} {step_reads:6}")
            writes += step_writes
            if step.key == "archive_history":
                archive += step_reads
            else:
                reads += step_reads
        print(
            f"calls: writes {writes / fewest:.2f} of the fewest ({writes} of {fewest}); "
            f"{reads} reads beside {archive} archive calls"
        )
        return 0 if writes <= fewest else 1


if __name__ == "__main__":
    sys.exit(main())
