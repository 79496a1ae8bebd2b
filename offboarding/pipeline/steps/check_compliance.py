"""May this person be deprovisioned, on this approval, at this moment? The right person, before anything is written."""

from __future__ import annotations

from offboarding import people
from offboarding.actions.in_force import legal_hold_on
from offboarding.models import Run
from offboarding.models.run import RUNNABLE, StepState
from offboarding.people import find_person
from offboarding.pipeline.caps import must_have_room
from offboarding.pipeline.evaluations import PENDING_EVALUATIONS, why_evaluations_forbid
from offboarding.pipeline.identity import must_be_the_same_person
from offboarding.pipeline.planner import last_admin
from offboarding.pipeline.standing import must_be_allowed
from offboarding.pipeline.step import Outcome, Step, StepFailed, Work


class CheckCompliance(Step):
    key = "check_compliance"
    before_the_look = True

    def apply(self, work: Work) -> Outcome:
        person = find_person(work.client, work.person_id)
        approver = must_be_allowed(work.request, work.plan)
        must_be_the_same_person(person, work.plan)
        if forbidden := why_evaluations_forbid(work.client, person):
            raise StepFailed(*forbidden, PENDING_EVALUATIONS)
        must_have_room(work.run)
        _must_not_be_the_last_admin(work, person.name)
        return Outcome(
            StepState.OBSERVED,
            f"Approved by {approver}; {_in_force(work)}.",
            {"approved_by": approver, "digest": work.plan.digest},
        )


def _must_not_be_the_last_admin(work: Work, name: str) -> None:
    """The plan asked this too, but of two administrators in two plans each was not the last one then.

    Whoever has taken a place counts as gone, and this run has taken its own: of two at the same moment neither goes on.
    Who made the OAuth client is asked for the plan alone: that does not change.
    """
    begun = Run.objects.filter(request__org_id=work.request.org_id, let_in_at__isnull=False, state__in=RUNNABLE)
    leaving = set(begun.exclude(pk=work.run.pk).values_list("request__person_id", flat=True))
    if people.is_last_admin(work.client, work.person_id, leaving=leaving):
        raise StepFailed(*last_admin(name, then="retry"))


def _in_force(work: Work) -> str:
    """In the past tense: it is read long afterwards, when a hold may have been released or placed."""
    hold = legal_hold_on(work.request.org_id, work.request.person_id)
    if hold is None:
        return "no protection was in force"
    return "a legal hold was in force, which forbade the deletion and nothing else"


STEP = CheckCompliance()
