"""Drives one run: claims it and does step after step, under lease and fence, until its time slice is over.

The queue only wakes this; a lost, doubled or late wake-up changes nothing. Every write is an action.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError

from offboarding import plan, queue
from offboarding.actions import lease, run_steps, runs
from offboarding.actions.errors import LeaseLost
from offboarding.genesys.client import GenesysClient, hear_reads, hurried
from offboarding.genesys.pacing import operation_of
from offboarding.models import Run, StepRun
from offboarding.pipeline.drift import ask_again, compare
from offboarding.pipeline.emptying import Emptying
from offboarding.pipeline.progress import Progress, stop_is_asked
from offboarding.pipeline.readings import Readings
from offboarding.pipeline.registry import steps
from offboarding.pipeline.slice import (
    LAST,
    Drive,
    Place,
    change_plan,
    end,
    leave_broken_connection,
    read_marks_again,
    send_back,
    trouble,
)
from offboarding.pipeline.standing import must_be_allowed, why_expired
from offboarding.pipeline.step import (
    HeldBack,
    PlanChanged,
    SliceEnded,
    Step,
    StepFailed,
    StopAsked,
    Undone,
    Work,
)
from offboarding.plan import Action
from offboarding.steps import order_for

log = logging.getLogger(__name__)
# Every run gives its worker back this often, so that an urgent one is not kept waiting and a stop is heard between.
SLICE = 10.0
MOST_DEATHS = 5

Connect = Callable[[Callable[[str, str, int | None, float], None]], GenesysClient]


def drive(run_id: int, connect: Connect, *, slice_seconds: float = SLICE) -> str | None:
    """Take the run as far as one time slice allows; its state afterwards, or None when it may not go on now.

    Nor when the database fails in the middle of it: what was done is read back by whoever claims the run next.

    `connect` makes a client that reports every call it makes. Raises only for errors of our own.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}"
    run = lease.claim_run(run_id=run_id, owner=owner, steps=order_for(settings.GENESYS_API_STYLE))
    if run is None:
        return None
    calls: Counter[str] = Counter()

    def count(method: str, path: str, status: int | None, seconds: float) -> None:
        calls[operation_of(f"{method} {path.partition('?')[0]}")] += 1

    client, readings = connect(count), Readings()
    hear_reads(client, readings.hear)
    slice_ = Drive(run, client, calls, readings, time.monotonic() + slice_seconds)
    try:
        _in_slice(slice_)
    except (OperationalError, InterfaceError) as error:
        log.warning("run %s: %s; it goes on when its lease has ended", run_id, type(error).__name__)
        leave_broken_connection()
        return None
    return str(Run.objects.values_list("state", flat=True).get(pk=run_id))


def _in_slice(slice_: Drive) -> None:
    """Go on until the run or the slice ends. Raises what the database does when not even that can be written."""
    run = slice_.run
    try:
        _go_on(slice_)
    except SliceEnded:
        lease.release_run(run_id=run.pk, fence=run.fence)
    except LeaseLost as error:
        log.warning("run %s goes on elsewhere: %s", run.pk, error)


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
        runs.stop_run(**place)
        return False
    row = run_steps.begin_step(**place)
    slice_.calls.clear()
    slice_.readings.begin()
    try:
        _must_not_be_deadly(run)
        _must_stand(slice_, step)
        if isinstance(step, Emptying):  # the deletion takes a look of its own, and the archive needs none
            compare(slice_, row)
        outcome = step.apply(_work(slice_, step, row))
    except (SliceEnded, LeaseLost):
        raise
    except StopAsked:
        runs.stop_run(**place)
        return False
    except PlanChanged as changed:
        change_plan(slice_, changed)
        return False
    except HeldBack as held:
        runs.hold_run(**place, why=held.why, remedy=held.remedy, calls=dict(slice_.calls))
        return False
    except Undone as undone:
        return send_back(slice_, step, undone, row.returns)
    except Exception as error:  # the one place: whatever a step raises ends in its row, never in a lost run
        trouble(slice_, step, error, row.failures)
        return False
    end(slice_, step, outcome)
    if step.key == LAST:
        return False
    read_marks_again(run)
    return True


def _keep(place: Place, evidence: Mapping[str, Any], *, if_still: Callable[[], None] | None = None) -> None:
    run_steps.keep_evidence(**place, evidence=evidence, if_still=if_still)


def _must_not_be_deadly(run: Run) -> None:
    """StepFailed when one worker after the other ended here: the next would as well, and nobody would hear of it."""
    if run.deaths < MOST_DEATHS:
        return
    raise StepFailed(
        f"{run.deaths} workers in a row ended in the middle of this step, without a word.",
        "Look at the worker's log and at the memory of its machine (a process that is killed for memory leaves no "
        "error). Nothing that was done is lost; retry once the cause is mended.",
        "worker_died",
    )


def _must_stand(slice_: Drive, step: Step) -> None:
    """StepFailed when the run may not go on; PlanChanged, with the plan as it is now, when its approval has expired."""
    run = slice_.run
    if step.asks_itself:
        return
    must_be_allowed(run.request, run.plan)
    why = why_expired(run.request, run.plan)
    if why and slice_.look().person.state != "deleted":
        ask_again(slice_, why=why)


def _work(slice_: Drive, step: Step, row: StepRun) -> Work:
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
        between=progress.between,
        still_ours=progress.still_ours,
        asks=progress.asks,
        asked=tuple(Action(step.key, *item) for item in row.asked),
        keep=partial(_keep, slice_.place(step)),
    )
