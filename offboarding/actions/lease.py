"""Who may act for a run: claim, renew, release. A worker without the lease under its fence writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from offboarding import queue
from offboarding.actions.errors import LeaseLost
from offboarding.audit.record import record
from offboarding.models import DeprovisionRequest, Run, StepRun
from offboarding.models.request import RequestState
from offboarding.models.run import RUNNABLE, RunState

# Longer than the longest call with its waits and its token (genesys.connect: 90 + 5 + 15 seconds).
LEASE = timedelta(seconds=150)


@transaction.atomic
def claim_run(*, run_id: int, owner: str, steps: Sequence[str]) -> Run | None:
    """Take the lease of a run that may go on now, raising its fence; None when it may not, or somebody has it.

    The first claim lays out one StepRun a step key. Two claims at once: the row lock (PostgreSQL) or the single
    writer (SQLite) lets one of them see the other's lease.
    """
    now = timezone.now()
    run = Run.objects.select_for_update(of=("self",)).select_related("request").filter(pk=run_id).first()
    if run is None or run.state not in RUNNABLE or run.request.state != RequestState.APPROVED:
        return None
    if run.lease_until is not None and run.lease_until > now:
        return None
    if any(at is not None and at > now for at in (run.not_before, run.request.not_before)):
        return None
    if run.state == RunState.RUNNING and run.lease_until is not None:  # whoever lives gives its lease back
        run.deaths += 1
    first = run.started_at is None
    run.state, run.not_before = RunState.RUNNING, None
    run.fence += 1
    run.lease_owner, run.lease_until = owner, now + LEASE
    run.started_at = run.started_at or now
    run.save()
    for ordinal, key in enumerate(steps, start=1):
        StepRun.objects.get_or_create(run=run, key=key, defaults={"ordinal": ordinal})
    if first:
        record(None, "run.started", request=run.request)
    return run


def due_runs() -> list[int]:
    """The runs that could go on now and that nobody holds: what a lost wake-up would leave lying."""
    now = timezone.now()
    return list(
        Run.objects.filter(state__in=RUNNABLE, request__state=RequestState.APPROVED)
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))
        .filter(Q(not_before__isnull=True) | Q(not_before__lte=now))
        .filter(Q(request__not_before__isnull=True) | Q(request__not_before__lte=now))
        .order_by("-request__urgent", "id")
        .values_list("id", flat=True)
    )


def release_run(*, run_id: int, fence: int) -> None:
    """Give the lease back at the end of a time slice and wake the next one. A lost lease is left alone."""
    with transaction.atomic():
        if Run.objects.filter(pk=run_id, fence=fence, state=RunState.RUNNING).update(lease_until=None, deaths=0):
            queue.wake_runner(run_id)


def held(run_id: int, fence: int) -> Run:
    """The run, locked, its lease renewed; LeaseLost when the fence has moved or the run is no longer running.

    The request is locked first, as people's actions do: the other way round two of them could wait for each other.
    """
    request = DeprovisionRequest.objects.select_for_update(of=("self",)).get(run=run_id)
    run = Run.objects.select_for_update(of=("self",)).get(pk=run_id)
    run.request = request
    if run.fence != fence or run.state != RunState.RUNNING:
        raise LeaseLost(f"run {run_id} is not held under fence {fence}")
    run.lease_until = timezone.now() + LEASE
    run.save(update_fields=["lease_until"])
    return run
