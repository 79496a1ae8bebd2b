"""Several workers at one outbox, and workers that die: nothing is sent twice at once, nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections, transaction
from django.utils import timezone

from offboarding.audit.record import lock_head
from offboarding.models import AuditHead, AuditRecord, Delivery
from offboarding.webhooks.delivery import DeliveryReport, deliver_due
from offboarding.webhooks.flight import LEASE
from tests.sink import Answer, Sink
from tests.webhooks.conftest import NOW, MakeDelivery, lose_the_head

PROJECT = Path(__file__).resolve().parents[2]
NOTHING = DeliveryReport(sent=0, failed=0, dead=0, left=0)


class Worker(threading.Thread):
    """deliver_due on a database connection of its own; `report` or the error that ended it."""

    def __init__(self, start: threading.Barrier, limit: int) -> None:
        super().__init__()
        self.start_together, self.limit = start, limit
        self.report = NOTHING
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.start_together.wait(5)
            self.report = deliver_due(limit=self.limit, now=NOW)
        except Exception as error:  # shown by the test that joins this thread
            self.error = error
        finally:
            connections.close_all()


def test_racing_workers_send_every_message_once(
    shared_database: str, to_sink: Sink, make_delivery: MakeDelivery
) -> None:
    made = [make_delivery() for _ in range(12)]
    together = threading.Barrier(4)
    workers = [Worker(together, limit=20) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)

    assert [worker.error for worker in workers] == [None] * 4
    sent = Counter(received.headers["webhook-id"] for received in to_sink.requests)
    assert sent == Counter(str(delivery.message_id) for delivery in made)
    assert sum(worker.report.sent for worker in workers) == 12
    assert set(Delivery.objects.values_list("state", "attempts")) == {("delivered", 1)}
    assert AuditRecord.objects.filter(action="delivery.delivered").count() == 12


def test_a_claim_that_had_to_wait_sees_what_was_claimed_meanwhile(
    shared_database: str, to_sink: Sink, make_delivery: MakeDelivery
) -> None:
    """By a time from before the wait that lease ends too late to be one, and a second message went out beside it."""
    first, _ = (make_delivery(next_try_at=timezone.now()) for _ in range(2))
    reports: list[DeliveryReport] = []

    def second_worker() -> None:
        reports.append(deliver_due())
        connections.close_all()

    worker = threading.Thread(target=second_worker)
    with transaction.atomic():
        lock_head()
        worker.start()
        time.sleep(0.5)  # it has seen that two are due, and waits for the head
        Delivery.objects.filter(pk=first.pk).update(attempts=1, next_try_at=timezone.now() + LEASE)
    worker.join(30)

    assert reports == [replace(NOTHING, left=1)]
    assert to_sink.requests == []


def test_nobody_else_sends_a_message_that_is_in_flight(
    shared_database: str, to_sink: Sink, make_delivery: MakeDelivery
) -> None:
    """The second worker runs while the first waits for its answer, so no lock is held while sending either."""
    make_delivery()
    other: list[DeliveryReport] = []

    def second_worker() -> None:
        other.append(deliver_due(now=NOW + LEASE - timedelta(seconds=1)))
        Delivery.objects.update(last_error="written by somebody else meanwhile")
        connections.close_all()

    to_sink.answers([Answer(meanwhile=second_worker)])
    assert deliver_due(now=NOW).sent == 1
    assert other == [NOTHING]
    assert len(to_sink.requests) == 1


def test_a_worker_whose_lease_ran_out_leaves_its_attempt_and_nothing_else(
    shared_database: str, to_sink: Sink, make_delivery: MakeDelivery
) -> None:
    delivery = make_delivery()

    def second_worker() -> None:
        assert deliver_due(now=NOW + LEASE).failed == 1
        connections.close_all()

    to_sink.answers([Answer(200, meanwhile=second_worker), Answer(500)])
    assert deliver_due(now=NOW) == NOTHING
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("pending", 2, 500)
    assert list(delivery.tries.values_list("number", "status")) == [(1, 200), (2, 500)]
    assert list(AuditRecord.objects.values_list("action", flat=True)) == ["delivery.failed"]


def test_an_attempt_from_before_a_replay_leaves_itself_and_nothing_else(
    shared_database: str, to_sink: Sink, make_delivery: MakeDelivery
) -> None:
    """The attempts start anew, so the number alone would take the old attempt for the new one."""
    delivery = make_delivery()

    def given_up_replayed_and_claimed() -> None:
        Delivery.objects.update(attempts=1, replays=1)
        connections.close_all()

    to_sink.answers([Answer(meanwhile=given_up_replayed_and_claimed)])
    assert deliver_due(now=NOW) == NOTHING
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.replays) == ("pending", 1, 1)
    assert list(delivery.tries.values_list("replay", "number", "status")) == [(0, 1, 200)]


def test_a_worker_killed_between_sending_and_recording_loses_nothing(
    shared_database: str, to_sink: Sink, make_delivery: MakeDelivery, tmp_path: Path
) -> None:
    delivery = make_delivery(next_try_at=timezone.now())
    connections.close_all()
    environment = {
        **os.environ,
        "DATABASE_URL": shared_database,
        "VAR_DIR": str(tmp_path / "worker"),
        "DEPROVISION_WEBHOOK_URL": to_sink.url,
    }
    code = "import django; django.setup(); from offboarding.webhooks.delivery import deliver_due; deliver_due()"
    worker: list[subprocess.Popen[bytes]] = []
    started = threading.Event()

    def kill() -> None:
        started.wait(5)
        worker[0].send_signal(signal.SIGKILL)
        worker[0].wait(5)

    to_sink.answers([Answer(meanwhile=kill)])
    worker.append(subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, env=environment))
    started.set()
    assert worker[0].wait(30) == -signal.SIGKILL

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("pending", 1, None)
    assert AuditRecord.objects.count() == 0
    assert deliver_due() == NOTHING
    assert delivery.next_try_at is not None
    assert deliver_due(now=delivery.next_try_at).sent == 1
    first, second = to_sink.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == str(delivery.message_id)
    assert first.body == second.body
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("delivered", 2)


def test_a_record_that_cannot_be_written_leaves_the_delivery_as_it_was_claimed(
    shared_database: str, to_sink: Sink, make_delivery: MakeDelivery
) -> None:
    """The row and its audit record commit together or not at all; the message comes back with its lease."""
    delivery = make_delivery()
    head = AuditHead.objects.get()
    to_sink.answers([Answer(meanwhile=lose_the_head)])
    with pytest.raises(AuditHead.DoesNotExist):
        deliver_due(now=NOW)
    AuditHead.objects.create(id=1, hash=head.hash)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.next_try_at) == ("pending", 1, NOW + LEASE)
    assert deliver_due(now=NOW + LEASE).sent == 1


def test_it_refuses_to_send_inside_a_transaction(
    shared_database: str, to_sink: Sink, make_delivery: MakeDelivery
) -> None:
    make_delivery()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        deliver_due(now=NOW)
    assert to_sink.requests == []
