"""Planted bugs about locks, which only show where others come into the middle of a transaction: on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from offboarding.actions import lease
from offboarding.models import AuditHead, DeprovisionRequest, Run
from offboarding.models.run import RunState
from tests.simulation.bug import BUSY, FINE, A, Bug, at, together

_acting, _select_for_update = threading.local(), QuerySet.select_for_update


def _select(rows: QuerySet[Any], **told: Any) -> QuerySet[Any]:
    unlocked = getattr(_acting, "unlocked", False)
    return rows.all() if unlocked else _select_for_update(rows, **told)


def _unlocked(act: Callable[..., Any], *who: Any, **told: Any) -> Any:
    """Of this thread alone: others act in the middle of it, and lock what they lock."""
    _acting.unlocked = True
    try:
        return act(*who, **told)
    finally:
        _acting.unlocked = False


def _head_unlocked() -> AuditHead:
    return AuditHead.objects.get(pk=1)


def _held_run_first(run_id: int, fence: int) -> Run:
    run = Run.objects.select_for_update(of=("self",)).get(pk=run_id)
    run.request = DeprovisionRequest.objects.select_for_update(of=("self",)).get(run=run_id)
    if run.fence != fence or run.state != RunState.RUNNING:
        raise lease.LeaseLost(f"run {run_id}")
    run.lease_until = timezone.now() + lease.LEASE
    run.save(update_fields=["lease_until"])
    return run


NO_LOCK = at("django.db.models.query.QuerySet.select_for_update", _select)
LOCKS: dict[str, Bug] = {
    "claim_not_locked": Bug(
        "two workers see a run free, and both take it",
        together(NO_LOCK, at(f"{A}.lease.claim_run", partial(_unlocked, lease.claim_run))),
        FINE | {"bell_doubled": 1.0},
        ("one_worker_at_a_time", "no_write_by_a_stale_fence"),
        shows_inside=True,
    ),
    "head_not_locked": Bug(
        "two records of the audit trail follow the same one",
        at("offboarding.audit.record.lock_head", _head_unlocked),
        BUSY,
        ("no_task_raises", "nobody_meets_an_error", "every_change_is_recorded_once"),
        shows_inside=True,
    ),
    "locked_the_other_way_round": Bug(
        "a worker locks the run before the request, people the request before the run",
        together(*(at(f"{A}.{room}.held", _held_run_first) for room in ("lease", "run_steps", "runs"))),
        BUSY | {"people": 1.0},
        ("nobody_waits_in_a_circle",),
        shows_inside=True,
    ),
}
