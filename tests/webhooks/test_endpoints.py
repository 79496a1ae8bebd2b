"""Messages to endpoints that were typed in: with their own secrets, until they are gone or disabled.

The receiver is on loopback, which only DEPROVISION_WEBHOOK_URL may name; so that names the same address here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from offboarding.audit.record import sentence_of
from offboarding.models import AuditRecord, Delivery, WebhookEndpoint
from offboarding.webhooks.delivery import deliver_due
from offboarding.webhooks.sealing import new_secret, seal
from tests.sink import Answer, Received, Sink
from tests.webhooks.conftest import NOW, MakeDelivery

CURRENT, FORMER = new_secret(), new_secret()
MakeEndpoint = Callable[..., WebhookEndpoint]


@pytest.fixture
def make_endpoint(db: None, to_sink: Sink) -> MakeEndpoint:
    def make(**facts: Any) -> WebhookEndpoint:
        row = {"name": "HR", "address": to_sink.url, "secret": seal(CURRENT), "made_by_name": "Root", "made_at": NOW}
        return WebhookEndpoint.objects.create(**(row | facts))

    return make


def accepts(secret: str, received: Received) -> bool:
    try:
        Webhook(secret).verify(received.body.decode(), received.headers)
    except WebhookVerificationError:
        return False
    return True


def test_each_message_is_signed_with_the_secret_of_its_own_receiver(
    to_sink: Sink, make_delivery: MakeDelivery, make_endpoint: MakeEndpoint, settings: Any
) -> None:
    settings.DEPROVISION_WEBHOOK_SECRET = FORMER
    now = timezone.now()
    make_delivery(receiver=make_endpoint(), next_try_at=now)
    make_delivery(next_try_at=now)
    assert deliver_due(now=now).sent == 2
    own, of_the_environment = to_sink.requests
    assert (accepts(CURRENT, own), accepts(FORMER, own)) == (True, False)
    assert (accepts(CURRENT, of_the_environment), accepts(FORMER, of_the_environment)) == (False, True)


@pytest.mark.parametrize(("left", "valid"), [(timedelta(seconds=1), True), (timedelta(0), False)])
def test_a_former_secret_signs_until_its_time_is_over(
    left: timedelta, valid: bool, to_sink: Sink, make_delivery: MakeDelivery, make_endpoint: MakeEndpoint
) -> None:
    now = timezone.now()
    endpoint = make_endpoint(former_secret=seal(FORMER), former_until=now + left)
    make_delivery(receiver=endpoint, next_try_at=now)
    assert deliver_due(now=now).sent == 1
    [received] = to_sink.requests
    assert (accepts(CURRENT, received), accepts(FORMER, received)) == (True, valid)


def test_a_secret_that_cannot_be_read_sends_nothing_and_says_what_to_do(
    to_sink: Sink, make_delivery: MakeDelivery, make_endpoint: MakeEndpoint, settings: Any
) -> None:
    delivery = make_delivery(receiver=make_endpoint())
    settings.SECRET_KEY = "another-key-of-the-tests"
    assert deliver_due(now=NOW).failed == 1
    delivery.refresh_from_db()
    assert to_sink.requests == []
    assert delivery.last_error.startswith("The secret of HR cannot be read: SECRET_KEY has changed")
    assert "SECRET_KEY_FALLBACKS" in delivery.last_error


def test_410_disables_the_endpoint_and_gives_up_what_waits_for_it_alone(
    to_sink: Sink, make_delivery: MakeDelivery, make_endpoint: MakeEndpoint
) -> None:
    endpoint = make_endpoint()
    first, second = make_delivery(receiver=endpoint), make_delivery(receiver=endpoint)
    other = make_delivery(next_try_at=NOW + timedelta(hours=1))
    to_sink.answers([Answer(410)])
    assert deliver_due(now=NOW).dead == 1
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "It answered 410 Gone: it wants no more messages.")
    for delivery, state in ((first, "dead"), (second, "dead"), (other, "pending")):
        delivery.refresh_from_db()
        assert delivery.state == state
    assert len(to_sink.requests) == 1
    assert second.next_try_at is None and "The endpoint was disabled." in second.last_error
    given_up, gone, with_it = AuditRecord.objects.order_by("sequence")
    assert (given_up.action, given_up.data["delivery"]) == ("delivery.given_up", first.pk)
    assert sentence_of(gone) == "The webhook endpoint HR answered 410 Gone and was disabled"
    assert (with_it.action, with_it.data["delivery"]) == ("delivery.given_up", second.pk)


def test_410_of_the_environments_address_disables_no_endpoint(
    to_sink: Sink, make_delivery: MakeDelivery, make_endpoint: MakeEndpoint
) -> None:
    endpoint = make_endpoint()
    make_delivery()
    to_sink.answers([Answer(410)])
    assert deliver_due(now=NOW).dead == 1
    endpoint.refresh_from_db()
    assert endpoint.enabled


def test_a_message_that_was_made_while_its_endpoint_was_disabled_is_not_sent(
    to_sink: Sink, make_delivery: MakeDelivery, make_endpoint: MakeEndpoint
) -> None:
    delivery = make_delivery(receiver=make_endpoint(enabled=False, disabled_reason="Moved"))
    assert deliver_due(now=NOW).dead == 1
    delivery.refresh_from_db()
    assert (to_sink.requests, delivery.last_error) == ([], "HR is disabled. Enable it, then send this again.")


def test_an_address_that_was_typed_is_guarded_at_each_sending(
    make_delivery: MakeDelivery, make_endpoint: MakeEndpoint, to_sink: Sink, settings: Any
) -> None:
    delivery = make_delivery(receiver=make_endpoint())
    settings.DEPROVISION_WEBHOOK_URL = ""
    assert deliver_due(now=NOW).failed == 1
    assert to_sink.requests == []
    assert "is not an https address." in Delivery.objects.get(pk=delivery.pk).last_error
