"""The deletion goes to a SCIM id: of exactly one resource, with the person's own e-mail, also at the last look."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.models import Run
from tests.flows import approved, drive, request_for, states

pytestmark = pytest.mark.django_db
LISTING, ONE = "/scim/v2/users$", "/scim/v2/users/[^/]+$"
ANOTHER = "somebody.else@example.test"


def resource(scim_id: str, user_name: str) -> dict[str, Any]:
    return {"id": scim_id, "userName": user_name, "active": False, "emails": [], "meta": {"version": '"1"'}}


def listing(*found: dict[str, Any]) -> dict[str, Any]:
    return {
        "schemas": [],
        "totalResults": len(found),
        "startIndex": 1,
        "itemsPerPage": len(found),
        "Resources": list(found),
    }


def answer(sandbox: Any, path: str, body: dict[str, Any] | None = None, status: int = 200) -> None:
    sandbox.faults({"method": "GET", "path": path, "status": status, "body": body, "times": None})


def at_the_deletion(sandbox: Any, run: Run, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Run:
    """Drive until the end; the answers differ from when the archive is there."""
    changed: list[bool] = []

    def change(run: Run) -> None:
        if states(run)["archive_history"] == "observed" and not changed:
            changed.append(True)
            answer(sandbox, path, body, status)

    drive(run, slice_seconds=0, between=change, most=120)
    assert changed
    return run


def test_two_resources_with_the_e_mail_are_no_plan(sandbox, staff, agent):
    """Which of them is the person's cannot be told, so that the first may be somebody else's."""
    email = sandbox.state(agent)["email"]
    answer(sandbox, LISTING, listing(resource("s-1", email), resource("s-2", email)))
    request = request_for(staff, agent)
    assert (request.state, request.plans.count()) == ("plan_failed", 0)
    assert "2 SCIM resources" in request.problem


def test_a_resource_with_another_e_mail_is_no_plan(sandbox, staff, agent):
    """A server that does not understand the filter answers with whomever it has."""
    answer(sandbox, LISTING, listing(resource("s-1", ANOTHER)))
    request = request_for(staff, agent)
    assert (request.state, request.plans.count()) == ("plan_failed", 0)
    assert "no SCIM resource" in request.problem


def test_the_one_resource_with_the_e_mail_is_planned_among_others(sandbox, staff, agent):
    state = sandbox.state(agent)
    answer(sandbox, LISTING, listing(resource("s-1", ANOTHER), resource(state["scim_id"], state["email"].upper())))
    assert request_for(staff, agent).plans.get().scim_id == state["scim_id"]


def test_an_id_that_is_somebody_elses_at_the_last_look_is_not_deleted(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    at_the_deletion(sandbox, run, ONE, resource(run.plan.scim_id, ANOTHER))
    assert (run.state, run.error_code) == ("failed", "scim_id")
    assert not sandbox.calls(method="DELETE", path="/scim/v2/users/")
    assert sandbox.state(agent)["state"] == "inactive"


def test_an_id_that_is_gone_at_the_last_look_is_looked_for_nowhere_else(sandbox, staff, approver, agent):
    """The plan names the id: another one with the same e-mail was not approved."""
    run = approved(staff, approver, agent)
    at_the_deletion(sandbox, run, ONE, status=404)
    assert (run.state, run.error_code) == ("failed", "scim_id")
    assert not sandbox.calls(method="DELETE", path="/scim/v2/users/")
    assert sandbox.state(agent)["state"] == "inactive"
