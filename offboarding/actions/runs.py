"""What a worker may write for a run, under its lease and fence; and what people may ask of a run.

Every function that takes a fence touches nothing and raises LeaseLost when another worker holds the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from offboarding import queue
from offboarding.access import Actor, Answer, may_retry, may_stop
from offboarding.actions.errors import LeaseLost, Refused, recording_refusals
from offboarding.actions.outbox import end_with_document
from offboarding.actions.requests import next_plan
from offboarding.audit.record import record, utc_text
from offboarding.models import DeprovisionRequest, Run, StepRun
from offboarding.models.request import RequestState
from offboarding.models.run import RUNNABLE, RunState, StepState

LEASE = timedelta(seconds=90)


@transaction.atomic
def claim_run(*, run_id: int, owner: str, steps: Sequence[str]) -> Run | None:
    """Take the lease of a run that may go on now, raising its fence; None when it may not, or somebody has it.

    The first claim lays out one StepRun a step key. Two claims at once: the row lock (PostgreSQL) or the single
    writer (SQLite) lets one of them see the other's lease.
    """
    now = timezone.now()
    run = Run.objects.select_for_update(of=("self",)).select_related("request").filter(pk=run_id).first()
    if run is None or run.state not in RUNNABLE or run.request.state != RequestState.APPROVED:
        return None
    if run.lease_until is not None and run.lease_until > now:
        return None
    if any(at is not None and at > now for at in (run.not_before, run.request.not_before)):
        return None
    first = run.started_at is None
    run.state, run.not_before = RunState.RUNNING, None
    run.fence += 1
    run.lease_owner, run.lease_until = owner, now + LEASE
    run.started_at = run.started_at or now
    run.save()
    for ordinal, key in enumerate(steps, start=1):
        StepRun.objects.get_or_create(run=run, key=key, defaults={"ordinal": ordinal})
    if first:
        record(None, "run.started", request=run.request)
    return run


def due_runs() -> list[int]:
    """The runs that could go on now and that nobody holds: what a lost wake-up would leave lying."""
    now = timezone.now()
    return list(
        Run.objects.filter(state__in=RUNNABLE, request__state=RequestState.APPROVED)
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))
        .filter(Q(not_before__isnull=True) | Q(not_before__lte=now))
        .filter(Q(request__not_before__isnull=True) | Q(request__not_before__lte=now))
        .order_by("-request__urgent", "id")
        .values_list("id", flat=True)
    )


def release_run(*, run_id: int, fence: int) -> None:
    """Give the lease back at the end of a time slice and wake the next one. A lost lease is left alone."""
    with transaction.atomic():
        if Run.objects.filter(pk=run_id, fence=fence, state=RunState.RUNNING).update(lease_until=None):
            queue.wake_runner(run_id)


@transaction.atomic
def begin_step(*, run_id: int, fence: int, key: str) -> StepRun:
    """Count the attempt before the work, so that a step which kills its worker is seen to have been tried."""
    _held(run_id, fence)
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
        _held(run_id, fence)
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
    run = _held(run_id, fence)
    _finish_step(run, key, title, state, sentence, evidence, calls, marks)


@transaction.atomic
def finish_run(
    *,
    run_id: int,
    fence: int,
    key: str,
    title: str,
    state: str,
    sentence: str,
    evidence: Mapping[str, Any],
    calls: Mapping[str, int],
) -> None:
    """The last step and the whole run are done: request completed, audit log document and outbox, one transaction.

    The database refuses it (constraint) unless the deletion was read back.
    """
    run = _held(run_id, fence)
    _finish_step(run, key, title, state, sentence, evidence, calls, "")
    now = timezone.now()
    run.state, run.ended_at, run.lease_until = RunState.COMPLETED, now, None
    run.problem = run.remedy = run.error_code = ""
    run.save()
    request = run.request
    request.state, request.ended_at = RequestState.COMPLETED, now
    request.save(update_fields=["state", "ended_at"])
    record(None, "run.completed", request=request, data={"deleted_at": utc_text(run.deleted_at or now)})
    end_with_document(run)


@transaction.atomic
def park_run(
    *,
    run_id: int,
    fence: int,
    key: str,
    why: str,
    remedy: str,
    at: datetime,
    calls: Mapping[str, int],
    code: str = "",
    correlation_id: str = "",
) -> None:
    """The step waits until a time and is then tried again. Only the first wait in a row is an audit record."""
    run = _held(run_id, fence)
    step = StepRun.objects.select_for_update().get(run_id=run_id, key=key)
    first = step.failures == 0
    step.state, step.next_try_at = StepState.WAITING, at
    step.failures += 1
    step.problem, step.remedy, step.error_code, step.correlation_id = why, remedy, code, correlation_id
    step.calls = _added(step.calls, calls)
    step.save()
    run.state, run.not_before, run.lease_until = RunState.PARKED, at, None
    run.save()
    if first:
        record(
            None,
            "run.parked",
            request=run.request,
            data={"step": key, "until": utc_text(at), "why": why, "code": code},
        )


@transaction.atomic
def fail_run(
    *,
    run_id: int,
    fence: int,
    key: str,
    title: str,
    problem: str,
    remedy: str,
    code: str,
    correlation_id: str = "",
    calls: Mapping[str, int] | None = None,
) -> None:
    """The step cannot go on by itself: the run waits for a human, and downstream hears FAILED. Nothing done is lost."""
    run = _held(run_id, fence)
    step = StepRun.objects.select_for_update().get(run_id=run_id, key=key)
    step.state = StepState.FAILED
    step.problem, step.remedy, step.error_code, step.correlation_id = problem, remedy, code, correlation_id
    step.calls = _added(step.calls, calls or {})
    step.save()
    run.state, run.lease_until = RunState.FAILED, None
    run.problem, run.remedy, run.error_code = problem, remedy, code
    run.save()
    record(
        None,
        "run.failed",
        outcome="failed",
        request=run.request,
        data={
            "step": title,
            "problem": problem,
            "remedy": remedy,
            "code": code,
            "correlation_id": correlation_id,
        },
    )
    end_with_document(run)


@transaction.atomic
def change_plan(
    *,
    run_id: int,
    fence: int,
    document: dict[str, Any],
    holdings: dict[str, Any],
    scim_id: str,
    read_at: datetime,
    added: Iterable[str],
) -> None:
    """The person holds something that was not approved: store the plan as it is now and wait for a decision on it."""
    run = _held(run_id, fence)
    plan = next_plan(run.request, document, holdings, scim_id, read_at)
    named = list(added)
    run.state, run.lease_until = RunState.PLAN_CHANGED, None
    run.problem = f"New since the approval: {', '.join(named[:5])}{' and more' if len(named) > 5 else ''}."
    run.remedy = "An approver decides on the difference; what was approved before stays approved."
    run.save()
    record(
        None,
        "run.plan_changed",
        request=run.request,
        data={"plan": plan.number, "digest": plan.digest, "count": len(named), "added": named[:50]},
    )


@transaction.atomic
def reopen_steps(*, run_id: int, fence: int, key: str, keys: Sequence[str], why: str) -> None:
    """The last look before the deletion found something held again: the steps that emptied it are done once more."""
    run = _held(run_id, fence)
    run.steps.filter(key__in=(*keys, key)).update(state=StepState.PENDING, ended_at=None)
    record(None, "step.reopened", request=run.request, data={"steps": ", ".join(keys), "why": why})


@transaction.atomic
def stop_run(*, run_id: int, fence: int, key: str, title: str) -> None:
    """The worker stops between two steps (or two items) because somebody asked; what is done stays done."""
    run = _held(run_id, fence)
    _stop(run, title)


@recording_refusals("action.refused", "retry the run")
def retry_run(actor: Actor, *, request_id: int) -> None:
    """Let a failed, stopped or waiting run go on where it stands. Finished steps are not repeated."""
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    _need(may_retry(actor, request), request)
    run = Run.objects.select_for_update().get(request=request)
    run.steps.filter(state__in=(StepState.FAILED, StepState.WAITING)).update(
        state=StepState.PENDING, failures=0, next_try_at=None
    )
    run.state, run.not_before, run.stop_asked, run.ended_at = RunState.QUEUED, None, False, None
    run.problem = run.remedy = run.error_code = ""
    run.save()
    record(actor, "run.retried", request=request)
    queue.wake_runner(run.pk)


@recording_refusals("action.refused", "stop the run")
def ask_stop(actor: Actor, *, request_id: int) -> None:
    """Ask a run to stop. One that no worker holds stops at once; a held one before its next item or step."""
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    _need(may_stop(actor, request), request)
    run = Run.objects.select_for_update().get(request=request)
    run.stop_asked = True
    run.save(update_fields=["stop_asked"])
    record(actor, "run.stop_asked", request=request)
    if run.lease_until is None or run.lease_until <= timezone.now():
        _stop(run, "the next step")


def _held(run_id: int, fence: int) -> Run:
    """The run, locked, its lease renewed; LeaseLost when the fence has moved or the run is no longer running."""
    run = Run.objects.select_for_update(of=("self",)).select_related("request", "plan").get(pk=run_id)
    if run.fence != fence or run.state != RunState.RUNNING:
        raise LeaseLost(f"run {run_id} is not held under fence {fence}")
    run.lease_until = timezone.now() + LEASE
    run.save(update_fields=["lease_until"])
    return run


def _finish_step(
    run: Run,
    key: str,
    title: str,
    state: str,
    sentence: str,
    evidence: Mapping[str, Any],
    calls: Mapping[str, int],
    marks: str,
) -> None:
    now = timezone.now()
    step = StepRun.objects.select_for_update().get(run=run, key=key)
    step.state, step.sentence, step.evidence = state, sentence, dict(evidence)
    step.calls = _added(step.calls, calls)
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


def _stop(run: Run, title: str) -> None:
    run.state, run.lease_until, run.stop_asked = RunState.STOPPED, None, False
    run.problem = f"Stopped on request before “{title}”."
    run.remedy = "Retry to go on from here, or close the request."
    run.save()
    record(None, "run.stopped", request=run.request, data={"step": title})
    end_with_document(run)


def _need(answer: Answer, request: DeprovisionRequest) -> None:
    if not answer:
        raise Refused(answer.why, "Open the request to see how it stands.", "not_now", request=request)


def _added(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {key: before.get(key, 0) + more.get(key, 0) for key in {*before, *more}}
