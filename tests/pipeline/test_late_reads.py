"""A write that is read back too late: the run waits for it, says so, and never calls it somebody else's change."""

from __future__ import annotations

import pytest

from offboarding.pipeline.steps import suspend_sign_in
from tests.flows import approved, drive, once

pytestmark = pytest.mark.django_db


def test_a_state_that_is_never_shown_ends_not_confirmed(sandbox, staff, approver, monkeypatch):
    """The step's own write makes the version that it reads stale: each later attempt is a conflict with itself."""
    monkeypatch.setattr(suspend_sign_in, "WAITS", (0.0,))
    sandbox.options(state_lag=3600.0)
    person = sandbox.person("plain agent")["id"]
    run = drive(approved(staff, approver, person))
    assert (run.state, run.error_code) == ("failed", "not_confirmed"), run.problem
    assert run.problem == "Genesys still shows the account as active after suspending it."
    assert {call["status"] for call in sandbox.calls(method="PUT", path="/state$")} == {200, 409}
    assert (sandbox.state(person)["state"], run.locked_out_at) == ("inactive", None)


def test_somebody_elses_changes_are_still_called_so(sandbox, staff, approver):
    person = sandbox.person("plain agent")["id"]
    run = approved(staff, approver, person)
    sandbox.faults({"method": "PUT", "path": "/state$", "status": 409, "code": "general.conflict", "times": None})
    run = drive(run)
    assert (run.state, run.error_code) == ("failed", "general.conflict")


def test_a_state_that_is_shown_late_is_waited_for_in_place(sandbox, staff, approver):
    """The sign-out comes after it, and access is cut only then."""
    sandbox.options(state_lag=0.5)
    person = sandbox.person("no history")["id"]
    parked = []
    run = drive(approved(staff, approver, person), between=lambda run: parked.append(run.state == "parked"))
    assert (run.state, parked) == ("completed", [False]), run.problem
    assert len(sandbox.calls(method="PUT", path="/state$")) == 1


def test_a_number_is_free_when_the_person_is_shown_without_it(sandbox, staff, approver):
    """A deletion that came before would be bound to a version that the run itself had made stale."""
    person = sandbox.person("no history")["id"]
    assert sandbox.state(person)["phone"]
    run = approved(staff, approver, person)
    while sandbox.state(person)["skills"]:
        once(run, slice_seconds=0.0)
    sandbox.options(state_lag=3.0)
    assert drive(run).state == "completed", run.problem
    assert [call["status"] for call in sandbox.calls(method="DELETE", path="/scim/")] == [204]


def test_a_deletion_that_is_never_shown_ends_not_confirmed(sandbox, staff, approver):
    sandbox.options(deletion_lag=3600.0)
    person = sandbox.person("no history")["id"]
    run = drive(approved(staff, approver, person))
    assert (run.state, run.error_code, run.deleted_at) == ("failed", "not_confirmed", None), run.problem
    assert sandbox.state(person)["state"] == "deleted"
    assert sandbox.calls(method="DELETE", path="/scim/")[0]["status"] == 204
