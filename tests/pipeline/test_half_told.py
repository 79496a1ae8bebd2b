"""What Genesys leaves out, or shows late, is neither a proof nor a refusal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from offboarding.genesys import connect
from offboarding.models import Archive, Run
from offboarding.pipeline import runner
from tests.flows import approved, drive, once, states
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db
NO_TOKEN = {"method": "GET", "remove": ["lastTokenIssued"], "times": None}
NO_DATE = {"method": "GET", "remove": ["stateChangeDate"], "times": None}


def of(fault: dict[str, Any], path: str) -> dict[str, Any]:
    return {**fault, "path": path}


def page(client: Any, actor: Any, run: Run) -> Any:
    client.force_login(actor)
    return client.get(reverse("request", args=[run.request_id]))


def back_and_gone_again(sandbox, person: str) -> None:
    """Active, signed in, working, and inactive again."""
    sandbox.change(person, state="active")
    sandbox.login(person)
    talked = sandbox.state(person)["conversations"]
    sandbox.change(person, state="inactive", conversations=talked + 50, sessions=0)


def between_archive_and_deletion(run: Run, act: Any) -> Run:
    done = []

    def between(run: Run) -> None:
        if states(run)["archive_history"] == "observed" and not done:
            done.append(act())

    return drive(run, slice_seconds=0, between=between, most=200)


def test_without_token_and_date_the_sign_out_is_not_seen(sandbox, staff, approver, agent, client):
    run = approved(staff, approver, agent)
    sandbox.faults(of(NO_TOKEN, f"/users/{agent}$"), of(NO_DATE, f"/users/{agent}/state$"))
    run = drive(run)
    assert states(run)["revoke_sessions"] == "sent"
    assert run.state == "completed"
    assert not run.document["compliance"]["sessionsRevoked"]
    assert "the sign-out was accepted: Genesys Cloud did not show what it did." in words_of(page(client, staff, run))


def test_the_date_of_the_state_tells_where_no_token_does(sandbox, staff, approver, agent):
    """So that somebody who never signed in can be seen signed out."""
    run = approved(staff, approver, agent)
    sandbox.faults(of(NO_TOKEN, f"/users/{agent}$"))
    run = drive(run)
    assert states(run)["revoke_sessions"] == "observed"
    assert run.document["compliance"]["sessionsRevoked"]


@pytest.mark.parametrize("left_out", [(), (NO_TOKEN,)])
def test_who_was_active_in_between_is_archived_again(sandbox, staff, approver, agent, left_out):
    def act() -> None:
        back_and_gone_again(sandbox, agent)
        sandbox.faults(*(of(fault, f"/users/{agent}$") for fault in left_out))

    run = between_archive_and_deletion(approved(staff, approver, agent), act)
    assert run.state == "completed", (run.problem, run.remedy)
    assert Archive.objects.get(request=run.request).count == sandbox.state(agent)["conversations"]
    assert run.steps.get(key="delete_person").returns == 1


def test_nobody_is_deleted_while_neither_is_told_that_was_told_before(sandbox, staff, approver, agent):
    def act() -> None:
        back_and_gone_again(sandbox, agent)
        sandbox.faults(of(NO_TOKEN, f"/users/{agent}$"), of(NO_DATE, f"/users/{agent}/state$"))

    run = between_archive_and_deletion(approved(staff, approver, agent), act)
    assert run.state == "failed"
    assert run.problem == "Genesys tells neither the last token nor since when the account is inactive."
    assert sandbox.state(agent)["state"] == "inactive"
    sandbox.clear_faults()


def test_a_deletion_that_is_shown_late_is_not_confirmed_and_then_observed(sandbox, staff, approver, agent):
    """The person as before, and what hangs below them gone already."""
    run = approved(staff, approver, agent)
    shown = {"id": agent, "state": "inactive", "version": 99, "groups": [], "skills": [], "languages": []}
    shown |= {key: sandbox.state(agent)[key] for key in ("name", "email")}
    armed: list[int] = []

    def hear(method: str, path: str, status: int | None, seconds: float) -> None:
        if method == "DELETE" and "/scim/" in path and not armed:
            armed.append(1)
            late = {"method": "GET", "path": f"^/api/v2/users/{agent}$"}
            sandbox.faults(
                {**late, "query": "state=deleted", "status": 404, "times": 2},
                {**late, "status": 200, "body": shown, "times": 3},
            )

    runner.drive(run.pk, lambda _: connect.client_for_worker(on_call=hear))
    run.refresh_from_db()
    assert run.state == "parked"
    assert run.steps.get(key="delete_person").outcome == "not_confirmed"
    drive(run)
    assert run.state == "completed", (run.problem, run.remedy)
    assert len(sandbox.calls(method="DELETE", path="/scim/")) == 1
    assert run.document["compliance"]["foreignKeysResolved"]


def test_the_holdings_are_read_three_times_at_most(sandbox, staff, approver, agent, settings):
    """For the plan, when the run begins to empty, and before the deletion, however long the archive takes."""
    settings.HISTORY_SETTLES_IN = timedelta(milliseconds=100)
    sandbox.change(agent, conversations=1_200)
    run = approved(staff, approver, agent)
    while once(run, slice_seconds=60.0 if states(run).get("leave_workforce") != "observed" else 0).state != "completed":
        assert run.state in ("running", "parked"), run.problem
        Run.objects.filter(pk=run.pk).update(not_before=None)
    assert len(sandbox.calls(method="GET", path="/directreports$")) == 3
