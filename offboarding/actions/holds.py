"""Protecting a person from deprovisioning, and releasing them again."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from offboarding.access import Actor, may
from offboarding.actions.errors import Refused, recording_refusals
from offboarding.audit.record import name_of, record
from offboarding.models import Hold
from offboarding.models.policy import HoldKind


def hold_on(org_id: str, person_id: str) -> Hold | None:
    """The hold in force on a person, a legal hold before a protection; None when there is none."""
    in_force = Hold.objects.filter(org_id=org_id, person_id=person_id, released_at__isnull=True)
    return in_force.order_by("kind").first()


@recording_refusals("action.refused", "protect a person")
def place_hold(actor: Actor, *, org_id: str, person_id: str, person_name: str, kind: str, reason: str) -> Hold:
    """Forbid every deprovisioning of a person until it is released; a running one stops before its deletion."""
    who = (org_id, person_id, person_name)
    if not may(actor, "configure"):
        raise Refused("Your role does not let you do this.", "Ask an administrator.", "role", person=who)
    if kind not in HoldKind.values or not reason.strip():
        raise Refused("Kind or reason is missing.", "Choose a kind and say why.", "form", person=who)
    try:
        with transaction.atomic():
            hold = Hold.objects.create(
                org_id=org_id,
                person_id=person_id,
                person_name=person_name,
                kind=kind,
                reason=reason.strip()[:500],
                placed_by_name=name_of(actor),
                placed_at=timezone.now(),
            )
    except IntegrityError as error:
        raise Refused(
            f"{person_name} is already protected this way.", "Nothing is left to do.", "held", person=who
        ) from error
    record(
        actor,
        "hold.placed",
        org_id=org_id,
        person_id=person_id,
        person_name=person_name,
        data={"kind": kind, "reason": hold.reason},
    )
    return hold


@recording_refusals("action.refused", "release a protection")
def release_hold(actor: Actor, *, hold_id: int, reason: str) -> None:
    """End a hold, with a reason. Releasing one that is already released changes nothing."""
    if not may(actor, "configure"):
        raise Refused("Your role does not let you do this.", "Ask an administrator.", "role")
    hold = Hold.objects.select_for_update().get(pk=hold_id)
    if hold.released_at is not None:
        return
    if not reason.strip():
        raise Refused(
            "No reason was given.",
            "Say why the protection ends.",
            "form",
            person=(hold.org_id, hold.person_id, hold.person_name),
        )
    hold.released_at, hold.released_by_name = timezone.now(), name_of(actor)
    hold.save(update_fields=["released_at", "released_by_name"])
    record(
        actor,
        "hold.released",
        org_id=hold.org_id,
        person_id=hold.person_id,
        person_name=hold.person_name,
        data={"kind": hold.kind, "reason": reason.strip()[:500]},
    )
