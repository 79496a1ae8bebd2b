"""The circuit breaker's places: so many runs an hour may begin to cut access, in the org and in one division."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from offboarding.actions.lease import held
from offboarding.audit.record import lock_head
from offboarding.models import Run
from offboarding.models.run import RunState

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Full:
    """No place is free before `until`: `taken` are within the hour `where`, and the setting `name` allows `most`.

    More are taken than it allows after it was lowered. Whoever waits already has the places that become free first.
    """

    name: str
    where: str
    taken: int
    most: int
    until: datetime


@transaction.atomic
def take_place(*, run_id: int, fence: int) -> Full | None:
    """Let this run begin and count it, once; what it has to wait for when every place is taken. Raises LeaseLost.

    Whoever counts locks the head of the audit trail first, so that two workers never both take the last place.
    """
    run = held(run_id, fence)
    if run.let_in_at is not None:
        return None
    lock_head()
    now = timezone.now()
    division = run.plan.holdings["person"]["division"] or {}
    begun = Run.objects.filter(request__org_id=run.request.org_id, let_in_at__gt=now - HOUR)
    inside_of = {"plan__holdings__person__division__id": division.get("id", "")}
    inside = begun.filter(**inside_of)
    waiting = Run.objects.filter(
        request__org_id=run.request.org_id, state=RunState.PARKED, let_in_at=None, not_before__gt=now
    )
    full = _full(begun, waiting, "DEPROVISION_MOST_AN_HOUR", "in this org") or _full(
        inside,
        waiting.filter(**inside_of),
        "DEPROVISION_MOST_AN_HOUR_IN_A_DIVISION",
        f"in the division {division.get('name', '?')}",
    )
    if full is None:
        run.let_in_at = now
        run.save(update_fields=["let_in_at"])
    return full


def _full(begun: QuerySet[Run], waiting: QuerySet[Run], name: str, where: str) -> Full | None:
    most: int = getattr(settings, name)
    taken = [at for at in begun.order_by("-let_in_at").values_list("let_in_at", flat=True) if at]
    if len(taken) < most:
        return None
    # A place is free when the oldest of the newest `most` leaves the hour, and the next one with the next of them.
    leaves = taken[max(most - 1 - waiting.count(), 0)]
    return Full(name, where, len(taken), most, leaves + HOUR)
