"""The deletion is asked about again right before each sending, also when the same call is sent a second time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from offboarding.actions import run_steps
from offboarding.actions.holds import place_hold
from offboarding.actions.requests import close_request
from offboarding.actions.run_control import ask_stop
from offboarding.genesys import connect
from offboarding.models import Decision, Run
from offboarding.pipeline import runner
from tests.flows import approved, drive

pytestmark = pytest.mark.django_db
DELETE = r"^/api/v2/scim/v2/users/"


def stop(run: Run, approver: Any, admin: Any) -> None:
    ask_stop(approver, request_id=run.request_id)


def protect(run: Run, approver: Any, admin: Any) -> None:
    place_hold(admin, kind="protected", **about(run))


def hold(run: Run, approver: Any, admin: Any) -> None:
    place_hold(admin, kind="legal_hold", review_on=date(2099, 3, 31), **about(run))


def expire(run: Run, approver: Any, admin: Any) -> None:
    Decision.objects.update(decided_at=timezone.now() - timedelta(hours=73))


def close_after_the_lease(run: Run, approver: Any, admin: Any) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    ask_stop(approver, request_id=run.request_id)
    close_request(approver, request_id=run.request_id, reason="Keep the account")


def about(run: Run) -> dict[str, str]:
    request = run.request
    return {"org_id": request.org_id, "person_id": request.person_id, "person_name": "x", "reason": "Case 12"}


def at_the_first_answer(run: Run, act: Callable[[], None]) -> Run:
    """Drive until the run rests; `act` happens once, when the deletion was answered for the first time."""
    answered: list[int | None] = []

    def connected(count: Any) -> Any:
        def hear(method: str, path: str, status: int | None, seconds: float) -> None:
            count(method, path, status, seconds)
            if method == "DELETE" and path.startswith("/api/v2/scim/") and not answered:
                answered.append(status)
                act()

        return connect.client_for_worker(on_call=hear)

    while runner.drive(run.pk, connected) == "running" and not answered:
        pass
    assert answered
    run.refresh_from_db()
    return run


@pytest.mark.parametrize(
    ("act", "status", "rests_as"),
    [
        (stop, 401, "stopped"),
        (protect, 429, "failed"),
        (hold, 429, "held"),
        (expire, 429, "plan_changed"),
        (close_after_the_lease, 503, "stopped"),
    ],
)
def test_what_forbids_the_deletion_between_two_sendings_of_it(
    sandbox, staff, approver, admin, agent, act, status, rests_as
):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "status": status, "headers": {"Retry-After": "1"}})
    at_the_first_answer(run, lambda: act(run, approver, admin))
    assert [call["status"] for call in sandbox.calls(method="DELETE", path=DELETE)] == [status]
    assert sandbox.state(agent)["state"] == "inactive"
    assert run.state == rests_as


@pytest.mark.parametrize(("act", "rests_as"), [(hold, "held"), (protect, "failed"), (stop, "stopped")])
def test_what_is_committed_while_the_sending_is_noted_forbids_it(
    sandbox, staff, approver, admin, agent, act, rests_as, monkeypatch
):
    """The note waits for the lock that whoever forbids it has, and asks only then."""
    run, keep, done = approved(staff, approver, agent), run_steps.keep_evidence, []

    def act_first(**told: Any) -> None:
        if told["evidence"].get("sent") and not done:
            done.append(act(run, approver, admin))
        keep(**told)

    monkeypatch.setattr(run_steps, "keep_evidence", act_first)
    drive(run)
    assert (done, run.state, sandbox.calls(method="DELETE", path=DELETE)) == ([None], rests_as, [])
    assert not run.steps.get(key="delete_person").evidence.get("sent")


def test_an_approval_that_expires_during_the_last_look_deletes_nobody(sandbox, staff, approver, admin, agent):
    run = approved(staff, approver, agent)
    looked: list[str] = []

    def connected(count: Any) -> Any:
        def hear(method: str, path: str, status: int | None, seconds: float) -> None:
            if path.startswith("/api/v2/scim/v2/users/") and run.steps.get(key="delete_person").attempt and not looked:
                looked.append(path)
                expire(run, approver, admin)

        return connect.client_for_worker(on_call=hear)

    while runner.drive(run.pk, connected) == "running":
        pass
    run.refresh_from_db()
    assert looked
    assert (run.state, sandbox.calls(method="DELETE", path=DELETE)) == ("plan_changed", [])


def test_without_an_etag_nobody_is_deleted(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    person = sandbox.state(agent)
    record = {"id": person["scim_id"], "userName": person["email"], "active": False, "emails": []}
    sandbox.faults(
        {"method": "GET", "path": f"{DELETE}{person['scim_id']}$", "status": 200, "body": record, "times": None}
    )
    drive(run)
    assert (run.state, run.error_code) == ("failed", "no_etag")
    assert "Nothing was deleted" in run.remedy
    assert sandbox.calls(method="DELETE", path=DELETE) == []
