"""A step that was interrupted names what it had asked Genesys to end, and what ends it later names all of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from offboarding.actions.requests import close_request
from offboarding.actions.run_control import ask_stop, retry_run
from offboarding.audit.record import sentence_of
from offboarding.genesys import connect
from offboarding.models import AuditRecord, Run
from offboarding.pipeline import runner
from tests.flows import approved, drive, states
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db


def drive_until(run: Run, method: str, part: str, act: Any) -> Run:
    """Drive; `act` once, right after the first call of that kind was answered."""
    done = []

    def connected(count: Any) -> Any:
        def heard(method_: str, path: str, status: int | None, seconds: float) -> None:
            count(method_, path, status, seconds)
            if not done and method_ == method and part in path:
                done.append(path)
                act()

        return connect.client_for_worker(on_call=heard)

    while runner.drive(run.pk, connected) == "running":
        pass
    run.refresh_from_db()
    assert done
    return run


@pytest.fixture
def stopped(sandbox, staff, approver, holder) -> Run:
    """Somebody asked for the stop when the first queue had just been left."""
    run = approved(staff, approver, holder)
    return drive_until(run, "DELETE", "/members/", lambda: ask_stop(approver, request_id=run.request_id))


def test_a_stop_in_the_middle_of_a_step_names_what_had_been_asked(sandbox, approver, holder, stopped, client):
    [[_, id, name]] = stopped.steps.get(key="leave_queues").asked
    assert id not in sandbox.state(holder)["queues"]
    assert sandbox.state(holder)["queues"], "the others are still held"
    assert (stopped.state, states(stopped)["leave_queues"]) == ("stopped", "interrupted")
    record = AuditRecord.objects.get(action="run.stopped_within")
    assert f"in the middle of “Leave queues”; asked to end in Genesys: {name}" in sentence_of(record)
    told = next(step for step in stopped.document["steps"] if step["step"] == "leave_queues")
    assert (told["outcome"], told["asked"]) == ("interrupted", [name])
    client.force_login(approver)
    words = words_of(client.get(reverse("request", args=[stopped.request_id])))
    assert f"Genesys was asked to end, not looked at yet: {name}" in words
    assert "Leave queues Interrupted" in words


def test_what_goes_on_reads_back_and_names_all_of_it(sandbox, approver, stopped):
    retry_run(approver, request_id=stopped.request_id)
    assert drive(stopped).state == "completed"
    step = stopped.steps.get(key="leave_queues")
    direct = sorted(action["name"] for action in stopped.plan.document["actions"] if is_direct_queue(action))
    assert step.evidence["left"] == sorted(step.asked_names) == direct
    assert step.sentence.startswith(f"Out of {len(direct)} queues:")
    assert AuditRecord.objects.get(action="step.observed", data__key="leave_queues").data["asked"] == step.asked_names


def test_a_run_that_is_closed_in_the_middle_of_a_step_never_says_that_it_runs(approver, stopped):
    close_request(approver, request_id=stopped.request_id, reason="Comes back")
    stopped.refresh_from_db()
    outcomes = {step["step"]: step["outcome"] for step in stopped.document["steps"]}
    assert outcomes["leave_queues"] == "interrupted"
    assert set(outcomes.values()) <= {"observed", "nothing_to_do", "interrupted", "pending"}


def is_direct_queue(action: dict[str, Any]) -> bool:
    return (action["kind"], action["ended_by"]) == ("queue", "step")


def test_somebody_else_deletes_the_person_before_the_step_goes_on(sandbox, approver, holder, stopped):
    """What hangs below a deleted person may still be shown: nothing that could be waited for."""
    sandbox.options(deleted_are_shown=True)
    sandbox.change(holder, state="deleted")
    retry_run(approver, request_id=stopped.request_id)
    drive(stopped)
    assert states(stopped)["leave_queues"] == "nothing_to_do"
    assert (
        AuditRecord.objects.get(data__key="leave_queues").data["asked"]
        == stopped.steps.get(key="leave_queues").asked_names
    )
