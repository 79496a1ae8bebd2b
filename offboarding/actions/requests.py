"""What people do with a request before and after its run: open it, take it back, give it up."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from offboarding import queue
from offboarding.access import Actor, is_oneself, may, may_cancel, may_close, signed_in
from offboarding.actions.errors import Refused, need, recording_refusals
from offboarding.actions.in_force import protection_on
from offboarding.actions.outbox import end_with_document
from offboarding.actions.protections import refuse_by, rules_of
from offboarding.actions.run_steps import interrupt_step
from offboarding.audit.record import name_of, record
from offboarding.genesys.records import Organization, Person
from offboarding.models import DeprovisionRequest, Run
from offboarding.models.request import LivePolicy, Reason, RequestState
from offboarding.models.run import RunState
from offboarding.plan import as_sentence, rule_for


@recording_refusals("request.refused", "ask for a deprovisioning")
def open_request(
    actor: Actor,
    *,
    org: Organization,
    person: Person,
    reason: str,
    ticket: str = "",
    note: str = "",
    urgent: bool = False,
    live: str = LivePolicy.WAIT,
    keep_attributes: bool = False,
    mask_addresses: bool = False,
    not_before: datetime | None = None,
) -> DeprovisionRequest:
    """Ask to deprovision a person, and wake the planner. One live request a person: a second is Refused by constraint.

    Refused also: without the permission, for oneself, for a person already deleted or protected. A legal hold forbids
    only the deletion, so that access can be cut all the same.
    """
    who = (org.id, person.id, person.name)
    if not may(actor, "request"):
        raise Refused("Your role does not let you ask for this.", "Ask somebody in IT staff.", "role", person=who)
    if live not in LivePolicy.values:
        raise Refused("No way with live conversations was chosen.", "Choose one from the list.", "live", person=who)
    if reason not in Reason.values:
        raise Refused("No reason was chosen.", "Choose a reason from the list.", "reason", person=who)
    if is_oneself(actor, person.email):
        raise Refused(
            "Nobody asks for their own deprovisioning.",
            "Ask a colleague to do it.",
            "oneself",
            person=who,
        )
    if reason == Reason.UNKNOWN and not note.strip():
        raise Refused(
            "“Other” was chosen, and nobody is told what it is.",
            "Say in the note why the person leaves.",
            "note",
            person=who,
        )
    if person.state == "deleted":
        raise Refused(
            f"{person.name} is already deleted in Genesys Cloud.",
            "Nothing is left to do. Check the name if you expected somebody else.",
            "already_deleted",
            person=who,
        )
    hold = protection_on(org.id, person.id)
    if hold is not None:
        raise Refused(
            f"{person.name} is protected: {as_sentence(hold.reason)}",
            f"Ask {hold.placed_by_name}, or an administrator, to release the protection first.",
            "held",
            person=who,
        )
    rule = rule_for(rules_of(org.id), person.email, ())
    if rule is not None:
        raise refuse_by(rule, who)
    try:
        with transaction.atomic():
            request = DeprovisionRequest.objects.create(
                org_id=org.id,
                org_name=org.name,
                person_id=person.id,
                person_name=person.name,
                person_email=person.email,
                reason=reason,
                ticket=ticket.strip()[:100],
                note=note.strip()[:2000],
                urgent=urgent,
                live=live,
                keep_attributes=keep_attributes,
                mask_addresses=mask_addresses,
                not_before=not_before,
                requested_by=signed_in(actor),
                requested_by_name=name_of(actor),
                requested_at=timezone.now(),
            )
    except IntegrityError as error:
        open_one = DeprovisionRequest.objects.live().filter(org_id=org.id, person_id=person.id).first()
        number = f"Request {open_one.pk}" if open_one else "A request"
        raise Refused(
            f"{number} for {person.name} is already open.",
            "Open that request instead; cancel it first if it is wrong.",
            "already_open",
            person=who,
        ) from error
    record(
        actor,
        "request.opened",
        request=request,
        data={"reason": request.reason, "ticket": request.ticket, "urgent": urgent},
    )
    queue.wake_planner(request.pk)
    return request


@recording_refusals("action.refused", "cancel the request")
def cancel_request(actor: Actor, *, request_id: int, reason: str = "") -> None:
    """Take back a request whose work has not begun. Nobody downstream hears of it: nothing was done.

    A run that waits for its time ends with it, so that a worker which claims it at that very moment finds it ended.
    """
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    run = Run.objects.select_for_update().filter(request=request).first()
    need(may_cancel(actor, request), request)
    if run is not None:
        run.state, run.ended_at = RunState.STOPPED, timezone.now()
        run.save(update_fields=["state", "ended_at"])
    end_request(request, RequestState.CANCELLED, reason.strip())
    record(actor, "request.cancelled", request=request, data={"reason": reason.strip() or "no reason given"})


@recording_refusals("action.refused", "close the request")
def close_request(actor: Actor, *, request_id: int, reason: str) -> None:
    """Give up on a run that needs a human. What was done stays done; the audit log document says FAILED."""
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    need(may_close(actor, request), request)
    if not reason.strip():
        raise Refused("No reason was given.", "Say why it is given up.", "reason", request=request)
    end_request(request, RequestState.CLOSED, reason.strip())
    record(actor, "request.closed", request=request, data={"reason": reason.strip()})
    run = request.run
    interrupt_step(run)
    run.ended_at = timezone.now()
    run.problem, run.remedy = f"Closed unfinished: {reason.strip()}", ""
    run.save()
    end_with_document(run)


def end_request(request: DeprovisionRequest, state: RequestState, reason: str) -> None:
    """Write the end of a locked request, about which nothing is left to be done. Inside a transaction."""
    request.state, request.ended_at, request.end_reason, request.remedy = state, timezone.now(), reason, ""
    request.save(update_fields=["state", "ended_at", "end_reason", "remedy"])
