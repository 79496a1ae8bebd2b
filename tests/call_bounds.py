"""How many calls a deprovisioning needs: the fewest writes there can be, and the reads that its proofs cost.

Writes: state, tokens, one a direct queue, one bulk removal, one a group, one a team, one for all skills, one a
language, one a station, one a phone, one for all numbers, one each for forwarding, backup, utilization and workforce
unit, and the SCIM DELETE.

Reads: three snapshots of the person (plan, start, before the deletion), one read-back of each place
that was written to, and six before a write that would be blind without. Archive calls, and what is read again while
an asynchronous change is under way, are counted apart.
"""

from __future__ import annotations

from collections import Counter

from offboarding.genesys.connect import client_for_worker
from offboarding.models import Run
from offboarding.people import holdings
from offboarding.plan import Holdings

READS_WRITTEN_AS_POST = ("search", "query")
ONE_CALL_EACH = ("queue", "group", "team", "language", "station", "phone", "forwarding", "backup", "utilization")
ONE_CALL_FOR_ALL = ("role", "skill", "did", "workforce")
# Is it the right person; is it the last administrator; the version that the state has; the last token before; the
# addresses that stay; was the deletion done before a crash.
BEFORE_A_WRITE = 6


def is_write(call: str) -> bool:
    method, _, path = call.partition(" ")
    return method != "GET" and not path.endswith(READS_WRITTEN_AS_POST) and not path.endswith("/oauth/token")


def fewest_writes(run: Run) -> int:
    kinds = _kinds(run)
    return 3 + sum(kinds[kind] for kind in ONE_CALL_EACH) + sum(1 for kind in ONE_CALL_FOR_ALL if kinds[kind])


def read_backs(run: Run, before: Holdings) -> int:
    """One a place: state, last token, live sessions, deletion; the person for groups and team; each other kind its own.

    Queues have two lists, joined and not; one that a group is in as well tells its own members only in its own list.
    """
    kinds = _kinds(run)
    own = ("role", "skill", "language", "utilization", "station", "phone", "did", "forwarding", "backup", "workforce")
    mixed = sum(1 for item in before.of("queue") if item.is_direct and item.inherited_from)
    queues = 2 + mixed if kinds["queue"] else 0
    groups = 1 if kinds["group"] or kinds["team"] else 0
    return 4 + queues + groups + sum(1 for kind in own if kinds[kind])


def snapshot_of(run: Run) -> tuple[Holdings, int]:
    """What the person holds now, as a run looks at it, and how many calls that takes."""
    calls: list[str] = []
    reading = client_for_worker(on_call=lambda method, path, status, seconds: calls.append(path))
    seen = holdings(reading, run.request.person_id, scim_id=run.plan.scim_id, raise_waits=True)
    return seen, len(calls)


def most_reads(run: Run, before: Holdings, snapshot: int) -> int:
    """Of the run itself: the snapshot of the plan was read before it."""
    return 2 * snapshot + read_backs(run, before) + BEFORE_A_WRITE


def calls_by_step(run: Run) -> dict[str, tuple[int, int]]:
    """(writes, reads) of each step."""
    found = {}
    for step in run.steps.all():
        writes = sum(count for call, count in step.calls.items() if is_write(call))
        found[step.key] = (writes, sum(step.calls.values()) - writes)
    return found


def _kinds(run: Run) -> Counter[str]:
    return Counter(action["kind"] for action in run.plan.document["actions"] if action["ended_by"] == "step")
