"""May this run go on, at this moment? Asked before every step, and again right before the deletion; read afresh."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from offboarding.access import is_oneself, may
from offboarding.actions.in_force import legal_hold_on, protection_on
from offboarding.actions.protections import rule_on
from offboarding.models import Decision, DeprovisionRequest, Plan
from offboarding.models.request import Verdict
from offboarding.pipeline.step import HeldBack, StepFailed
from offboarding.plan import PLAN_VERSION, as_sentence, is_altered
from offboarding.steps import order_for


def must_be_allowed(request: DeprovisionRequest, plan: Plan) -> str:
    """The approver's name; StepFailed when a protection is in force, or who asked and approved may not any more."""
    hold = protection_on(request.org_id, request.person_id)
    if hold is not None:
        raise StepFailed(
            f"{request.person_name} is protected: {as_sentence(hold.reason)}",
            f"Ask {hold.placed_by_name} to release the protection and retry, or close the request.",
            "protected",
        )
    rule = rule_on(plan)
    if rule is not None:
        raise StepFailed(
            rule.sentence,
            f"Ask {rule.made_by} whether the rule should end and retry, or close the request.",
            "protected",
        )
    decision = Decision.objects.select_related("decided_by", "requested_by").filter(plan=plan).first()
    if decision is None or decision.verdict != Verdict.APPROVED or decision.digest != plan.digest:
        raise StepFailed(
            "The plan of this run carries no approval.", "Close the request and ask again.", "not_approved"
        )
    if is_altered(plan.document, digest=decision.digest, person_id=request.person_id, scim_id=plan.scim_id):
        raise StepFailed(
            "The stored plan is not the one that was approved: its digest is another, or the person is.",
            "Somebody or something changed the database by hand. Find out what, verify the audit trail "
            "(manage.py verify_audit), then close the request and ask again.",
            "plan_altered",
        )
    decider = decision.decided_by
    by_oneself = decision.decided_by_id == request.requested_by_id or is_oneself(decider, request.person_email)
    if by_oneself or not may(decider, "decide"):
        raise StepFailed(
            f"{decision.decided_by_name} may not approve this any more.",
            "Close the request and let another approver decide on a new one.",
            "approver",
        )
    if not may(decision.requested_by, "request"):
        raise StepFailed(
            f"{request.requested_by_name} asked for this and may not any more.",
            "Find out why, then close the request and let somebody who may ask for a new one.",
            "requester",
        )
    return decision.decided_by_name


def why_expired(request: DeprovisionRequest, plan: Plan) -> str:
    """That the approval does not stand any more, in words; empty while it does."""
    decision = Decision.objects.select_related("request").get(plan=plan)
    if plan.document["version"] != PLAN_VERSION:
        return "The plan was made by another version of this console, which would do the work in another way."
    if plan.document["order"] != list(order_for(settings.GENESYS_API_STYLE)):
        return "The plan was made for another order of the work: GENESYS_API_STYLE was changed since."
    if timezone.now() < decision.stands_until:
        return ""
    return f"The approval by {decision.decided_by_name} has expired."


def must_not_be_held(request: DeprovisionRequest) -> None:
    """HeldBack while a legal hold is in force: what was said and who said it may be evidence."""
    hold = legal_hold_on(request.org_id, request.person_id)
    if hold is None:
        return
    review = f", to be reviewed on {hold.review_on.day} {hold.review_on:%b %Y}" if hold.review_on else ""
    raise HeldBack(
        f"{request.person_name} is under a legal hold: {as_sentence(hold.reason)}",
        f"Placed by {hold.placed_by_name}{review}. When somebody else releases it, the run goes on by "
        "itself; after its approval has expired, an approver decides again first.",
    )
