"""A newer message about a request while an older one is on its way: they arrive in the order they were made in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.utils import timezone

from offboarding.actions.endpoints import add_endpoint, disable_endpoint
from offboarding.actions.requests import close_request
from offboarding.models import AuditRecord, Delivery, Run
from offboarding.webhooks.delivery import deliver_due
from tests.actions.test_outbox_races import fail_anew
from tests.actions.test_requests import approve, ask, planned
from tests.actions.test_runs import claim, fail
from tests.sink import Answer, Sink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_database")]


@pytest.fixture
def failed(shared_database: str, sink: Sink, staff: User, approver: User) -> Run:
    """A run that failed, and whose message has yet to be sent."""
    request = ask(staff)
    run = approve(approver, request, planned(request))
    fail(claim(run))
    return run


def while_it_is_sent(sink: Sink, act: Callable[[], object], status: int = 200) -> None:
    """Send what is due; the receiver answers its first message when `act` is done."""

    def meanwhile() -> None:
        act()
        connections.close_all()

    sink.answers([Answer(status, meanwhile=meanwhile)])
    deliver_due()


def close(run: Run, actor: User) -> None:
    close_request(actor, request_id=run.request_id, reason="Stays")


def test_the_newer_one_waits_until_the_older_one_cannot_arrive_any_more(failed: Run, admin: User, sink: Sink) -> None:
    leases = []

    def close_meanwhile() -> None:
        leases.append(Delivery.objects.get().next_try_at)
        close(failed, admin)

    while_it_is_sent(sink, close_meanwhile)
    older, newer = Delivery.objects.order_by("id")
    assert (newer.state, newer.attempts, newer.next_try_at) == ("pending", 0, leases[0])
    assert [received.headers["webhook-id"] for received in sink.requests] == [str(older.message_id)]
    assert deliver_due(now=newer.next_try_at).sent == 1
    assert sink.requests[-1].headers["webhook-id"] == str(newer.message_id)


def test_what_the_receiver_took_is_told_as_delivered_though_a_newer_one_replaced_it(
    failed: Run, admin: User, sink: Sink
) -> None:
    while_it_is_sent(sink, partial(close, failed, admin))
    older = Delivery.objects.order_by("id")[0]
    assert (older.state, older.last_status, older.next_try_at) == ("delivered", 200, None)
    assert older.delivered_at is not None
    told = AuditRecord.objects.get(action="delivery.delivered")
    assert told.data["message_id"] == str(older.message_id)


@pytest.mark.parametrize("status", [500, 410])
def test_what_the_receiver_refused_stays_replaced_and_is_not_sent_again(
    status: int, failed: Run, admin: User, sink: Sink
) -> None:
    while_it_is_sent(sink, partial(close, failed, admin), status)
    older, newer = Delivery.objects.order_by("id")
    assert (older.state, older.tries.get().status, newer.state) == ("superseded", status, "pending")
    assert not AuditRecord.objects.filter(action__startswith="delivery.").exists()
    assert deliver_due(now=newer.next_try_at).sent == 1
    assert deliver_due(now=newer.next_try_at).left == 0
    assert len(sink.requests) == 2


def test_what_was_taken_after_its_endpoint_was_disabled_is_told_as_delivered(
    failed: Run, admin: User, sink: Sink
) -> None:
    endpoint = add_endpoint(admin, name="HR", address="https://hr.example.test/hook")[0]
    Delivery.objects.update(receiver=endpoint)
    while_it_is_sent(sink, partial(disable_endpoint, admin, endpoint_id=endpoint.pk, reason="Moved"))
    assert Delivery.objects.get().state == "delivered"
    told = AuditRecord.objects.filter(action__startswith="delivery.").order_by("sequence")
    assert [line.action for line in told] == ["delivery.given_up", "delivery.delivered"]


def test_the_third_waits_for_the_first_too(failed: Run, approver: User, admin: User, sink: Sink) -> None:
    def end_twice() -> None:
        fail_anew(failed, approver)()
        close(failed, admin)

    while_it_is_sent(sink, end_twice)
    first, second, third = Delivery.objects.order_by("id")
    assert (first.state, second.state, third.state) == ("delivered", "superseded", "pending")
    assert third.next_try_at is not None and third.next_try_at > timezone.now()
    assert second.next_try_at is None


def test_at_another_address_it_does_not_wait_for_the_one_in_flight(failed: Run, admin: User, sink: Sink) -> None:
    elsewhere = add_endpoint(admin, name="HR", address="https://hr.example.test/hook")[0]
    while_it_is_sent(sink, partial(close, failed, admin))
    assert Delivery.objects.get(receiver=elsewhere).tries.exists()  # it was due at once


def test_it_does_not_wait_for_the_next_attempt_of_the_older_one(failed: Run, admin: User, sink: Sink) -> None:
    sink.answers([Answer(500)])
    assert deliver_due().failed == 1
    close(failed, admin)
    assert deliver_due().sent == 1
    older, newer = Delivery.objects.order_by("id")
    assert (older.state, older.next_try_at, newer.state) == ("superseded", None, "delivered")
