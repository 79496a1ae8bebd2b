"""Approving and rejecting: a second person's decision, bound to the plan and digest that this person saw."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from offboarding import queue
from offboarding.access import Actor, may, may_decide, signed_in
from offboarding.actions.errors import Refused, recording_refusals
from offboarding.actions.in_force import protection_on
from offboarding.actions.outbox import end_with_document
from offboarding.actions.protections import refuse_by, rule_on
from offboarding.actions.requests import end_request
from offboarding.actions.run_control import let_go_on
from offboarding.audit.record import name_of, record
from offboarding.models import Decision, DeprovisionRequest, Plan, Run
from offboarding.models.request import RequestState, Verdict
from offboarding.models.run import RunState
from offboarding.plan import as_sentence, is_altered


@recording_refusals("decision.refused", "name who decides")
def name_approver(requester: Actor, *, approver: Actor) -> None:
    """Refused, before anything is asked for, unless this account may decide on what `requester` asks for."""
    if requester == approver or not may(approver, "decide"):
        why = "It has to be somebody else's." if requester == approver else f"{approver} is no approver."
        raise Refused("This decision would not count.", f"{why} Name another account.", "approver")


@recording_refusals("decision.refused", "approve")
def approve_request(actor: Actor, *, request_id: int, digest: str, confirmation: str) -> Run:
    """Approve exactly the plan with this digest and start its run: decision, run and wake-up are one commit.

    `confirmation` is the person's e-mail (or name, where there is none), typed by the approver. Refused: the
    requester's own hand, a stale digest, a second decision, a protection placed meanwhile, a wrong confirmation.
    """
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    plan = _plan_to_decide(actor, request, digest)
    expected = request.person_email or request.person_name
    if confirmation.strip().casefold() != expected.casefold():
        raise Refused(
            f"What was typed is not {expected}.",
            f"Type {expected} to confirm that this is the right person.",
            "confirmation",
            request=request,
        )
    hold = protection_on(request.org_id, request.person_id)
    if hold is not None:
        raise Refused(
            f"{request.person_name} is protected now: {as_sentence(hold.reason)}",
            f"Reject the request, or ask {hold.placed_by_name} to release the protection.",
            "held",
            request=request,
        )
    rule = rule_on(plan)
    if rule is not None:
        raise refuse_by(rule, (request.org_id, request.person_id, request.person_name))
    _decide(actor, request, plan, Verdict.APPROVED, "")
    request.state = RequestState.APPROVED
    request.save(update_fields=["state"])
    run, new = Run.objects.get_or_create(request=request, defaults={"plan": plan, "approved_at": timezone.now()})
    record(actor, "request.approved", request=request, data={"plan": plan.number, "digest": plan.digest})
    if new:
        queue.wake_runner(run.pk)
    else:
        run.plan = plan
        let_go_on(run)
    return run


@recording_refusals("decision.refused", "reject")
def reject_request(actor: Actor, *, request_id: int, digest: str, reason: str) -> None:
    """Reject the plan with this digest, with a reason. Rejecting a changed plan ends the run where it stands."""
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    plan = _plan_to_decide(actor, request, digest)
    if not reason.strip():
        raise Refused("No reason was given.", "Say why, for the one who asked.", "reason", request=request)
    _decide(actor, request, plan, Verdict.REJECTED, reason.strip())
    end_request(request, RequestState.REJECTED, reason.strip())
    record(actor, "request.rejected", request=request, data={"plan": plan.number, "reason": reason.strip()})
    run = Run.objects.filter(request=request).first()
    if run is not None:
        run.state, run.ended_at = RunState.STOPPED, timezone.now()
        run.problem, run.remedy = f"The changed plan was rejected: {reason.strip()}", ""
        run.save()
        end_with_document(run)


def _plan_to_decide(actor: Actor, request: DeprovisionRequest, digest: str) -> Plan:
    answer = may_decide(actor, request)
    decided = request.decisions.order_by("-id").first()
    if not answer and decided is not None and may(actor, "decide"):
        raise Refused(
            f"This was already {decided.verdict} by {decided.decided_by_name}.",
            "The decision stands: nothing is left for you to decide.",
            "already_decided",
            request=request,
        )
    if not answer:
        raise Refused(answer.why, "Ask another approver.", "may_not_decide", request=request)
    plan = request.plans.order_by("-number").first()
    if plan is not None and is_altered(
        plan.document, digest=plan.digest, person_id=request.person_id, scim_id=plan.scim_id
    ):
        raise Refused(
            "The stored plan is not the one that was read: its digest is another, or the person is.",
            "Nothing was decided. Find out who changed the database by hand, then have the plan read again.",
            "plan_altered",
            request=request,
        )
    if plan is None or plan.digest != digest:
        raise Refused(
            "The plan is not the one you saw: it was read again since you opened the page.",
            "Nothing was decided. Read the plan as it is now, and decide on that.",
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
            "Nothing is left for you to decide.",
            "already_decided",
            request=request,
        ) from error
