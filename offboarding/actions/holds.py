"""Protecting a person from deprovisioning, placing a legal hold, and releasing them again; asking is in in_force.py."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from offboarding.access import Actor, may, signed_in
from offboarding.actions.errors import Refused, recording_refusals
from offboarding.actions.in_force import legal_hold_on, lock_live_request
from offboarding.actions.run_control import let_go_on
from offboarding.audit.record import name_of, record
from offboarding.models import DeprovisionRequest, Hold, Run
from offboarding.models.policy import HoldKind
from offboarding.models.request import RequestState
from offboarding.models.run import RunState


@recording_refusals("action.refused", "protect a person")
def place_hold(
    actor: Actor,
    *,
    org_id: str,
    person_id: str,
    person_name: str,
    kind: str,
    reason: str,
    review_on: date | None = None,
) -> Hold:
    """Forbid every deprovisioning of a person, or with a legal hold their deletion, until it is released.

    A running deprovisioning meets it before its next step, and before the deletion is sent: what is in force when the
    deletion is noted as sent forbids it. A legal hold needs the day on which it is reviewed.
    """
    who = (org_id, person_id, person_name)
    if not may(actor, "configure"):
        raise Refused("Your role does not let you do this.", "Ask an administrator.", "role", person=who)
    if kind not in HoldKind.values or not reason.strip():
        raise Refused("Kind or reason is missing.", "Choose a kind and say why.", "form", person=who)
    if kind == HoldKind.LEGAL_HOLD and (review_on is None or review_on <= timezone.localdate()):
        raise Refused(
            "A legal hold needs a day on which it is reviewed.",
            "Give a day that is still to come: nobody should be held for ever by oversight.",
            "review",
            person=who,
        )
    request = lock_live_request(org_id, person_id)
    try:
        with transaction.atomic():
            hold = Hold.objects.create(
                org_id=org_id,
                person_id=person_id,
                person_name=person_name,
                kind=kind,
                reason=reason.strip()[:500],
                review_on=review_on,
                placed_by=signed_in(actor),
                placed_by_name=name_of(actor),
                placed_at=timezone.now(),
            )
    except IntegrityError as error:
        raise Refused(
            f"{person_name} is already protected this way.", "Nothing is left to do.", "held", person=who
        ) from error
    data = {"kind": kind, "reason": hold.reason} | ({"review_on": review_on.isoformat()} if review_on else {})
    _record(actor, "hold.placed", hold, request, data)
    return hold


@recording_refusals("action.refused", "release a protection")
def release_hold(actor: Actor, *, hold_id: int, reason: str) -> bool:
    """End a hold, with a reason, and let the run that rested for it go on; whether one did. Released, nothing changes.

    A legal hold is released by somebody else than the one who placed it.
    """
    if not may(actor, "configure"):
        raise Refused("Your role does not let you do this.", "Ask an administrator.", "role")
    about = Hold.objects.get(pk=hold_id)
    request = lock_live_request(about.org_id, about.person_id)
    hold = Hold.objects.select_for_update(of=("self",)).get(pk=hold_id)
    if hold.released_at is not None:
        return False
    who = (hold.org_id, hold.person_id, hold.person_name)
    if not reason.strip():
        raise Refused("No reason was given.", "Say why the protection ends.", "form", person=who)
    if hold.kind == HoldKind.LEGAL_HOLD and hold.placed_by_id == signed_in(actor).pk:
        raise Refused(
            "You placed this legal hold, so somebody else has to release it.",
            "It is still in force. Ask another administrator.",
            "own_hold",
            person=who,
        )
    hold.released_at, hold.released_by, hold.released_by_name = timezone.now(), signed_in(actor), name_of(actor)
    hold.save(update_fields=["released_at", "released_by", "released_by_name"])
    _record(actor, "hold.released", hold, request, {"kind": hold.kind, "reason": reason.strip()[:500]})
    return _wake_held(actor, hold)


def _wake_held(actor: Actor, hold: Hold) -> bool:
    """Nobody has to remember the run that rests: it goes on, and asks again whether it may."""
    resting = (
        Run.objects.select_for_update(of=("self",))
        .select_related("request")
        .filter(
            state=RunState.HELD,
            request__state=RequestState.APPROVED,
            request__org_id=hold.org_id,
            request__person_id=hold.person_id,
        )
    )
    woken = list(resting) if legal_hold_on(hold.org_id, hold.person_id) is None else []
    for run in woken:
        let_go_on(run)
        record(actor, "run.retried", request=run.request)
    return bool(woken)


def _record(actor: Actor, action: str, hold: Hold, request: DeprovisionRequest | None, data: dict[str, str]) -> None:
    """In the trail of the person, and of their open request, whose course it changes."""
    record(
        actor,
        action,
        request=request,
        org_id=hold.org_id,
        person_id=hold.person_id,
        person_name=hold.person_name,
        data=data,
    )
