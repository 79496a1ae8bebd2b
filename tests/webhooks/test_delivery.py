"""The outbox from a due row to its end: what is sent, what the row says, what the audit trail says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from datetime import datetime, timedelta
from typing import Any

import pytest

from offboarding.audit.chain import check_chain
from offboarding.audit.record import sentence_of
from offboarding.models import AuditRecord, Delivery
from offboarding.webhooks.delivery import DeliveryReport, deliver_due
from offboarding.webhooks.flight import LEASE
from offboarding.webhooks.schedule import ATTEMPTS
from offboarding.webhooks.sending import LIMITS
from tests.sink import Answer, Sink
from tests.webhooks.conftest import NOW, MakeDelivery

SECOND = timedelta(seconds=1)
NOTHING = DeliveryReport(sent=0, failed=0, dead=0, left=0)


def actions() -> list[str]:
    return list(AuditRecord.objects.order_by("sequence").values_list("action", flat=True))


def origin(sink: Sink) -> str:
    return sink.url.removesuffix("/hook")


def next_try(delivery: Delivery) -> datetime:
    delivery.refresh_from_db()
    assert delivery.next_try_at is not None
    return delivery.next_try_at


def test_a_due_message_arrives_signed_and_unchanged(to_sink: Sink, make_delivery: MakeDelivery, settings: Any) -> None:
    settings.DEPROVISION_WEBHOOK_SECRET = "a-secret-of-both-sides"
    delivery = make_delivery()
    assert deliver_due(now=NOW) == DeliveryReport(sent=1, failed=0, dead=0, left=0)

    [received] = to_sink.requests
    assert received.body == delivery.body.encode()
    assert received.headers["webhook-id"] == str(delivery.message_id)
    assert received.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    signed = f"{delivery.message_id}.{int(NOW.timestamp())}.".encode() + received.body
    digest = hmac.new(b"a-secret-of-both-sides", signed, hashlib.sha256).digest()
    assert received.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("delivered", 1, 200)
    assert (delivery.delivered_at, delivery.next_try_at, delivery.last_error) == (NOW, None, "")
    [line] = AuditRecord.objects.all()
    assert (line.action, line.outcome, line.request_number) == ("delivery.delivered", "done", delivery.request_id)
    assert sentence_of(line) == f"The message about Zoë Ångström reached {origin(to_sink)}"
    assert check_chain().ok


def test_without_a_secret_the_message_goes_unsigned(to_sink: Sink, make_delivery: MakeDelivery) -> None:
    make_delivery()
    deliver_due(now=NOW)
    assert "webhook-signature" not in to_sink.requests[0].headers


def test_a_damaged_secret_sends_nothing_and_says_so(to_sink: Sink, make_delivery: MakeDelivery, settings: Any) -> None:
    settings.DEPROVISION_WEBHOOK_SECRET = "whsec_bmV3 whsec_###"
    delivery = make_delivery()
    assert deliver_due(now=NOW).failed == 1
    delivery.refresh_from_db()
    assert to_sink.requests == []
    assert "Secret number 2 in DEPROVISION_WEBHOOK_SECRET" in delivery.last_error
    assert "###" not in delivery.last_error + json.dumps(list(AuditRecord.objects.values_list("data", flat=True)))


def test_429_waits_as_told_and_is_then_delivered(to_sink: Sink, make_delivery: MakeDelivery) -> None:
    to_sink.answers([Answer(429, {"Retry-After": "90"}), Answer(200)])
    delivery = make_delivery()
    assert deliver_due(now=NOW) == DeliveryReport(sent=0, failed=1, dead=0, left=0)
    assert next_try(delivery) == NOW + 90 * SECOND
    assert deliver_due(now=NOW + 89 * SECOND) == NOTHING
    assert deliver_due(now=NOW + 90 * SECOND).sent == 1
    assert len({received.headers["webhook-id"] for received in to_sink.requests}) == 1
    assert [received.headers["webhook-timestamp"] for received in to_sink.requests] == [
        str(int(NOW.timestamp())),
        str(int(NOW.timestamp()) + 90),
    ]
    assert actions() == ["delivery.failed", "delivery.delivered"]


@pytest.mark.parametrize(
    ("status", "header", "wait"),
    [
        (503, "Mon, 02 Mar 2026 10:00:00 GMT", timedelta(hours=1)),
        (429, "999999999", timedelta(hours=24)),
        (429, "0", SECOND),
    ],
)
def test_retry_after_in_every_form(
    status: int, header: str, wait: timedelta, to_sink: Sink, make_delivery: MakeDelivery
) -> None:
    to_sink.answers([Answer(status, {"Retry-After": header})])
    delivery = make_delivery()
    deliver_due(now=NOW)
    assert next_try(delivery) == NOW + wait


@pytest.mark.parametrize(("status", "header"), [(500, "90"), (404, "90"), (429, "soon"), (302, "90")])
def test_everything_else_backs_off_by_the_schedule(
    status: int, header: str, to_sink: Sink, make_delivery: MakeDelivery
) -> None:
    to_sink.answers([Answer(status, {"Retry-After": header, "Location": "/elsewhere"})])
    delivery = make_delivery()
    assert deliver_due(now=NOW).failed == 1
    assert timedelta(seconds=4.4) < next_try(delivery) - NOW < timedelta(seconds=5.6)
    assert delivery.last_status == status
    assert len(to_sink.requests) == 1


def test_410_gives_up_at_once(to_sink: Sink, make_delivery: MakeDelivery) -> None:
    to_sink.answers([Answer(410)])
    delivery = make_delivery()
    assert deliver_due(now=NOW) == DeliveryReport(sent=0, failed=0, dead=1, left=0)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.next_try_at, delivery.attempts) == ("dead", None, 1)
    assert actions() == ["delivery.given_up"]
    assert deliver_due(now=NOW + timedelta(days=30)) == NOTHING


def test_an_address_that_is_down_leaves_the_message_waiting_and_raises_nothing(
    make_delivery: MakeDelivery, settings: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        origin = f"http://127.0.0.1:{server.getsockname()[1]}"
    settings.DEPROVISION_WEBHOOK_URL = f"{origin}/hook/key-in-the-path"
    delivery = make_delivery()
    assert deliver_due(now=NOW) == DeliveryReport(sent=0, failed=1, dead=0, left=0)
    assert NOW < next_try(delivery) < NOW + 6 * SECOND
    assert (delivery.state, delivery.last_status, delivery.delivered_at) == ("pending", None, None)
    assert delivery.last_error.startswith(f"Nothing takes connections at {origin}. Start the receiver")
    [line] = AuditRecord.objects.all()
    assert (line.action, line.outcome, line.data["attempt"]) == ("delivery.failed", "failed", 1)
    assert "key-in-the-path" not in json.dumps(line.data) + delivery.last_error


def test_it_gives_up_after_the_last_attempt_of_the_schedule(to_sink: Sink, make_delivery: MakeDelivery) -> None:
    to_sink.answers([Answer(500, body=b"out of order")] * 20)
    delivery = make_delivery()
    at, tries = NOW, [NOW]
    for _ in range(ATTEMPTS - 1):
        assert deliver_due(now=at).failed == 1
        assert deliver_due(now=at) == NOTHING
        at = next_try(delivery)
        tries.append(at)
    assert deliver_due(now=at) == DeliveryReport(sent=0, failed=0, dead=1, left=0)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.next_try_at) == ("dead", 10, None)
    assert "out of order" in delivery.last_error
    assert delivery.last_error.endswith("Mend that, then send the message again in the settings.")
    assert len(to_sink.requests) == 10
    assert timedelta(hours=67) < tries[-1] - NOW < timedelta(hours=84)
    assert actions() == ["delivery.failed", "delivery.given_up"]
    assert "out of order" not in json.dumps(list(AuditRecord.objects.values_list("data", flat=True)))
    assert deliver_due(now=at + timedelta(days=30)) == NOTHING


def test_a_last_attempt_that_arrives_leaves_no_error(to_sink: Sink, make_delivery: MakeDelivery) -> None:
    delivery = make_delivery(attempts=ATTEMPTS - 1)
    assert deliver_due(now=NOW).sent == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == ("delivered", "")


def test_a_delivery_that_is_not_due_or_has_ended_is_left_alone(to_sink: Sink, make_delivery: MakeDelivery) -> None:
    make_delivery(next_try_at=NOW + SECOND)
    make_delivery(state="delivered")
    make_delivery(state="dead")
    make_delivery(next_try_at=None)
    assert deliver_due(now=NOW) == NOTHING
    assert to_sink.requests == []


def test_the_limit_leaves_the_rest_and_says_how_many(to_sink: Sink, make_delivery: MakeDelivery) -> None:
    late = [make_delivery(next_try_at=NOW - ago * SECOND) for ago in (1, 3, 2)]
    assert deliver_due(limit=2, now=NOW) == DeliveryReport(sent=2, failed=0, dead=0, left=1)
    sent = [received.headers["webhook-id"] for received in to_sink.requests]
    assert sent == [str(late[1].message_id), str(late[2].message_id)]


def test_one_bad_address_does_not_hold_up_the_others(to_sink: Sink, make_delivery: MakeDelivery) -> None:
    make_delivery(endpoint="http://169.254.169.254/latest/meta-data/", next_try_at=NOW - SECOND)
    make_delivery()
    assert deliver_due(now=NOW) == DeliveryReport(sent=1, failed=1, dead=0, left=0)
    assert len(to_sink.requests) == 1


def test_a_last_attempt_of_unknown_end_is_not_repeated_for_ever(to_sink: Sink, make_delivery: MakeDelivery) -> None:
    delivery = make_delivery(attempts=ATTEMPTS)
    assert deliver_due(now=NOW).dead == 1
    delivery.refresh_from_db()
    assert delivery.state == "dead"
    assert "not known whether the message arrived" in delivery.last_error
    assert to_sink.requests == []
    assert not delivery.tries.exists()  # nothing was sent this time


def test_the_clock_is_read_when_none_is_given(to_sink: Sink, make_delivery: MakeDelivery) -> None:
    delivery = make_delivery()
    before = datetime.now(NOW.tzinfo)
    assert deliver_due().sent == 1
    delivery.refresh_from_db()
    assert delivery.delivered_at is not None and delivery.delivered_at >= before


def test_the_lease_outlives_every_attempt() -> None:
    assert timedelta(seconds=LIMITS.connect + LIMITS.total) * 3 <= LEASE
