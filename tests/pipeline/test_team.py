"""The team comes with the person by "best effort": an answer without one does not prove that there is none."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.models import AuditRecord, Run
from tests.flows import approved, at_the_first, drive, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(sandbox: Any) -> str:
    """Somebody in a team."""
    person: str = sandbox.person("plain agent")["id"]
    assert sandbox.state(person)["team"]
    return person


def tell_no_team(sandbox: Any, person: str) -> None:
    """From now on the person is sent without `team`, wherever they are."""
    sandbox.faults({"method": "GET", "path": f"^/api/v2/users/{person}$", "remove": ["team"], "times": None})


def test_a_team_that_the_answer_leaves_out_is_not_called_left(sandbox, staff, approver, member, no_waiting):
    """The DELETE did nothing, and the person is read back without a team."""
    run = approved(staff, approver, member)
    sandbox.faults({"method": "DELETE", "path": "/teams/", "status": 204, "times": None})
    drive(run, heard=at_the_first("DELETE", "/teams/", lambda: tell_no_team(sandbox, member)))
    assert (run.state, run.error_code, states(run)["leave_groups"]) == ("failed", "not_confirmed", "failed")
    assert (sandbox.state(member)["state"], bool(sandbox.state(member)["team"])) == ("inactive", True)


def test_a_team_that_no_look_tells_of_is_left_all_the_same(sandbox, staff, approver, member):
    run = approved(staff, approver, member)
    team = sandbox.state(member)["team"]
    tell_no_team(sandbox, member)
    drive(run)
    assert run.state == "completed", run.problem
    assert len(sandbox.calls(method="DELETE", path=f"/teams/{team}/members$")) == 1
    assert sandbox.state(member)["team"] is None
    assert not AuditRecord.objects.filter(action="run.plan_shrank").exists(), "not told is not gone"


def test_the_last_look_asks_the_team_itself(sandbox, staff, approver, member):
    """Somebody puts them back into the team after it was left, and no answer tells."""
    run = approved(staff, approver, member)
    team = sandbox.state(member)["team"]
    put_back: list[bool] = []

    def put_them_back(run: Run) -> None:
        if states(run)["archive_history"] == "observed" and not put_back:
            put_back.append(True)
            sandbox.change(member, team=team)
            tell_no_team(sandbox, member)

    drive(run, slice_seconds=0, between=put_them_back, most=120)
    assert put_back
    assert run.state == "completed", run.problem
    assert AuditRecord.objects.filter(action="step.reopened").count() == 1
    assert sandbox.state(member)["team"] is None


def test_members_that_may_not_be_read_prove_nothing(sandbox, staff, approver, member):
    run = approved(staff, approver, member)
    sandbox.remove_permissions("groups:team:view")
    drive(run)
    assert (run.state, states(run)["leave_groups"]) == ("failed", "failed")
    assert "groups:team:view" in f"{run.problem} {run.remedy}"


def test_a_team_that_is_no_more_has_nobody_in_it(sandbox, staff, approver, member):
    run = approved(staff, approver, member)
    sandbox.faults({"path": "/teams/", "status": 404, "times": None})
    sandbox.change(member, team=None)
    assert drive(run).state == "completed", run.problem
