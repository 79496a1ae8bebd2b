"""An owner stays in a group that includes its owners, whatever is taken out of it: that is never called left."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.models import Run
from offboarding.plan import sentences
from tests.flows import approved, client, drive

pytestmark = pytest.mark.django_db
DESK = "Escalation Desk"  # includeOwners


@pytest.fixture
def desk(sandbox: Any) -> str:
    return str(sandbox.name_id("group", DESK))


def removals(sandbox: Any, group: str) -> list[Any]:
    return list(sandbox.calls(method="DELETE", path=f"/groups/{group}/members"))


def is_handed_over(run: Run) -> bool:
    """Not called left by the step, and told where somebody looks for what is still to be done."""
    step = run.steps.get(key="leave_groups")
    return (
        f"Stays in {DESK} as its owner: give it another owner." in step.sentence
        and DESK not in step.evidence.get("left", [])
        and DESK in run.steps.get(key="delete_person").evidence["references_left"]
        and not run.document["compliance"]["foreignKeysResolved"]
    )


def test_a_group_that_includes_its_owner_is_not_called_left(sandbox: Any, staff: Any, approver: Any, desk: str) -> None:
    run = approved(staff, approver, sandbox.person("owner of a group")["id"])
    group = next(a for a in run.plan.document["actions"] if (a["kind"], a["id"]) == ("group", desk))
    assert (group["ended_by"], group["call"]) == ("deletion", "")
    assert any(line.startswith("Leave ") and DESK in line for line in sentences(run.plan.document))
    assert f"1 group owned by them: {DESK}" in run.plan.document["hand_over"]
    assert drive(run).state == "completed", run.problem
    assert is_handed_over(run)
    assert not removals(sandbox, desk)
    assert "1 queue ends only with the deletion." in run.steps.get(key="leave_queues").sentence


def test_who_became_its_owner_after_the_approval_is_not_called_out_of_it(
    sandbox: Any, staff: Any, approver: Any, agent: str, desk: str
) -> None:
    sandbox.change(agent, groups=[*sandbox.state(agent)["groups"], desk])
    run = approved(staff, approver, agent)
    sandbox.change(agent, owned_groups=[desk])
    assert drive(run).state == "completed", run.problem
    assert is_handed_over(run)


def test_an_owner_leaves_a_group_that_does_not_include_its_owners(
    sandbox: Any, staff: Any, approver: Any, agent: str
) -> None:
    shift = sandbox.name_id("group", "Night Shift")
    sandbox.change(agent, owned_groups=[shift])
    run = drive(approved(staff, approver, agent))
    assert run.state == "completed", run.problem
    assert len(removals(sandbox, shift)) == 1
    assert "Night Shift" in run.steps.get(key="leave_groups").evidence["left"]
    assert agent not in client().get_group_individuals(shift)
