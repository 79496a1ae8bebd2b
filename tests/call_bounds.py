"""How many calls a deprovisioning needs: the fewest writes there can be, and the reads that its proofs cost.

Writes: state, tokens, one a direct queue, one bulk removal, one a group, one a team, one for all skills, one a
language, one a station, one a phone, one for all numbers, one each for forwarding, backup, utilization and workforce
unit, and the SCIM DELETE.

Reads: three snapshots of the person (for the plan, at the start, before the deletion). The plan also asks which
groups are dynamic, who else has the name, for the duties that are handed over, and who the OAuth client is and what it
sees. Each step reads
back each place that it wrote to, once: that is one read for most, and more for those that write to several places
(skills, phones) or whose place has several lists (queues). Some read before they write, because the write would be
blind without. Archive calls, and what is read again while an asynchronous change is under way, are counted apart.
"""

from __future__ import annotations

from collections import Counter

from offboarding.genesys.connect import client_for_worker
from offboarding.models import Run
from offboarding.people import holdings
from offboarding.plan import Holdings
from offboarding.sandbox.testing import SandboxThread

READS_WRITTEN_AS_POST = ("search", "query")
ONE_CALL_EACH = ("queue", "group", "team", "language", "station", "phone", "forwarding", "backup", "utilization")
ONE_CALL_FOR_ALL = ("role", "skill", "did", "workforce")
# SCIM resource, person, two lists of queues, grants, agent status, reports, phones, station, numbers, backup,
# utilization, forwarding.
SNAPSHOT = 13
# Evaluations by and of them, work items, OAuth clients, coaching, licence, skill groups, verifiers, voicemail.
DUTIES = 9
# The client's token, grants and maker, what divisions there are, and who else can give roles.
THE_CLIENT = 6
# Who is meant, and which org it is.
ASKING = 2
# Who else has the name.
NAMESAKES = 1


def is_write(call: str) -> bool:
    method, _, path = call.partition(" ")
    return method != "GET" and not path.endswith(READS_WRITTEN_AS_POST) and not path.endswith("/oauth/token")


def fewest_writes(run: Run) -> int:
    kinds = _kinds(run)
    return 3 + sum(kinds[kind] for kind in ONE_CALL_EACH) + sum(1 for kind in ONE_CALL_FOR_ALL if kinds[kind])


def is_read(call: str) -> bool:
    """Not for an archive: its calls are counted apart, those of its preview too."""
    return not is_write(call) and not call.endswith(("/oauth/token", "/details/query"))


def made(sandbox: SandboxThread) -> list[str]:
    """The calls that the sandbox recorded, as "METHOD /path"."""
    return [f"{call['method']} {call['path']}" for call in sandbox.calls()]


def snapshot(seen: Holdings) -> int:
    """One for all groups, and one for each queue that a group of theirs is in: only it knows its own members."""
    groups = 1 if seen.of("group") else 0
    return SNAPSHOT + groups + sum(1 for item in seen.of("queue") if item.inherited_from)


def most_reads_of_the_plan(before: Holdings) -> int:
    """With the asking: the snapshot, one a group for its rules, one for those of the same name, one for the names of
    those whose backup they are, one for the manager's, the duties and the client.
    """
    names = NAMESAKES + (1 if before.backs_up else 0) + (1 if before.person.manager else 0)
    return ASKING + snapshot(before) + len(before.of("group")) + names + DUTIES + THE_CLIENT


def most_reads(run: Run, before: Holdings) -> dict[str, int]:
    """Of each step. The first that looks takes the snapshot of the start, the deletion the last one, of nobody's."""
    kinds = _kinds(run)
    mixed = sum(1 for item in before.of("queue") if item.is_direct and item.inherited_from)

    def of(*names: str) -> int:
        return sum(1 for name in names if kinds[name])

    return {
        "check_compliance": 1 + 1,  # is it the right person, and the last administrator
        "suspend_sign_in": 1 + 1,  # the version before
        "revoke_sessions": 1 + 1,  # the last token before
        "settle_conversations": 1,
        "leave_queues": snapshot(before) + (2 + mixed if kinds["queue"] else 0),
        "remove_roles": of("role"),
        "leave_groups": max(of("group"), of("team")) + of("team"),  # the person, and the team itself
        "clear_skills": of("skill", "language", "utilization"),
        "release_phones": of("station", "phone", "did") + 2 * of("did"),  # the addresses before and after
        "stop_forwarding": of("forwarding", "backup"),
        "leave_workforce": of("workforce"),
        # Was it done before a crash, is it the right person; a person without a team proves none: the team is asked.
        "delete_person": SNAPSHOT + 2 + 1 + of("team"),
        "notify": 0,
    }


def snapshot_of(run: Run) -> tuple[Holdings, int]:
    """What the person holds now, as a run looks at it, and how many calls that takes."""
    calls: list[str] = []
    reading = client_for_worker(on_call=lambda method, path, status, seconds: calls.append(path))
    seen = holdings(reading, run.request.person_id, scim_id=run.plan.scim_id, raise_waits=True)
    return seen, len(calls)


def calls_by_step(run: Run) -> dict[str, tuple[int, int]]:
    """(writes, reads) of each step."""
    found = {}
    for step in run.steps.all():
        writes = sum(count for call, count in step.calls.items() if is_write(call))
        found[step.key] = (writes, sum(step.calls.values()) - writes)
    return found


def _kinds(run: Run) -> Counter[str]:
    return Counter(action["kind"] for action in run.plan.document["actions"] if action["ended_by"] == "step")
