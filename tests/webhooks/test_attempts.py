"""Every attempt to deliver a message is stored with what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from offboarding.models import AuditHead
from offboarding.webhooks.delivery import deliver_due
from tests.sink import Answer, Sink
from tests.webhooks.conftest import NOW, MakeDelivery, lose_the_head


def test_every_attempt_is_stored_with_status_time_and_what_was_said(to_sink: Sink, make_delivery: MakeDelivery) -> None:
    to_sink.answers([Answer(500, body=b"out of\x00 order " * 60), Answer(close=True), Answer(204, delay=0.05)])
    delivery = make_delivery()
    for _ in range(3):
        deliver_due(now=delivery.next_try_at)
        delivery.refresh_from_db()
    first, second, third = delivery.tries.all()
    assert (first.number, first.at, first.status) == (1, NOW, 500)
    assert first.problem.startswith(
        f"{to_sink.url.removesuffix('/hook')} answered 500 Internal Server Error. It said: “out of order out"
    )
    assert first.problem.isprintable() and len(first.problem.partition("It said: ")[2]) <= 203
    assert (second.number, second.status) == (2, None) and "broke" in second.problem
    assert NOW + timedelta(seconds=4) < second.at < NOW + timedelta(seconds=6)
    assert (third.number, third.status, third.problem) == (3, 204, "")
    assert 50 <= third.milliseconds < 5000


def test_an_attempt_and_its_delivery_are_written_together(
    shared_database: str, to_sink: Sink, make_delivery: MakeDelivery
) -> None:
    delivery = make_delivery()
    head = AuditHead.objects.get()
    to_sink.answers([Answer(meanwhile=lose_the_head)])
    with pytest.raises(AuditHead.DoesNotExist):
        deliver_due(now=NOW)
    AuditHead.objects.create(id=1, hash=head.hash)
    assert len(to_sink.requests) == 1
    assert not delivery.tries.exists()


@pytest.mark.parametrize("wrong", [{"status": 500}, {"status": None}, {"number": 1}])
def test_the_database_refuses_an_attempt_that_cannot_be(
    wrong: dict[str, Any], to_sink: Sink, make_delivery: MakeDelivery
) -> None:
    delivery = make_delivery()
    deliver_due(now=NOW)
    facts = {"number": 2, "at": NOW, "status": 200, "milliseconds": 1, **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        delivery.tries.create(**facts)
