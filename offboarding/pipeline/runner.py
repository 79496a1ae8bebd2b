"""Drives one run: claims it, does step after step under lease and fence, and writes how each ended.

The queue only wakes this; a lost, doubled or late wake-up changes nothing. Every write is an action.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypedDict

from django.conf import settings
from django.utils import timezone

from offboarding import people, plan, queue
from offboarding.actions import lease, run_steps, runs
from offboarding.actions.errors import LeaseLost
from offboarding.genesys.client import GenesysClient, hurried
from offboarding.models import Run
from offboarding.pipeline.identity import must_be_the_same_person
from offboarding.pipeline.planner import choices_of, must_be_plannable
from offboarding.pipeline.progress import Progress, stop_is_asked
from offboarding.pipeline.registry import steps
from offboarding.pipeline.standing import must_be_allowed, why_expired
from offboarding.pipeline.step import (
    HeldBack,
    Outcome,
    PlanChanged,
    SliceEnded,
    Step,
    StopAsked,
    Undone,
    Work,
)
from offboarding.pipeline.troubles import Fail, Park, what_to_do
from offboarding.plan import Holdings
from offboarding.steps import order_for

log = logging.getLogger(__name__)
# Every run gives its worker back this often, so that an urgent one is not kept waiting and a stop is heard between.
SLICE = 10.0
# How often one step may wait in a row before a human is asked, and how often the last look may send steps back.
MOST_WAITS = 12
MOST_RETURNS = 3
LAST = "notify"

Connect = Callable[[Callable[[str, str, int | None, float], None]], GenesysClient]


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
    ends_at: float
    seen: Holdings | None = None

    def place(self, step: Step) -> Place:
        return {"run_id": self.run.pk, "fence": self.run.fence, "key": step.key}

    def look(self, *, fresh: bool = False) -> Holdings:
        """The holdings as read in this slice, or read again, of the approved person.

        NotPlannable, another person's e-mail and Genesys' errors are troubles like any other.
        """
        if self.seen is None or fresh:
            self.seen = None
            seen = people.holdings(
                self.client, self.run.request.person_id, scim_id=self.run.plan.scim_id, raise_waits=True
            )
            if seen.person.state != "deleted":
                must_be_plannable(seen, self.run.request.org_id)
                must_be_the_same_person(seen.person, self.run.plan)
            self.seen = seen
        return self.seen


def drive(run_id: int, connect: Connect, *, slice_seconds: float = SLICE) -> str | None:
    """Take the run as far as one time slice allows; its state afterwards, or None when it may not go on now.

    `connect` makes a client that reports every call it makes. Raises only for errors of our own.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}"
    run = lease.claim_run(run_id=run_id, owner=owner, steps=order_for(settings.GENESYS_API_STYLE))
    if run is None:
        return None
    calls: Counter[str] = Counter()

    def count(method: str, path: str, status: int | None, seconds: float) -> None:
        calls[f"{method} {_operation(path)}"] += 1

    slice_ = Drive(run, connect(count), calls, time.monotonic() + slice_seconds)
    try:
        _go_on(slice_)
    except SliceEnded:
        lease.release_run(run_id=run_id, fence=run.fence)
    except LeaseLost as error:
        log.warning("run %s goes on elsewhere: %s", run_id, error)
    return str(Run.objects.values_list("state", flat=True).get(pk=run_id))


def _go_on(slice_: Drive) -> None:
    while (step := _next_step(slice_.run)) is not None:
        if not _one_step(slice_, step):
            return
        if time.monotonic() > slice_.ends_at or queue.is_ending():
            raise SliceEnded


def _next_step(run: Run) -> Step | None:
    """The first step in the order laid out by the first claim that is not finished."""
    row = next((row for row in run.steps.order_by("ordinal") if not row.is_finished), None)
    return steps()[row.key] if row else None


def _one_step(slice_: Drive, step: Step) -> bool:
    """Do one step and write how it ended; False when the run does not go on in this slice."""
    run = slice_.run
    place = slice_.place(step)
    if stop_is_asked(run):
        runs.stop_run(**place, title=step.title)
        return False
    row = run_steps.begin_step(**place)
    slice_.calls.clear()
    try:
        _must_stand(slice_, step)
        if not step.before_the_look:
            _compare(slice_)
        outcome = step.apply(_work(slice_, step))
    except (SliceEnded, LeaseLost):
        raise
    except StopAsked:
        runs.stop_run(**place, title=step.title)
        return False
    except PlanChanged as changed:
        _change_plan(slice_, changed)
        return False
    except HeldBack as held:
        runs.hold_run(**place, why=held.why, remedy=held.remedy, calls=dict(slice_.calls))
        return False
    except Undone as undone:
        return _send_back(slice_, step, undone, row.returns)
    except Exception as error:  # the one place: whatever a step raises ends in its row, never in a lost run
        _trouble(slice_, step, error, row.failures)
        return False
    _end(slice_, step, outcome)
    if step.key == LAST:
        return False
    _read_marks_again(run)
    return True


def _end(slice_: Drive, step: Step, outcome: Outcome) -> None:
    """The last step's end is the run's end, in one transaction."""
    end = runs.finish_run if step.key == LAST else partial(run_steps.end_step, marks=step.marks)
    end(
        **slice_.place(step),
        title=step.title,
        state=outcome.state,
        sentence=outcome.sentence,
        evidence=outcome.evidence,
        calls=dict(slice_.calls),
    )


def _must_stand(slice_: Drive, step: Step) -> None:
    """StepFailed when the run may not go on; PlanChanged, with the plan as it is now, when its approval has expired."""
    run = slice_.run
    if step.asks_itself:
        return
    must_be_allowed(run.request, run.plan)
    why = why_expired(run.request, run.plan)
    if why and slice_.look().person.state != "deleted":
        raise PlanChanged(slice_.look(), why=why)


def _compare(slice_: Drive) -> None:
    """Read the holdings once a slice and hold them against the approved plan: more than approved stops here."""
    first = slice_.seen is None
    seen = slice_.look()
    if not first or seen.person.state == "deleted":
        return
    added = plan.difference(plan.actions_of(slice_.run.plan.document), plan.planned(seen)).added
    if added:
        raise PlanChanged(seen, added)


def _work(slice_: Drive, step: Step) -> Work:
    approved = plan.actions_of(slice_.run.plan.document)
    progress = Progress(slice_.run, step, slice_.ends_at)
    return Work(
        client=hurried(slice_.client) if step.before_the_look else slice_.client,
        request=slice_.run.request,
        run=slice_.run,
        plan=slice_.run.plan,
        actions=tuple(action for action in approved if action.step == step.key),
        approved=approved,
        look=slice_.look,
        progress=progress,
        sign_of_life=progress.sign_of_life,
        still_ours=progress.still_ours,
        keep=lambda evidence: run_steps.keep_evidence(**slice_.place(step), evidence=evidence),
    )


def _change_plan(slice_: Drive, changed: PlanChanged) -> None:
    run = slice_.run
    approved = run.plan.document["archive"]
    document = plan.document_of(
        changed.seen,
        interval=people.interval_of(approved),
        approximate_count=approved["approximate_count"],
        reason=run.request.reason,
        choices=choices_of(run.request),
        hand_over=run.plan.document.get("hand_over", ()),
    )
    runs.change_plan(
        run_id=run.pk,
        fence=run.fence,
        document=document,
        holdings=plan.to_json(changed.seen),
        scim_id=changed.seen.scim.id if changed.seen.scim else run.plan.scim_id,
        read_at=timezone.now(),
        added=[action.name for action in changed.added],
        why=changed.why,
    )


def _send_back(slice_: Drive, step: Step, undone: Undone, returns: int) -> bool:
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
        )
        return False
    run_steps.reopen_steps(**place, keys=undone.keys, why=undone.why)
    _read_marks_again(slice_.run)
    return True


def _read_marks_again(run: Run) -> None:
    """What the end of a step dates, and nothing else: with the fence of whoever took over meanwhile, both would write."""
    run.refresh_from_db(fields=["locked_out_at", "deleted_at"])


def _trouble(slice_: Drive, step: Step, error: Exception, failures: int) -> None:
    """Write what an error means: the run waits until a time, or for a human."""
    place = slice_.place(step)
    verdict = what_to_do(error, failures)
    if isinstance(verdict, Fail) and verdict.code == "unexpected":
        log.error("run %s, step %s", slice_.run.pk, step.key, exc_info=error)
    if isinstance(verdict, Park) and failures < MOST_WAITS:
        runs.park_run(
            **place,
            why=verdict.problem,
            remedy=verdict.remedy,
            at=max(verdict.at, timezone.now() + timedelta(milliseconds=200)),
            code=verdict.code,
            correlation_id=verdict.correlation_id,
            calls=dict(slice_.calls),
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
    )


def _operation(path: str) -> str:
    """A path with its ids left out, so that calls can be counted by operation."""
    return people.UUID.sub("{id}", path.partition("?")[0])
