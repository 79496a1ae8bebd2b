"""Rings the bell for whatever lies ready and was not rung for: lost wake-ups, ended waits, leases of dead workers."""

from __future__ import annotations

import time
from datetime import timedelta

from django.utils import timezone

from offboarding import queue
from offboarding.actions.runs import due_runs
from offboarding.models import Delivery, DeprovisionRequest
from offboarding.models.request import RequestState
from offboarding.models.webhook import DeliveryState

PLANNING_IS_LATE = timedelta(seconds=20)
RING_AGAIN = 15.0


class Sweeper:
    """Remembers for a short while what it rang for, so that a busy queue is not flooded with the same wake-up."""

    def __init__(self) -> None:
        self._rung: dict[tuple[str, int], float] = {}

    def sweep(self) -> int:
        """Ring for every run, plan and delivery that is due; how many bells were rung."""
        now = time.monotonic()
        self._rung = {key: at for key, at in self._rung.items() if now - at < RING_AGAIN}
        rung = sum(self._ring("run", run_id) for run_id in due_runs())
        late = DeprovisionRequest.objects.filter(
            state=RequestState.PLANNING, requested_at__lt=timezone.now() - PLANNING_IS_LATE
        )
        rung += sum(self._ring("plan", request_id) for request_id in late.values_list("id", flat=True))
        due = Delivery.objects.filter(state=DeliveryState.PENDING, next_try_at__lte=timezone.now())
        if due.exists():
            rung += self._ring("deliver", 0)
        return rung

    def _ring(self, kind: str, key: int) -> int:
        if (kind, key) in self._rung:
            return 0
        self._rung[kind, key] = time.monotonic()
        if kind == "run":
            queue.wake_runner(key)
        elif kind == "plan":
            queue.wake_planner(key)
        else:
            queue.wake_deliveries()
        return 1
