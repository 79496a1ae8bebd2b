"""Conversations that go on after the sign-out: nothing is settled while one is counted, and what is handed back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from offboarding.actions.decisions import approve_request
from offboarding.actions.heartbeat import beat
from offboarding.audit.times import utc_words
from offboarding.genesys import connect
from offboarding.models import AuditRecord, Decision, Run
from offboarding.models.request import APPROVAL_LIFE
from offboarding.pipeline.slice import MOST_WAITS
from tests.flows import at_the_first, drive, once, states
from tests.pipeline.test_everything import approved_with
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def talker(sandbox: Any) -> str:
    return sandbox.person("in a live conversation")["id"]


def waits_in(run: Run) -> str:
    """Why the run waits in the middle of settling, with nothing after it begun."""
    assert (states(run)["settle_conversations"], run.locked_out_at) == ("waiting", None), run.problem
    assert states(run)["leave_queues"] == "pending"
    return str(run.steps.get(key="settle_conversations").problem)


def tell(sandbox: Any, path: str, body: dict[str, Any]) -> None:
    """From now on Genesys answers this alone."""
    sandbox.clear_faults()
    sandbox.faults({"method": "GET", "path": path, "status": 200, "body": body, "times": None})


def status(sandbox: Any, person: str, number: int, *sessions: dict[str, str]) -> None:
    """The agent status counts so many sessions, and lists these."""
    more = {"managementUnitId": sandbox.state(person)["management_unit"]}
    more |= {"sessions": list(sessions)} if sessions else {}
    tell(sandbox, "/agents/.*/status", {"userId": person, "sessionCount": number, **more})


def test_what_is_counted_and_not_listed_is_not_settled(sandbox, staff, approver, agent):
    run = approved_with(staff, approver, agent, "transfer")
    status(sandbox, agent, 2)
    told = waits_in(once(run))
    assert "still in 2 live conversations" in told
    assert "2 are counted and not listed" in told


def test_what_is_still_counted_after_a_hand_back_is_not_settled(sandbox, staff, approver, talker):
    run = approved_with(staff, approver, talker, "transfer")
    heard = at_the_first("POST", "/replace/queue", lambda: status(sandbox, talker, 1))
    assert "1 is counted and not listed" in waits_in(once(run, heard=heard))
    assert sandbox.state(talker)["transferred"]


# ---------------------------------------------------------------- what is handed back, and what is waited for


def handed_back(sandbox: Any) -> list[str]:
    """The participants that were to be replaced, in the order of the calls."""
    return [call["path"].split("/")[6] for call in sandbox.calls(method="POST", path="/replace/queue$")]


def part_of(sandbox: Any, person: str) -> tuple[str, str]:
    """The live conversation of the person, and their part in it."""
    live = sandbox.state(person)["live"][0]["id"]
    parts = connect.client_for_worker().get_conversation(live).participants
    return live, next(part.id for part in parts if part.user_id == person)


def session(conversation: str, **more: str) -> dict[str, str]:
    began = {"sessionStart": "2026-01-01T00:00:00Z", "mediaType": "voice"}
    return {"conversationId": conversation, "sessionId": f"s-{conversation}", **began, **more}


def test_one_without_a_queue_keeps_no_other_from_being_handed_back(sandbox, staff, approver, talker):
    """An outbound call came from no queue: it is waited for, and said to be."""
    live, part = part_of(sandbox, talker)
    queued = session(live, routedQueueId=sandbox.state(talker)["live"][0]["queue"])
    outbound = session("c-2", mediaType="email")
    run = approved_with(staff, approver, talker, "transfer")
    status(sandbox, talker, 2, outbound, queued)
    ended = at_the_first("POST", "/replace/queue", lambda: status(sandbox, talker, 1, outbound))
    told = waits_in(once(run, heard=ended))
    assert handed_back(sandbox) == [part]
    assert "still in 1 live conversation" in told and "1 came from no queue and is waited for" in told
    sandbox.clear_faults()
    run = drive(run)
    assert (run.state, handed_back(sandbox)) == ("completed", [part])
    assert "1 live conversation handed back" in run.steps.get(key="settle_conversations").sentence


@pytest.mark.parametrize(
    ("answer", "code"),
    [(400, "conversations.error.transfer.not.connected"), (404, "conversation.error.participant.not.found")],
)
def test_one_that_cannot_be_handed_back_now_is_tried_again(sandbox, staff, approver, talker, answer, code):
    """It alerts still, or was moved between the look and the call."""
    run = approved_with(staff, approver, talker, "transfer")
    sandbox.faults({"path": "/replace/queue$", "status": answer, "code": code})
    assert "1 cannot be handed back now" in waits_in(once(run))
    run = drive(run)
    assert run.state == "completed", run.problem
    assert "1 live conversation handed back" in run.steps.get(key="settle_conversations").sentence


def test_one_that_was_refused_and_ended_is_not_said_to_be_handed_back(sandbox, staff, approver, talker):
    run = approved_with(staff, approver, talker, "transfer")
    sandbox.faults({"path": "/replace/queue$", "status": 400, "code": "conversations.error.transfer.not.connected"})
    waits_in(once(run))
    sandbox.post("hang-up", {"person": talker})
    run = drive(run)
    assert (run.state, run.steps.get(key="settle_conversations").sentence) == ("completed", "No live session is seen.")


def test_any_other_refusal_is_for_a_human(sandbox, staff, approver, talker):
    run = approved_with(staff, approver, talker, "transfer")
    sandbox.faults({"path": "/replace/queue$", "status": 400, "code": "conversations.error.queue.not.found"})
    assert (once(run).state, run.error_code) == ("failed", "conversations.error.queue.not.found")


def test_only_the_open_part_of_the_leaver_is_handed_back(sandbox, staff, approver, talker, agent):
    """A colleague in the same conversation stays in it, and a part that has ended is no part any more."""
    live, part = part_of(sandbox, talker)
    parts = [
        {"id": "p-colleague", "purpose": "agent", "userId": agent},
        {"id": "p-ended", "purpose": "agent", "userId": talker, "endTime": "2026-01-01T00:00:00Z"},
        {"id": part, "purpose": "agent", "userId": talker},
    ]
    run = approved_with(staff, approver, talker, "transfer")
    tell(sandbox, f"/conversations/{live}$", {"id": live, "participants": parts})
    assert drive(run).state == "completed", run.problem
    assert handed_back(sandbox) == [part]


# ---------------------------------------------------------------- how long it is waited


def hours_later(run: Run, hours: float) -> None:
    """The clock moves on: whatever the rows date lies further back, and the wait is over."""
    ago = timedelta(hours=hours)
    Decision.objects.filter(plan=run.plan).update(decided_at=F("decided_at") - ago)
    run.steps.filter(ended_at__isnull=False).update(ended_at=F("ended_at") - ago)
    Run.objects.filter(pk=run.pk).update(not_before=None)


def minutes_to_wait(run: Run) -> float:
    return (run.not_before - timezone.now()).total_seconds() / 60


@pytest.mark.parametrize("policy", ["wait", "transfer"])
def test_it_is_waited_as_long_as_the_approval_stands_and_no_longer(sandbox, staff, approver, talker, policy):
    """E-mails last hours. What is not listed cannot be handed back, and is waited for as well."""
    run = approved_with(staff, approver, talker, policy)
    status(sandbox, talker, 1)
    for _ in range(MOST_WAITS + 1):
        waits_in(once(run))
        hours_later(run, 5)
    waits_in(once(run))
    hours_later(run, APPROVAL_LIFE.total_seconds() / 3600 - (MOST_WAITS + 1) * 5)
    assert AuditRecord.objects.filter(action="run.parked").count() == 1
    assert (once(run).state, run.locked_out_at) == ("plan_changed", None)
    assert "approval" in run.problem and "has expired" in run.problem
    stored = run.request.plans.latest("number")
    approve_request(approver, request_id=run.request_id, digest=stored.digest, confirmation=run.request.person_email)
    waits_in(once(run))
    sandbox.clear_faults()
    sandbox.post("hang-up", {"person": talker})
    assert drive(run).state == "completed", run.problem


def test_it_is_looked_after_a_minute_at_first_and_every_five_at_the_most(sandbox, staff, approver, talker):
    run = approved_with(staff, approver, talker, "wait")
    for later, least, most in ((0, 0.9, 1.0), (10 / 60, 1.9, 2.1), (8, 4.9, 5.0), (48, 4.9, 5.0)):
        hours_later(run, later)
        waits_in(once(run))
        assert least < minutes_to_wait(run) <= most, later


def test_trouble_in_a_long_wait_is_a_wait_of_its_own(sandbox, staff, approver, talker):
    run = approved_with(staff, approver, talker, "wait")
    for _ in range(MOST_WAITS + 2):
        waits_in(once(run))
        hours_later(run, 1)
    sandbox.faults({"path": "/agents/.*/status", "status": 503, "times": None})
    assert (once(run).state, run.steps.get(key="settle_conversations").failures) == ("parked", 2)


def test_a_hand_back_that_never_takes_effect_is_for_a_human(sandbox, staff, approver, talker, no_waiting):
    run = approved_with(staff, approver, talker, "transfer")
    sandbox.faults({"path": "/replace/queue$", "status": 202, "times": None})
    assert (drive(run).state, run.error_code) == ("failed", "not_confirmed")
    assert run.steps.get(key="settle_conversations").failures == MOST_WAITS


def test_page_and_plan_say_how_long_it_is_waited_at_most(sandbox, staff, approver, talker, client):
    run = approved_with(staff, approver, talker, "wait")
    waits_in(once(run))
    beat(name="w", at=timezone.now())
    client.force_login(approver)
    words = words_of(client.get(reverse("request", args=[run.request_id]))).replace(" ,", ",")
    until = utc_words(run.plan.decision.stands_until)
    assert f"at most until {until}, when the approval expires and an approver decides again" in words
    hours = int(APPROVAL_LIFE.total_seconds() // 3600)
    assert f"wait until they have ended, as long as the approval stands ({hours} hours)" in words
