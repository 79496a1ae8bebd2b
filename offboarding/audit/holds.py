"""The holds that a request met on its way, for its audit log document and for what its steps say."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from offboarding.audit.record import utc_text
from offboarding.models import AuditRecord, DeprovisionRequest, Hold


def holds_met(request: DeprovisionRequest) -> list[Hold]:
    """Every protection and legal hold that was in force since the request was asked for, oldest first."""
    since = Q(released_at__isnull=True) | Q(released_at__gte=request.requested_at)
    on = Hold.objects.filter(since, org_id=request.org_id, person_id=request.person_id)
    return list(on.order_by("placed_at", "id"))


def hold_as_told(hold: Hold) -> dict[str, Any]:
    """Who placed it and why, and once it is released, who did that and why."""
    facts: dict[str, Any] = {
        "kind": hold.kind,
        "reason": hold.reason,
        "placedBy": hold.placed_by_name,
        "placedAt": utc_text(hold.placed_at),
    }
    if hold.review_on:
        facts["reviewOn"] = hold.review_on.isoformat()
    if hold.released_at:
        facts["releasedBy"] = hold.released_by_name
        facts["releasedAt"] = utc_text(hold.released_at)
        facts["releaseReason"] = _why_released(hold)
    return facts


def _why_released(hold: Hold) -> str:
    """Only the trail keeps it; one hold of a kind is in force at a time, so the first release since is this one's."""
    line = (
        AuditRecord.objects.filter(
            action="hold.released",
            org_id=hold.org_id,
            person_id=hold.person_id,
            at__gte=hold.released_at,
            data__kind=hold.kind,
        )
        .order_by("sequence")
        .first()
    )
    return str(line.data["reason"]) if line else ""
