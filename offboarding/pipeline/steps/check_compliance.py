"""May this person be deprovisioned, on this approval, at this moment? Also asked once more before the deletion."""

from __future__ import annotations

from offboarding.access import may
from offboarding.actions.holds import hold_on
from offboarding.models import Decision
from offboarding.models.request import Verdict
from offboarding.models.run import StepState
from offboarding.people import find_person
from offboarding.pipeline.identity import must_be_the_same_person
from offboarding.pipeline.step import Outcome, Step, StepFailed, Work


class CheckCompliance(Step):
    key = "check_compliance"
    before_the_look = True

    def apply(self, work: Work) -> Outcome:
        person = find_person(work.client, work.person_id)
        approver = must_be_allowed(work)
        must_be_the_same_person(person, work.plan)
        return Outcome(
            StepState.OBSERVED,
            f"Approved by {approver}; no protection and no legal hold is in force.",
            {"approved_by": approver, "digest": work.plan.digest},
        )


def must_be_allowed(work: Work) -> str:
    """The approver's name; StepFailed when a hold is in force, or who asked and approved may not any more.

    All read afresh. That the approval has not expired is seen to before every step.
    """
    hold = hold_on(work.request.org_id, work.request.person_id)
    if hold is not None:
        raise StepFailed(
            f"{work.request.person_name} is protected ({hold.get_kind_display().lower()}): {hold.reason}",
            f"Ask {hold.placed_by_name} to release the protection and retry, or close the request.",
            "held",
        )
    decision = Decision.objects.select_related("decided_by").filter(plan=work.plan).first()
    if decision is None or decision.verdict != Verdict.APPROVED or decision.digest != work.plan.digest:
        raise StepFailed(
            "The plan of this run carries no approval.", "Close the request and ask again.", "not_approved"
        )
    if decision.decided_by_id == work.request.requested_by_id or not may(decision.decided_by, "decide"):
        raise StepFailed(
            f"{decision.decided_by_name} may not approve this any more.",
            "Close the request and let another approver decide on a new one.",
            "approver",
        )
    if not may(decision.requested_by, "request"):
        raise StepFailed(
            f"{work.request.requested_by_name} asked for this and may not any more.",
            "Find out why, then close the request and let somebody who may ask for a new one.",
            "requester",
        )
    return decision.decided_by_name


STEP = CheckCompliance()
