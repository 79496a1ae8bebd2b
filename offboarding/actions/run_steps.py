"""What a worker may write for one step of a run it holds: the attempt, where it is, how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from offboarding.actions.lease import held
from offboarding.audit.record import record
from offboarding.models import Run, StepRun
from offboarding.models.run import StepState


@transaction.atomic
def begin_step(*, run_id: int, fence: int, key: str) -> StepRun:
    """Count the attempt before the work, so that a step which kills its worker is seen to have been tried."""
    held(run_id, fence)
    step = StepRun.objects.select_for_update().get(run_id=run_id, key=key)
    step.state = StepState.RUNNING
    step.attempt += 1
    step.started_at = step.started_at or timezone.now()
    step.problem = step.remedy = step.error_code = ""
    step.next_try_at = None
    step.save()
    return step


def save_progress(*, run_id: int, fence: int, key: str, done: int | None, total: int | None, item: str) -> None:
    """Keep where a step is and renew the lease; with `done` None only the item. Raises LeaseLost.

    Moving on ends a row of waits: only standing still is given up.
    """
    with transaction.atomic():
        held(run_id, fence)
        step = StepRun.objects.filter(run_id=run_id, key=key)
        step.update(current_item=item[:300])
        if done is not None:
            step.filter(done__lt=done).update(failures=0)
            step.update(done=done, total=total)


@transaction.atomic
def end_step(
    *,
    run_id: int,
    fence: int,
    key: str,
    title: str,
    state: str,
    sentence: str,
    evidence: Mapping[str, Any],
    calls: Mapping[str, int],
    marks: str = "",
) -> None:
    """A step is finished: its row, its audit record, and what it proves of the run (`marks`), in one transaction."""
    run = held(run_id, fence)
    finish_step(run, key, title, state, sentence, evidence, calls, marks)


@transaction.atomic
def reopen_steps(*, run_id: int, fence: int, key: str, keys: Sequence[str], why: str) -> None:
    """The last look before the deletion found something held again: the steps that emptied it are done once more."""
    run = held(run_id, fence)
    run.steps.filter(key__in=(*keys, key)).update(state=StepState.PENDING, ended_at=None)
    record(None, "step.reopened", request=run.request, data={"steps": ", ".join(keys), "why": why})


def finish_step(
    run: Run,
    key: str,
    title: str,
    state: str,
    sentence: str,
    evidence: Mapping[str, Any],
    calls: Mapping[str, int],
    marks: str,
) -> None:
    """Write the end of a step of a held run. Inside a transaction."""
    now = timezone.now()
    step = StepRun.objects.select_for_update().get(run=run, key=key)
    step.state, step.sentence, step.evidence = state, sentence, dict(evidence)
    step.calls = added(step.calls, calls)
    step.failures, step.current_item, step.ended_at = 0, "", now
    step.problem = step.remedy = step.error_code = ""
    step.save()
    if marks:
        setattr(run, marks, now)
        run.save(update_fields=[marks])
    record(
        None,
        f"step.{state}",
        request=run.request,
        data={"step": title, "key": key, "sentence": sentence, "attempt": step.attempt},
    )


def added(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """The calls of an earlier attempt and of this one, by operation."""
    return {key: before.get(key, 0) + more.get(key, 0) for key in {*before, *more}}
