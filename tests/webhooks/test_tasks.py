"""The worker's task: one message at a time and a task, so that the runs that wait have their workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from django_q.models import OrmQ

from offboarding import queue, tasks
from offboarding.models import Delivery
from offboarding.webhooks.delivery import DeliveryReport, deliver_due
from tests.sink import Answer, Sink
from tests.webhooks.conftest import MakeDelivery

pytestmark = pytest.mark.usefixtures("shared_database")


@pytest.fixture
def three(shared_database: str, to_sink: Sink, make_delivery: MakeDelivery) -> list[Delivery]:
    return [make_delivery(next_try_at=timezone.now()) for _ in range(3)]


@pytest.mark.parametrize("status", [200, 500, 410])
def test_a_task_sends_one_message_and_rings_for_the_next(status: int, three: list[Delivery], to_sink: Sink) -> None:
    to_sink.answers([Answer(status)] * 3)
    for number in (1, 2, 3):
        tasks.deliver()
        assert len(to_sink.requests) == number
        assert OrmQ.objects.count() == min(number, 2)  # nobody rings after the last


def test_nobody_sends_another_message_while_one_is_in_flight(three: list[Delivery], to_sink: Sink) -> None:
    others: list[Any] = []

    def other_workers() -> None:
        others.append(deliver_due())
        tasks.deliver()
        others.append(OrmQ.objects.count())  # whoever sends rings when it is done
        connections.close_all()

    to_sink.answers([Answer(meanwhile=other_workers)])
    tasks.deliver()
    assert others == [DeliveryReport(left=2), 0]
    assert (len(to_sink.requests), OrmQ.objects.count()) == (1, 1)


@pytest.mark.parametrize("state", ["superseded", "dead"])
def test_one_that_was_replaced_or_given_up_in_flight_is_still_in_flight(
    state: str, three: list[Delivery], to_sink: Sink
) -> None:
    others: list[DeliveryReport] = []

    def end_it_and_try() -> None:
        Delivery.objects.filter(attempts=1).update(state=state)
        others.append(deliver_due())
        connections.close_all()

    to_sink.answers([Answer(500, meanwhile=end_it_and_try)])
    tasks.deliver()
    assert others == [DeliveryReport(left=2)]


@pytest.fixture
def told_to_end() -> Iterator[None]:
    """The cluster of this process was told to, as `serve` notes it at SIGTERM."""
    queue._shared[queue._SLOTS] = 1
    yield
    queue._shared[queue._SLOTS] = 0


def test_nothing_is_sent_when_the_worker_is_to_end(three: list[Delivery], to_sink: Sink, told_to_end: None) -> None:
    tasks.deliver()
    assert to_sink.requests == []
    assert set(Delivery.objects.values_list("state", "attempts")) == {("pending", 0)}
