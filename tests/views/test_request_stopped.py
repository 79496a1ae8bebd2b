"""What the page of a request says of work that stopped: what was done by then, and only advice that still helps."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from offboarding.actions import runs
from offboarding.actions.decisions import reject_request
from offboarding.actions.heartbeat import beat
from offboarding.actions.requests import cancel_request, close_request
from offboarding.actions.run_control import ask_stop
from tests import states
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db
CUT_SO_FAR = "Sign-in is suspended, and the person is signed out; a live conversation was not seen to end."
LOCKED_OUT = "Sign-in is still suspended. If the person stays, set them active in Genesys Cloud admin."


def words(client, actor, asked):
    client.force_login(actor)
    return words_of(client.get(reverse("request", args=[asked.pk])))


def test_a_run_that_was_stopped_before_it_did_anything_says_so(staff, approver, client):
    told = words(client, approver, states.stopped(staff, approver))
    assert "Nothing had been done: nothing was changed in Genesys Cloud." in told
    assert "What was done so far is kept" not in told


def test_what_was_done_before_a_failure_is_kept(staff, approver, client):
    told = words(client, approver, states.failed(staff, approver))
    assert "What was done so far is kept, and is not repeated." in told
    assert "Nothing had been done" not in told


def test_a_request_that_ended_advises_nothing(staff, approver, client):
    failed = states.plan_failed(staff)
    assert "Look at the network." in words(client, staff, failed)
    cancel_request(staff, request_id=failed.pk)
    told = words(client, staff, failed)
    assert "No answer." in told
    assert "Look at the network." not in told


def test_a_plan_that_is_put_off_says_when_it_is_read_again_and_asks_nobody_to_act(staff, client):
    told = words(client, staff, states.put_off(staff, wait=timedelta(minutes=3, seconds=30)))
    assert "Waiting to be planned The rate limit of Genesys Cloud is used up. Nothing has to be done." in told
    assert "The plan is read again by itself in 3 min" in told
    assert "is being read" not in told


def in_a_conversation(staff, approver):
    """Suspended and signed out, and waiting for the end of a live conversation."""
    asked = states.running(staff, approver, ended=3)
    runs.park_run(
        **states.place(asked.run, "settle_conversations"),
        why="Signed out, but still in 1 live conversation.",
        remedy="Let it end; then retry.",
        at=timezone.now() + timedelta(minutes=1),
        calls={},
        code="not_yet",
    )
    return states.fresh(asked)


def test_what_was_given_up_half_cut_says_so_and_how_to_let_the_person_in_again(staff, approver, client):
    asked = in_a_conversation(staff, approver)
    ask_stop(approver, request_id=asked.pk)
    asked = states.fresh(asked)
    offered = words(client, approver, asked)
    assert LOCKED_OUT in offered[offered.index("Give up on it") :]
    assert f"Access cut Not yet {CUT_SO_FAR}" in offered
    close_request(approver, request_id=asked.pk, reason="Stays after all")
    told = words(client, approver, states.fresh(asked))
    assert LOCKED_OUT in told
    assert f"Access cut Partly {CUT_SO_FAR}" in told
    assert "Signed out, but still in 1 live conversation." in told
    assert "then retry" not in told


def test_a_changed_plan_that_is_rejected_says_that_sign_in_is_suspended(staff, approver, client):
    asked = states.plan_changed(staff, approver)
    offered = words(client, approver, asked)
    assert LOCKED_OUT in offered[: offered.index("Reject the deletion of")]
    reject_request(approver, request_id=asked.pk, digest=states.digest(asked), reason="Stays after all")
    assert LOCKED_OUT in words(client, approver, states.fresh(asked))


def test_nobody_is_said_to_be_locked_out_before_sign_in_was_suspended(staff, approver, client):
    asked = states.stopped(staff, approver)
    assert "still suspended" not in words(client, approver, asked)
    close_request(approver, request_id=asked.pk, reason="Stays after all")
    told = words(client, approver, states.fresh(asked))
    assert "still suspended" not in told
    assert "Access cut No History" in told


def test_who_is_signed_out_of_nothing_yet_is_told_apart(staff, approver, client):
    asked = states.running(staff, approver, ended=2)
    told = words(client, approver, asked)
    assert "Access cut Not yet Sign-in is suspended; the person was not seen signed out." in told


def test_the_remedy_of_a_failed_step_ends_with_the_request(staff, approver, client):
    told = words(client, approver, states.closed(staff, approver))
    assert "403 from Genesys." in told
    assert "Add the permission." not in told


def test_waiting_for_the_end_of_a_conversation_asks_nobody_to_act(staff, approver, client):
    beat(name="w1", at=timezone.now())
    told = words(client, approver, in_a_conversation(staff, approver))
    assert re.search(
        r"Waits until the conversation has ended, at most until .+ UTC ?, when the approval expires and an approver "
        r"decides again; looks again at .+ UTC ?; nothing has to be done\.",
        told,
    )
    assert "goes on by itself" not in told


def test_other_waits_are_not_said_to_be_for_a_conversation(staff, approver, client):
    beat(name="w1", at=timezone.now())
    told = words(client, approver, states.parked(staff, approver))
    assert "The work goes on by itself" in told
    assert "conversation has ended" not in told
