"""What people do with a request before and after its run: open, decide, cancel, close. And storing its plan."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from offboarding import queue
from offboarding.access import (
    Actor,
    Answer,
    may,
    may_cancel,
    may_close,
    may_decide,
    may_plan_again,
    signed_in,
)
from offboarding.actions.errors import Refused, recording_refusals
from offboarding.actions.holds import hold_on
from offboarding.actions.outbox import end_with_document
from offboarding.audit.record import name_of, record
from offboarding.genesys.records import Organization, Person
from offboarding.models import Decision, DeprovisionRequest, Plan, Run
from offboarding.models.request import Reason, RequestState, Verdict
from offboarding.models.run import RunState
from offboarding.plan import digest_of


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
    not_before: datetime | None = None,
) -> DeprovisionRequest:
    """Ask to deprovision a person, and wake the planner. One live request a person: a second is Refused by constraint.

    Refused also: without the permission, for a person already deleted, protected or under legal hold.
    """
    who = (org.id, person.id, person.name)
    if not may(actor, "request"):
        raise Refused("Your role does not let you ask for this.", "Ask somebody in IT staff.", "role", person=who)
    if reason not in Reason.values:
        raise Refused("No reason was chosen.", "Choose a reason from the list.", "reason", person=who)
    if person.state == "deleted":
        raise Refused(
            f"{person.name} is already deleted in Genesys Cloud.",
            "Nothing is left to do. Check the name if you expected somebody else.",
            "already_deleted",
            person=who,
        )
    hold = hold_on(org.id, person.id)
    if hold is not None:
        raise Refused(
            f"{person.name} is protected ({hold.get_kind_display().lower()}): {hold.reason}",
            f"Ask {hold.placed_by_name}, or an administrator, to release the protection first.",
            "held",
            person=who,
        )
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


@transaction.atomic
def store_plan(
    actor: Actor | None,
    *,
    request_id: int,
    document: dict[str, Any],
    holdings: dict[str, Any],
    scim_id: str,
    read_at: datetime,
) -> Plan | None:
    """Keep a plan that was read, and let the request wait for a decision. None when nobody waits for a plan any more.

    Idempotent: a second planner that finds the request past `planning` stores nothing.
    """
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    if request.state != RequestState.PLANNING:
        return None
    plan = next_plan(request, document, holdings, scim_id, read_at)
    request.state = RequestState.AWAITING_DECISION
    request.problem = request.remedy = ""
    request.person_name = document["person"]["name"]
    request.person_email = document["person"]["email"]
    request.save(update_fields=["state", "problem", "remedy", "person_name", "person_email"])
    record(
        actor,
        "plan.read",
        request=request,
        data={"plan": plan.number, "digest": plan.digest, "count": len(document["actions"])},
    )
    return plan


@transaction.atomic
def fail_plan(actor: Actor | None, *, request_id: int, problem: str, remedy: str, code: str) -> None:
    """Keep why the plan could not be read. The request stays open, so that it can be planned again or cancelled."""
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    if request.state != RequestState.PLANNING:
        return
    request.state = RequestState.PLAN_FAILED
    request.problem, request.remedy = problem, remedy
    request.save(update_fields=["state", "problem", "remedy"])
    record(actor, "plan.failed", outcome="failed", request=request, data={"problem": problem, "code": code})


@recording_refusals("action.refused", "read the plan again")
def read_plan_again(actor: Actor, *, request_id: int) -> None:
    """Have the holdings read again, after a failure or to refresh a plan that nobody has decided."""
    request = _locked(request_id)
    _need(may_plan_again(actor, request), request)
    request.state = RequestState.PLANNING
    request.problem = request.remedy = ""
    request.save(update_fields=["state", "problem", "remedy"])
    record(actor, "plan.asked_again", request=request)
    queue.wake_planner(request.pk)


@recording_refusals("decision.refused", "approve")
def approve_request(actor: Actor, *, request_id: int, digest: str, confirmation: str) -> Run:
    """Approve exactly the plan with this digest and start its run: decision, run and wake-up are one commit.

    `confirmation` is the person's e-mail (or name, where there is none), typed by the approver. Refused: the
    requester's own hand, a stale digest, a second decision, a protection placed meanwhile, a wrong confirmation.
    """
    request = _locked(request_id)
    plan = _plan_to_decide(actor, request, digest)
    expected = request.person_email or request.person_name
    if confirmation.strip().casefold() != expected.casefold():
        raise Refused(
            f"What was typed is not {expected}.",
            f"Type {expected} to confirm that this is the right person.",
            "confirmation",
            request=request,
        )
    hold = hold_on(request.org_id, request.person_id)
    if hold is not None:
        raise Refused(
            f"{request.person_name} is protected now: {hold.reason}",
            f"Reject the request, or ask {hold.placed_by_name} to release the protection.",
            "held",
            request=request,
        )
    _decide(actor, request, plan, Verdict.APPROVED, "")
    request.state = RequestState.APPROVED
    request.save(update_fields=["state"])
    run, new = Run.objects.get_or_create(request=request, defaults={"plan": plan, "approved_at": timezone.now()})
    if not new:
        run.plan, run.state, run.not_before = plan, RunState.QUEUED, None
        run.problem = run.remedy = run.error_code = ""
        run.save()
    record(actor, "request.approved", request=request, data={"plan": plan.number, "digest": plan.digest})
    queue.wake_runner(run.pk)
    return run


@recording_refusals("decision.refused", "reject")
def reject_request(actor: Actor, *, request_id: int, digest: str, reason: str) -> None:
    """Reject the plan with this digest, with a reason. Rejecting a changed plan ends the run where it stands."""
    request = _locked(request_id)
    plan = _plan_to_decide(actor, request, digest)
    if not reason.strip():
        raise Refused("No reason was given.", "Say why, for the one who asked.", "reason", request=request)
    _decide(actor, request, plan, Verdict.REJECTED, reason.strip())
    _end(request, RequestState.REJECTED, reason.strip())
    record(actor, "request.rejected", request=request, data={"plan": plan.number, "reason": reason.strip()})
    run = Run.objects.filter(request=request).first()
    if run is not None:
        run.state, run.ended_at = RunState.STOPPED, timezone.now()
        run.problem = f"The changed plan was rejected: {reason.strip()}"
        run.save()
        end_with_document(run)


@recording_refusals("action.refused", "cancel the request")
def cancel_request(actor: Actor, *, request_id: int, reason: str = "") -> None:
    """Take back a request that nobody has decided."""
    request = _locked(request_id)
    _need(may_cancel(actor, request), request)
    _end(request, RequestState.CANCELLED, reason.strip())
    record(actor, "request.cancelled", request=request, data={"reason": reason.strip() or "no reason given"})


@recording_refusals("action.refused", "close the request")
def close_request(actor: Actor, *, request_id: int, reason: str) -> None:
    """Give up on a run that needs a human. What was done stays done; the audit log document says FAILED."""
    request = _locked(request_id)
    _need(may_close(actor, request), request)
    if not reason.strip():
        raise Refused("No reason was given.", "Say why it is given up.", "reason", request=request)
    _end(request, RequestState.CLOSED, reason.strip())
    record(actor, "request.closed", request=request, data={"reason": reason.strip()})
    run = request.run
    run.ended_at = timezone.now()
    run.problem = f"Closed unfinished: {reason.strip()}"
    run.save()
    end_with_document(run)


def _locked(request_id: int) -> DeprovisionRequest:
    return DeprovisionRequest.objects.select_for_update().get(pk=request_id)


def _need(answer: Answer, request: DeprovisionRequest) -> None:
    if not answer:
        raise Refused(answer.why, "Open the request to see what can be done now.", "not_now", request=request)


def _plan_to_decide(actor: Actor, request: DeprovisionRequest, digest: str) -> Plan:
    answer = may_decide(actor, request)
    decided = request.decisions.order_by("-id").first()
    if not answer and decided is not None and may(actor, "decide"):
        raise Refused(
            f"This was already {decided.verdict} by {decided.decided_by_name}.",
            "Open the request to see how it stands.",
            "already_decided",
            request=request,
        )
    if not answer:
        raise Refused(answer.why, "Ask another approver.", "may_not_decide", request=request)
    plan = request.plans.order_by("-number").first()
    if plan is None or plan.digest != digest:
        raise Refused(
            "The plan is not the one you saw: it was read again since you opened the page.",
            "Nothing was decided. Open the request again and decide on the plan as it is now.",
            "stale_plan",
            request=request,
        )
    return plan


def _decide(actor: Actor, request: DeprovisionRequest, plan: Plan, verdict: Verdict, reason: str) -> None:
    try:
        with transaction.atomic():
            Decision.objects.create(
                request=request,
                plan=plan,
                digest=plan.digest,
                verdict=verdict,
                reason=reason,
                requested_by_id=request.requested_by_id,
                decided_by=signed_in(actor),
                decided_by_name=name_of(actor),
                decided_at=timezone.now(),
            )
    except IntegrityError as error:
        raise Refused(
            "This plan is already decided, or not yours to decide.",
            "Open the request to see how it stands.",
            "already_decided",
            request=request,
        ) from error


def _end(request: DeprovisionRequest, state: RequestState, reason: str) -> None:
    request.state, request.ended_at, request.end_reason = state, timezone.now(), reason
    request.save(update_fields=["state", "ended_at", "end_reason"])


def next_plan(
    request: DeprovisionRequest,
    document: dict[str, Any],
    holdings: dict[str, Any],
    scim_id: str,
    read_at: datetime,
) -> Plan:
    """Store the plan read after the last one, whose digest is then the one to decide. Inside a transaction."""
    last = request.plans.order_by("-number").first()
    return Plan.objects.create(
        request=request,
        number=last.number + 1 if last else 1,
        digest=digest_of(document),
        document=document,
        holdings=holdings,
        scim_id=scim_id,
        read_at=read_at,
    )
