"""Which attempts to deliver may still be on their way, and how a delivery ends whose attempt is. No HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from offboarding.models import Delivery, DeliveryAttempt

# Longer than any attempt (20 s, the look-up of a name, a busy database), or two workers would send the same one.
LEASE = timedelta(seconds=120)


def in_flight(now: datetime) -> QuerySet[Delivery]:
    """The deliveries that were claimed and may still arrive, whatever became of them meanwhile.

    What came of the attempt is not stored, and its lease is not over: `next_try_at`, at most LEASE from now.
    """
    ended = DeliveryAttempt.objects.filter(
        delivery=OuterRef("pk"), replay=OuterRef("replays"), number=OuterRef("attempts")
    )
    return Delivery.objects.filter(~Exists(ended), attempts__gt=0, next_try_at__gt=now, next_try_at__lte=now + LEASE)


def end_unsent(rows: QuerySet[Delivery], now: datetime, **facts: Any) -> None:
    """Write that nothing more is sent of these; one in flight keeps its lease, for it may arrive until that is over.

    Inside a transaction that has locked the head of the chain, so that no attempt ends meanwhile.
    """
    flying = list(in_flight(now).filter(pk__in=rows.values("pk")).values_list("pk", flat=True))
    rows.exclude(pk__in=flying).update(next_try_at=None, **facts)
    rows.filter(pk__in=flying).update(**facts)
