"""A page of work that nobody does says so: a request that only looks as if it moved is a false promise."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from offboarding.models import Run, WorkerHeartbeat
from tests import states
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db
NOBODY = "No worker is seen"


def page(client, actor, asked, name="request"):
    client.force_login(actor)
    return words_of(client.get(reverse(name, args=[asked.pk])))


def sign_of_life(seconds: int) -> None:
    WorkerHeartbeat.objects.create(name="w1", seen_at=timezone.now() - timedelta(seconds=seconds))


@pytest.mark.parametrize("name", sorted(states.STATES))
def test_only_what_should_move_and_has_no_worker_says_so(name, staff, approver, client):
    asked = states.STATES[name](staff, approver)
    expected = name in {"planning", "put_off", "queued", "parked"}  # the worker of `running` still holds its lease
    assert (NOBODY in page(client, approver, asked)) is expected


@pytest.mark.parametrize(("seconds", "silent"), [(1, False), (60, True)])
def test_a_sign_of_life_counts_for_half_a_minute(seconds, silent, staff, approver, client):
    asked = states.queued(staff, approver)
    sign_of_life(seconds)
    assert (NOBODY in page(client, approver, asked, "request_progress")) is silent


def test_a_run_whose_worker_died_says_so_when_its_lease_is_over(staff, approver, client):
    asked = states.running(staff, approver)
    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert NOBODY in page(client, approver, asked)


def test_a_wait_that_is_over_is_due_and_not_in_the_past(staff, approver, client):
    asked = states.parked(staff, approver)
    sign_of_life(1)
    assert "The work goes on by itself in " in page(client, approver, asked)
    Run.objects.update(not_before=timezone.now() - timedelta(minutes=3))
    words = page(client, approver, asked)
    assert "It is due since " in words
    assert "goes on by itself 3 min ago" not in words
