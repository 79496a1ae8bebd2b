"""Sends what is due in the outbox: claims a row, sends outside any transaction, records the attempt with its audit.

At least once: a receiver drops doubles by `webhook-id`, which is the same in every attempt.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from offboarding.audit.record import lock_head, record, utc_text
from offboarding.models import Delivery, DeliveryAttempt
from offboarding.models.webhook import DeliveryState
from offboarding.webhooks.addresses import origin_of
from offboarding.webhooks.endpoints import GONE, facts_of, record_given_up, secrets_for, switch_off
from offboarding.webhooks.flight import LEASE, in_flight
from offboarding.webhooks.schedule import ATTEMPTS, told_wait, wait_after
from offboarding.webhooks.sending import Answer, send
from offboarding.webhooks.signing import BadSecret, headers_of

log = logging.getLogger(__name__)

SLICE_SECONDS = 60
USED_UP = "It was the last attempt. Mend that, then send the message again in the settings."
Ending = Literal["sent", "failed", "dead", "overtaken"]


@dataclass(frozen=True)
class DeliveryReport:
    """What one call did: messages `sent`; `failed` and to be tried again; given up (`dead`).

    `left` counts the messages that are due and were not tried: call again when it is not 0. When nothing was tried,
    somebody else is sending, and calls again.
    """

    sent: int = 0
    failed: int = 0
    dead: int = 0
    left: int = 0

    @property
    def tried(self) -> int:
        """How many messages this call knows the end of."""
        return self.sent + self.failed + self.dead


def deliver_due(*, limit: int = 20, now: datetime | None = None) -> DeliveryReport:
    """Try each pending delivery whose time has come once, at most `limit` of them, starting none after 60 seconds.

    Safe to call from any number of workers at once, and again at any time: only one of them sends at a time, so that a
    receiver that does not answer takes no other worker from the runs. A claim counts the attempt and pushes
    `next_try_at` forward by LEASE, so a delivery of a worker that died comes back when its lease ends, and the others
    wait until then. Nothing the receiver or the network does raises.

    2xx is delivered. 410 and the tenth failure give the delivery up; 410 also disables an endpoint that was typed in,
    and gives up whatever waits for it (Standard Webhooks, "Deliverability and reliability"). Every other failure waits
    as `schedule` says, for 429 and 503 as Retry-After says. Each attempt is stored. The audit trail tells of the first
    failure, the delivery and the giving up: those change what somebody has to do, while a record for each of ten
    attempts of each message would bury the rest of the history when a receiver is down for a weekend.

    `now` replaces the clock. Must not be called inside a transaction: it raises rather than hold one while sending.
    """
    clock: Callable[[], datetime] = timezone.now if now is None else lambda: now
    endings: Counter[Ending] = Counter()
    stop = time.monotonic() + SLICE_SECONDS
    while endings.total() < limit and time.monotonic() < stop:
        delivery = _claim(clock)
        if delivery is None:
            break
        begun, started = clock(), time.monotonic()
        answer = _attempt(delivery, begun)
        tried = DeliveryAttempt(
            delivery=delivery,
            replay=delivery.replays,
            number=delivery.attempts,
            at=begun,
            status=answer.status,
            problem=_told(answer.problem, _quoted(answer.said)),
            milliseconds=round((time.monotonic() - started) * 1000),
        )
        endings[_record(delivery, answer, tried, clock())] += 1
    return DeliveryReport(endings["sent"], endings["failed"], endings["dead"], left=_due(clock()).count())


def _due(now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=DeliveryState.PENDING, next_try_at__lte=now)


def _claim(clock: Callable[[], datetime]) -> Delivery | None:
    """Take the delivery that waits longest; None when none is due, or one is in flight.

    The head is locked, so that nobody claims, ends or replaces one meanwhile. The time is asked for after that: by a
    time from before the wait for it, the lease of whoever claimed meanwhile is too long to be one.
    """
    if not _due(clock()).exists():
        return None
    with transaction.atomic(durable=True):
        lock_head()
        now = clock()
        found = _due(now).select_related("request", "receiver").order_by("next_try_at", "id").first()
        if found is None or in_flight(now).exists():
            return None
        found.attempts, found.next_try_at = found.attempts + 1, now + LEASE
        found.save(update_fields=["attempts", "next_try_at"])
    return found


def _attempt(delivery: Delivery, now: datetime) -> Answer:
    if delivery.attempts > ATTEMPTS:
        return Answer(
            None,
            "The worker ended in the middle of the last attempt, so it is not known whether the message arrived.",
            "Ask whoever runs the receiver for the message with this webhook-id.",
        )
    if delivery.receiver is not None and not delivery.receiver.enabled:  # disabled while its message was being made
        return Answer(None, f"{delivery.receiver.name} is disabled.", "Enable it, then send this again.", ends=True)
    body = delivery.body.encode()
    try:
        headers = headers_of(str(delivery.message_id), now, body, secrets_for(delivery.receiver, now))
    except BadSecret as bad:
        return Answer(None, bad.problem, bad.remedy)
    return send(delivery.endpoint, body, headers)


def _record(delivery: Delivery, answer: Answer, tried: DeliveryAttempt, now: datetime) -> Ending:
    """Store the attempt; write what came of it, unless another worker has claimed a later one meanwhile.

    A message that the receiver took was delivered, also when it was replaced or given up meanwhile; a failure changes
    nothing about those.
    An attempt beyond the last was not sent: it only finds that the last one never ended, and is not stored.
    """
    if delivery.attempts == ATTEMPTS:
        answer = replace(answer, remedy=USED_UP)
    told = _told(tried.problem, answer.remedy if answer.problem else "")
    row: dict[str, Any] = {"last_status": answer.status, "last_error": told, "next_try_at": None}
    ending: Ending
    if not answer.problem:
        ending, action = "sent", "delivery.delivered"
        row |= {"state": DeliveryState.DELIVERED, "delivered_at": now}
    elif answer.ends or delivery.attempts >= ATTEMPTS:
        ending, action = "dead", "delivery.given_up"
        row |= {"state": DeliveryState.DEAD}
    else:
        ending, action = "failed", "" if delivery.last_error else "delivery.failed"
        row |= {"next_try_at": now + wait_after(delivery.attempts, told_wait(answer.retry_after, now))}
    mine = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, replays=delivery.replays)
    if answer.problem:
        mine = mine.filter(state=DeliveryState.PENDING)
    with transaction.atomic(durable=True):
        lock_head()  # before the deliveries, as the end of a run does: its record comes before its messages
        if tried.number <= ATTEMPTS:
            tried.save(force_insert=True)
        given_up = _switch_off(delivery, answer)
        overtaken = mine.update(**row) != 1
        if action and not overtaken:
            _audit(delivery, answer, action, row["next_try_at"])
        if given_up is not None:
            record(None, "endpoint.gone", outcome="failed", data=facts_of(delivery.receiver))
            record_given_up(given_up, GONE)
    if overtaken:
        log.warning("delivery %s: attempt %s was overtaken", delivery.pk, delivery.attempts)
        return "overtaken"
    log.info("delivery %s, attempt %s: %s", delivery.pk, delivery.attempts, answer.problem or "delivered")
    return ending


def _switch_off(delivery: Delivery, answer: Answer) -> list[Delivery] | None:
    """Disable an endpoint that answered 410; what else was given up with it, or None when nothing was disabled."""
    if delivery.receiver_id is None or answer.status != 410:
        return None
    return switch_off(delivery.receiver_id, GONE, but=(delivery.pk,))


def _audit(delivery: Delivery, answer: Answer, action: str, next_try_at: datetime | None) -> None:
    """What the receiver said stays out of the audit trail: it is not ours, and a record can never be taken back."""
    data: dict[str, Any] = {
        "delivery": delivery.pk,
        "message_id": str(delivery.message_id),
        "endpoint": origin_of(delivery.endpoint),
        "attempt": delivery.attempts,
        "status": answer.status,
    }
    if answer.problem:
        data |= {"problem": answer.problem, "remedy": answer.remedy}
    if next_try_at is not None:
        data["next_try_at"] = utc_text(next_try_at)
    record(
        None,
        action,
        outcome="failed" if answer.problem else "done",
        request=delivery.request,
        data=data,
    )


def _told(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _quoted(said: str) -> str:
    return f"It said: “{said}”" if said else ""
