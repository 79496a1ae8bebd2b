"""What the worker's supervising process writes. Without audit records: it changes nothing that anybody decides on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F

from offboarding.models import Run, WorkerHeartbeat
from offboarding.models.run import RunState

FORGOTTEN = timedelta(days=1)


def beat(*, name: str, at: datetime) -> None:
    """Say that this worker lives; rows of workers not seen for a day are dropped."""
    WorkerHeartbeat.objects.update_or_create(name=name, defaults={"seen_at": at})
    WorkerHeartbeat.objects.filter(seen_at__lt=at - FORGOTTEN).delete()


def give_back(*, owners: Sequence[str], died: bool) -> int:
    """End the leases of processes that are known to be dead, so that nobody waits for them; how many there were.

    `died` by themselves, which counts as a death of the run's worker: a step that kills each worker must come to an
    end. Not so those that were ended because they were to stop.

    Never for a process that may live: two would then work on one person at once. The fence, raised by the next
    claim, keeps their writes apart, but not their calls to Genesys.
    """
    held = Run.objects.filter(state=RunState.RUNNING, lease_owner__in=owners, lease_until__isnull=False)
    return held.update(lease_until=None, deaths=F("deaths") + int(died))
