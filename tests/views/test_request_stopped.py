"""What the page of a request says of work that stopped: what was done by then, and only advice that still helps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from offboarding.actions.requests import cancel_request
from tests import states
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db


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
