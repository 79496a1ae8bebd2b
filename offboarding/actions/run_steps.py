"""What a worker may write for one step of a run it holds: the attempt, where it is, how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from offboarding.actions.lease import held
from offboarding.actions.readings import Reading, keep_readings
from offboarding.audit.record import record
from offboarding.models import Archive, Run, StepRun
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


@transaction.atomic
def save_progress(
    *, run_id: int, fence: int, key: str, done: int | None, total: int | None, item: str, resumes: bool = False
) -> None:
    """Keep where a step is and renew the lease; with `done` None only the item. Raises LeaseLost.

    Moving on ends a row of waits: only standing still is given up. A step that resumes has moved on when it is
    further than ever; any other one when less is left at the beginning of an attempt than at that of the one before.
    """
    held(run_id, fence)
    step = StepRun.objects.filter(run_id=run_id, key=key)
    step.update(current_item=item[:300])
    if done is None:
        return
    if resumes:
        further = step.filter(done__lt=done).update(done=done, failures=0)
        step.update(total=total)
    else:
        further = step.filter(total__gt=total).update(failures=0)
        step.update(done=done, total=total)
    if further:
        Run.objects.filter(pk=run_id).update(deaths=0)


@transaction.atomic
def note_asked(*, run_id: int, fence: int, key: str, items: Iterable[tuple[str, str, str]]) -> None:
    """Keep what Genesys is about to be asked to end: kind, id, name. Raises LeaseLost. Idempotent.

    Before the call, so that an end in the middle of a step never leaves an effect that nobody can name.
    """
    held(run_id, fence)
    step = StepRun.objects.select_for_update().get(run_id=run_id, key=key)
    known = {(kind, id) for kind, id, _ in step.asked}
    step.asked += [list(item) for item in items if item[:2] not in known]
    step.save(update_fields=["asked"])


@transaction.atomic
def keep_evidence(
    *, run_id: int, fence: int, key: str, evidence: Mapping[str, Any], if_still: Callable[[], None] | None = None
) -> None:
    """Store what a step knows before a write that it may not survive. Raises LeaseLost.

    `if_still` asks, under the lock that a hold, a stop and an ending take too, whether that write may go out; what it
    raises is raised here, and nothing is kept.
    """
    held(run_id, fence)
    if if_still is not None:
        if_still()
    StepRun.objects.filter(run_id=run_id, key=key).update(evidence=dict(evidence))


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
    readings: Sequence[Reading] = (),
) -> None:
    """A step is finished: its row, its audit record, and what it proves of the run (`marks`), in one transaction."""
    run = held(run_id, fence)
    finish_step(run, key, title, state, sentence, evidence, calls, marks, readings)


@transaction.atomic
def reopen_steps(*, run_id: int, fence: int, key: str, keys: Sequence[str], why: str) -> None:
    """The last look before the deletion found the work of `keys` undone: they are done once more, then `key` again."""
    run = held(run_id, fence)
    undo_steps(run, keys)
    run.steps.filter(key=key).update(state=StepState.PENDING, ended_at=None, returns=F("returns") + 1)
    record(None, "step.reopened", request=run.request, data={"steps": ", ".join(keys), "why": why})


def undo_steps(run: Run, keys: Iterable[str]) -> None:
    """What these steps were seen to have done no longer holds, and nothing may claim it. Inside a transaction."""
    keys = set(keys)
    run.steps.filter(key__in=keys).update(state=StepState.PENDING, ended_at=None, done=0, total=None)
    if keys & {"revoke_sessions", "settle_conversations"}:
        run.locked_out_at = None
        run.save(update_fields=["locked_out_at"])
    if "archive_history" in keys:
        Archive.objects.filter(request=run.request).update(verified_at=None)


def interrupt_step(run: Run) -> StepRun | None:
    """The run comes to rest: the step that it was in the middle of, or waited in, is that no more. In a transaction."""
    step = run.steps.filter(state__in=(StepState.RUNNING, StepState.WAITING)).first()
    if step is not None:
        step.state, step.next_try_at = StepState.INTERRUPTED, None
        step.save(update_fields=["state", "next_try_at"])
    return step


def finish_step(
    run: Run,
    key: str,
    title: str,
    state: str,
    sentence: str,
    evidence: Mapping[str, Any],
    calls: Mapping[str, int],
    marks: str,
    readings: Sequence[Reading],
) -> None:
    """Write the end of a step of a held run. Inside a transaction."""
    now = timezone.now()
    step = StepRun.objects.select_for_update().get(run=run, key=key)
    step.state, step.sentence, step.evidence = state, sentence, dict(evidence)
    step.calls = added(step.calls, calls)
    step.failures, step.current_item, step.ended_at = 0, "", now
    step.problem = step.remedy = step.error_code = ""
    step.save()
    run.deaths = 0
    if marks:
        setattr(run, marks, now)
    run.save(update_fields=["deaths", *([marks] if marks else [])])
    record(
        None,
        f"step.{state}",
        request=run.request,
        data={
            "step": title,
            "key": key,
            "sentence": sentence,
            "attempt": step.attempt,
            "asked": step.asked_names,
            **keep_readings(step, readings),
        },
    )


def added(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """The calls of an earlier attempt and of this one, by operation."""
    return {key: before.get(key, 0) + more.get(key, 0) for key in {*before, *more}}
