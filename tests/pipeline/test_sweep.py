"""What lies ready is rung for without anybody's wake-up, and what is put off is not rung for before its time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from offboarding import people, queue
from offboarding.actions.requests import open_request
from offboarding.genesys import connect
from offboarding.models import Delivery, DeprovisionRequest
from offboarding.pipeline.sweep import Sweeper
from tests import states
from tests.flows import approved, client, request_for

pytestmark = pytest.mark.django_db
LIMITED = {"path": "/edges/phones", "status": 429, "headers": {"Retry-After": "42"}}


def asked_a_minute_ago(request: DeprovisionRequest) -> None:
    DeprovisionRequest.objects.filter(pk=request.pk).update(requested_at=timezone.now() - timedelta(minutes=1))


def wake_ups() -> list[str]:
    tasks = [row.task for row in OrmQ.objects.all()]
    return [" ".join([task["func"].rsplit(".", 1)[1], *map(str, task["args"])]) for task in tasks]


def test_an_approved_run_and_a_plan_that_nobody_reads_are_rung_for(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    other = people.exactly_one(client(), sandbox.person("name in Greek")["id"])
    request = open_request(staff, org=connect.org(), person=other, reason="Voluntary")
    asked_a_minute_ago(request)
    OrmQ.objects.all().delete()  # every bell is lost
    assert Sweeper().sweep() == 2
    assert sorted(wake_ups()) == [f"drive {run.pk}", f"plan {request.pk}"]


def test_a_plan_that_was_put_off_is_rung_for_when_its_time_has_come(sandbox, staff, agent):
    sandbox.faults(LIMITED)
    request = request_for(staff, agent)
    asked_a_minute_ago(request)
    OrmQ.objects.all().delete()
    sweeper = Sweeper()
    assert (sweeper.sweep(), wake_ups()) == (0, [])
    DeprovisionRequest.objects.filter(pk=request.pk).update(plan_after=timezone.now() - timedelta(seconds=1))
    assert sweeper.sweep() == 1
    assert wake_ups() == [f"plan {request.pk}"]


def test_what_was_rung_for_is_not_rung_for_again_at_once(sandbox, staff, approver, agent):
    approved(staff, approver, agent)
    OrmQ.objects.all().delete()
    sweeper = Sweeper()
    assert [sweeper.sweep(), sweeper.sweep()] == [1, 0]
    assert queue.waiting()


def test_a_message_that_is_due_is_rung_for_and_one_that_waits_for_its_time_is_not(staff, approver, settings):
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    states.completed(staff, approver)
    OrmQ.objects.all().delete()
    Delivery.objects.update(next_try_at=timezone.now() + timedelta(minutes=1))
    sweeper = Sweeper()
    assert (sweeper.sweep(), wake_ups()) == (0, [])
    Delivery.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    assert sweeper.sweep() == 1
    assert wake_ups() == ["deliver"]
