"""Which holds are in force on a person: asked by whatever must not act against one. Placing and ending is in holds.py.

Whoever acts on the answer and whoever changes it lock the live request first, so that one of them sees the other.
"""

from __future__ import annotations

from offboarding.models import DeprovisionRequest, Hold


def holds_on(org_id: str, person_id: str) -> list[Hold]:
    """The holds in force on a person, a protection before a legal hold."""
    return list(Hold.objects.filter(org_id=org_id, person_id=person_id, released_at__isnull=True).order_by("-kind"))


def protection_on(org_id: str, person_id: str) -> Hold | None:
    """What forbids everything for this person; None when nothing does."""
    return next((hold for hold in holds_on(org_id, person_id) if hold.forbids_all), None)


def legal_hold_on(org_id: str, person_id: str) -> Hold | None:
    """What forbids the deletion of this person alone; None when nothing does."""
    return next((hold for hold in holds_on(org_id, person_id) if not hold.forbids_all), None)


def lock_live_request(org_id: str, person_id: str) -> DeprovisionRequest | None:
    """The open request about this person, locked until the transaction ends; None when there is none."""
    live = DeprovisionRequest.objects.live().filter(org_id=org_id, person_id=person_id)
    return live.select_for_update(of=("self",)).first()
