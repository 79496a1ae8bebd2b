"""One time slice of one run: what is known in it, and how what happened in it is written. Every write is an action."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypedDict

from django.conf import settings
from django.db import connection
from django.utils import timezone

from offboarding import people, plan
from offboarding.actions import run_steps, runs
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import RetryLater, Unreachable
from offboarding.genesys.records import Ref
from offboarding.models import Plan, Run
from offboarding.models.request import LivePolicy
from offboarding.pipeline.identity import must_be_the_same_person
from offboarding.pipeline.planner import choices_of, must_be_plannable
from offboarding.pipeline.readings import Readings
from offboarding.pipeline.step import Outcome, PlanChanged, Step, Undone
from offboarding.pipeline.troubles import Fail, Park, what_to_do
from offboarding.plan import Holdings
from offboarding.steps import order_for

log = logging.getLogger(__name__)
# How often one step may wait in a row before a human is asked, and how often the last look may send steps back.
MOST_WAITS = 12
MOST_RETURNS = 3
LAST = "notify"


class Place(TypedDict):
    """Where a write belongs: which run, under which fence, which step."""

    run_id: int
    fence: int
    key: str


@dataclass(slots=True)
class Drive:
    """One time slice of one run."""

    run: Run
    client: GenesysClient
    calls: Counter[str]
    readings: Readings
    ends_at: float
    seen: Holdings | None = None

    def place(self, step: Step) -> Place:
        return {"run_id": self.run.pk, "fence": self.run.fence, "key": step.key}

    def look(self, *, fresh: bool = False, for_a_plan: bool = False) -> Holdings:
        """The holdings as read in this slice, or read again, of the approved person.

        `for_a_plan` reads again, and also which groups are dynamic: a plan made without that would have the person
        taken out of groups that nobody can be taken out of, for ever in vain. NotPlannable, another person's e-mail
        and Genesys' errors are troubles like any other.
        """
        if self.seen is None or fresh or for_a_plan:
            self.seen = None
            seen = people.holdings(
                self.client,
                self.run.request.person_id,
                scim_id=self.run.plan.scim_id,
                team=_approved_team(self.run.plan),
                raise_waits=True,
                for_a_plan=for_a_plan,
            )
            if seen.person.state != "deleted":
                must_be_plannable(seen, self.run.request.org_id)
                must_be_the_same_person(seen.person, self.run.plan)
            self.seen = seen
        return self.seen


def end(slice_: Drive, step: Step, outcome: Outcome) -> None:
    """The last step's end is the run's end, in one transaction."""
    write = runs.finish_run if step.key == LAST else partial(run_steps.end_step, marks=step.marks)
    write(
        **slice_.place(step),
        title=step.title,
        state=outcome.state,
        sentence=outcome.sentence,
        evidence=outcome.evidence,
        calls=dict(slice_.calls),
        readings=slice_.readings.of_this_attempt(),
    )


def _approved_team(approved: Plan) -> Ref | None:
    """A person is in one team at most (GET /api/v2/users/{userId}, `team`)."""
    actions = plan.actions_of(approved.document)
    return next((Ref(action.id, action.name) for action in actions if action.kind == "team"), None)


def change_plan(slice_: Drive, changed: PlanChanged) -> None:
    """Store the plan of what was seen, for a decision on it; what was asked for and is kept stays as approved."""
    run = slice_.run
    approved = run.plan.document["archive"]
    live = changed.live or run.plan.document.get("live_conversations", LivePolicy.WAIT)
    sight = _sight(slice_)
    document = plan.document_of(
        changed.seen,
        interval=people.interval_of(approved),
        approximate_count=approved["approximate_count"],
        reason=run.request.reason,
        order=order_for(settings.GENESYS_API_STYLE),
        choices=replace(choices_of(run.request), live=live),
        sight=sight,
        hand_over=run.plan.document.get("hand_over", ()),
        warnings=[*([sight.warning] if sight.warning else []), *_not_about_holdings(run.plan)],
    )
    runs.change_plan(
        run_id=run.pk,
        fence=run.fence,
        document=document,
        holdings=plan.to_json(changed.seen),
        scim_id=changed.seen.scim.id if changed.seen.scim else run.plan.scim_id,
        read_at=timezone.now(),
        added=[action.told for action in changed.added],
        why=changed.why,
        talks=bool(changed.live),
    )


def _sight(slice_: Drive) -> plan.Sight:
    """What of the org is seen now; where that cannot be read at the moment, what was seen for the plan before."""
    try:
        return people.blind_spots(slice_.client, raise_waits=True)
    except (RetryLater, Unreachable):
        return plan.sight_of(slice_.run.plan.document)


def _not_about_holdings(approved: Plan) -> list[str]:
    """The warnings that come neither from what was held nor from what was seen of the org: they still hold."""
    found: list[str] = approved.document["warnings"]
    blind = plan.sight_of(approved.document).warning
    return [each for each in found[: len(found) - len(approved.holdings["warnings"])] if each != blind]


def send_back(slice_: Drive, step: Step, undone: Undone, returns: int) -> bool:
    """Reopen the steps whose work came undone; after three times a human is asked."""
    place = slice_.place(step)
    if returns >= MOST_RETURNS:
        runs.fail_run(
            **place,
            title=step.title,
            problem=undone.problem,
            remedy=undone.remedy,
            code=undone.code,
            undone=undone.keys,
            calls=dict(slice_.calls),
            readings=slice_.readings.of_this_attempt(),
        )
        return False
    run_steps.reopen_steps(**place, keys=undone.keys, why=undone.why)
    read_marks_again(slice_.run)
    return True


def read_marks_again(run: Run) -> None:
    """What the end of a step dates, and nothing else: with the fence of whoever took over since, both would write."""
    run.refresh_from_db(fields=["locked_out_at", "deleted_at"])


def leave_broken_connection() -> None:
    """After an error that may be the database's: one that was started anew is connected to anew."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def trouble(slice_: Drive, step: Step, error: Exception, failures: int) -> None:
    """Write what an error means: the run waits until a time, or for a human."""
    place = slice_.place(step)
    verdict = what_to_do(error, failures)
    leave_broken_connection()
    if isinstance(verdict, Fail) and verdict.code == "unexpected":
        log.error("run %s, step %s", slice_.run.pk, step.key, exc_info=error)
    if isinstance(verdict, Park) and (failures < MOST_WAITS or not verdict.counts):
        runs.park_run(
            **place,
            why=verdict.problem,
            remedy=verdict.remedy,
            at=max(verdict.at, timezone.now() + timedelta(milliseconds=200)),
            code=verdict.code,
            correlation_id=verdict.correlation_id,
            calls=dict(slice_.calls),
            counts=verdict.counts,
        )
        return
    runs.fail_run(
        **place,
        title=step.title,
        problem=verdict.problem,
        remedy=verdict.remedy,
        code=verdict.code,
        correlation_id=verdict.correlation_id,
        calls=dict(slice_.calls),
        readings=slice_.readings.of_this_attempt(),
    )
