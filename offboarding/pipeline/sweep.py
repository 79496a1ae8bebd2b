"""Rings the bell for whatever lies ready and was not rung for: lost wake-ups, ended waits, leases of dead workers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from offboarding import queue
from offboarding.actions.lease import due_runs
from offboarding.models import Delivery, DeprovisionRequest, Run
from offboarding.models.request import RequestState
from offboarding.models.webhook import DeliveryState

PLANNING_IS_LATE = timedelta(seconds=20)
RING_AGAIN = 15.0


class Ready(NamedTuple):
    """One thing that lies ready; `turn` differs each time that it does so anew."""

    kind: str
    key: int
    turn: int


class Sweeper:
    """Rings at once for what is ready anew, and again for what still is, but then only when no wake-up waits.

    So a wait that ended goes on within a second, and a busy queue is not flooded with the same wake-ups.
    """

    def __init__(self) -> None:
        self._rung: dict[Ready, float] = {}

    def sweep(self) -> int:
        """Ring for every run, plan and delivery that is due; how many bells were rung."""
        now, ready = time.monotonic(), tuple(_ready())
        self._rung = {thing: self._rung[thing] for thing in ready if thing in self._rung}
        new = [thing for thing in ready if thing not in self._rung]
        old = [thing for thing, at in self._rung.items() if now - at >= RING_AGAIN]
        due = new + (old if old and not queue.waiting() else [])
        self._rung |= dict.fromkeys(due, now)
        # One bell is for all deliveries.
        bells = dict.fromkeys((thing.kind, 0 if thing.kind == "delivery" else thing.key) for thing in due)
        for kind, key in bells:
            _ring(kind, key)
        return len(bells)


def _ready() -> Iterator[Ready]:
    now = timezone.now()
    runs = due_runs()
    fences = dict(Run.objects.filter(pk__in=runs).values_list("id", "fence"))
    yield from (Ready("run", run_id, fences[run_id]) for run_id in runs)
    late = DeprovisionRequest.objects.filter(
        Q(plan_after=None) | Q(plan_after__lte=now),
        state=RequestState.PLANNING,
        requested_at__lt=now - PLANNING_IS_LATE,
    )
    for request_id, after in late.values_list("id", "plan_after"):
        yield Ready("plan", request_id, int(after.timestamp()) if after else 0)
    due = Delivery.objects.filter(state=DeliveryState.PENDING, next_try_at__lte=now)
    yield from (Ready("delivery", *found) for found in due.values_list("id", "attempts"))


def _ring(kind: str, key: int) -> None:
    if kind == "run":
        queue.wake_runner(key)
    elif kind == "plan":
        queue.wake_planner(key)
    else:
        queue.wake_deliveries()
