"""Sending again what was given up: with the same id, from the first attempt, and only where it may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from offboarding.actions.deliveries import replay_deliveries, replay_delivery
from offboarding.actions.errors import Refused
from offboarding.actions.requests import close_request
from offboarding.audit.record import sentence_of
from offboarding.models import AuditRecord, Delivery, DeprovisionRequest
from offboarding.webhooks.delivery import deliver_due
from tests import states
from tests.sink import Answer, Sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(sink: Sink, staff: Any, approver: Any) -> DeprovisionRequest:
    """A completed request whose message was given up after one answer of 410."""
    asked = states.completed(staff, approver)
    gone(sink)
    return asked


def gone(sink: Sink) -> None:
    sink.answers([Answer(410)])
    assert deliver_due().dead == 1


def test_one_is_sent_again_with_its_id_and_all_its_attempts(asked, sink, admin):
    OrmQ.objects.all().delete()
    delivery = asked.deliveries.get()
    replay_delivery(admin, delivery_id=delivery.pk)
    assert OrmQ.objects.count() == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.replays, delivery.last_error) == ("pending", 0, 1, "")
    line = AuditRecord.objects.latest("sequence")
    assert (line.action, line.request_number) == ("delivery.replayed", asked.pk)
    assert sentence_of(line).startswith(f"Root (root) sent the message about {asked.person_name} to http://127.0.0.1:")

    assert deliver_due().sent == 1
    assert len({received.headers["webhook-id"] for received in sink.requests}) == 1
    assert len({received.body for received in sink.requests}) == 1
    assert list(delivery.tries.values_list("replay", "number", "status")) == [(0, 1, 410), (1, 1, 200)]


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ("pending", "This message has yet to be sent."),
        ("delivered", "The receiver took this message."),
        ("superseded", "A newer message took the place of this one."),
    ],
)
def test_one_that_was_not_given_up_is_refused_and_stays(state, problem, asked, admin):
    asked.deliveries.update(state=state)
    delivery = asked.deliveries.get()
    with pytest.raises(Refused) as refusal:
        replay_delivery(admin, delivery_id=delivery.pk)
    assert (refusal.value.problem, bool(refusal.value.remedy)) == (problem, True)
    assert Delivery.objects.filter(pk=delivery.pk, state=state, replays=0).exists()
    line = AuditRecord.objects.latest("sequence")
    assert (line.action, line.outcome) == ("delivery.refused", "refused")
    assert sentence_of(line) == f"Root (root) could not send a message again: {problem}"


def test_an_older_document_never_arrives_after_a_newer_one(sink, staff, approver, admin):
    failed = states.failed(staff, approver)
    gone(sink)
    close_request(approver, request_id=failed.pk, reason="Done by hand")
    old, newer = failed.deliveries.order_by("id")
    assert newer.state == "pending"
    with pytest.raises(Refused, match="newer message"):
        replay_delivery(admin, delivery_id=old.pk)
    assert replay_deliveries(admin, since=old.created_at).ids == ()
    assert replay_deliveries(admin, since=old.created_at).left == 1


def test_all_that_were_given_up_since_a_time(sink, staff, approver, admin):
    first, second, third = (states.completed(staff, approver, number=number) for number in (2, 3, 4))
    sink.answers([Answer(410), Answer(410), Answer(200)])
    assert deliver_due().dead == 2
    first.deliveries.update(created_at=timezone.now() - timedelta(days=3))
    since = timezone.now() - timedelta(days=1)
    replayed = replay_deliveries(admin, since=since)
    assert (replayed.ids, replayed.left) == ((second.deliveries.get().pk,), 0)
    told = [request.deliveries.get().state for request in (first, second, third)]
    assert told == ["dead", "pending", "delivered"]
    assert AuditRecord.objects.filter(action="delivery.replayed").count() == 1


@pytest.mark.parametrize("name", ["staff", "approver", "manager", "auditor"])
def test_only_an_administrator_may(name, asked, request):
    actor = request.getfixturevalue(name)
    delivery = asked.deliveries.get()
    with pytest.raises(Refused, match="Your role"):
        replay_delivery(actor, delivery_id=delivery.pk)
    with pytest.raises(Refused, match="Your role"):
        replay_deliveries(actor, since=delivery.created_at)
    assert asked.deliveries.get().state == "dead"
