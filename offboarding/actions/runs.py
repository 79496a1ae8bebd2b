"""What a worker writes for a run as a whole: how it ended, waits, failed or has to be decided anew.

Every function that takes a fence touches nothing and raises LeaseLost when another worker holds the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from offboarding import queue
from offboarding.actions.in_force import legal_hold_on
from offboarding.actions.lease import held
from offboarding.actions.outbox import end_with_document
from offboarding.actions.plans import next_plan
from offboarding.actions.readings import Reading, keep_readings
from offboarding.actions.run_steps import added, finish_step, interrupt_step, undo_steps
from offboarding.audit.record import record, utc_text
from offboarding.models import AuditRecord, Run, StepRun
from offboarding.models.request import RequestState
from offboarding.models.run import RunState, StepState
from offboarding.steps import PIPELINE


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
    readings: Sequence[Reading] = (),
) -> None:
    """The last step and the whole run are done: request completed, audit log document and outbox, one transaction.

    The database refuses it (constraint) unless the deletion was read back.
    """
    run = held(run_id, fence)
    finish_step(run, key, title, state, sentence, evidence, calls, "", readings)
    now = timezone.now()
    run.state, run.ended_at, run.lease_until, run.stop_asked = RunState.COMPLETED, now, None, False
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
    counts: bool = True,
) -> None:
    """The step waits until a time and is then tried again. Only the first wait in a row is an audit record.

    Waits that do not count are one wait, however many they are: the row of the others begins after it.

    When a stop was asked, the run stops here instead: nobody should wait for a wait to hear of it.
    """
    run = held(run_id, fence)
    step = StepRun.objects.select_for_update().get(run_id=run_id, key=key)
    first = step.failures == 0
    step.state, step.next_try_at = StepState.WAITING, at
    step.failures = step.failures + 1 if counts else 1
    step.problem, step.remedy, step.error_code, step.correlation_id = why, remedy, code, correlation_id
    step.calls = added(step.calls, calls)
    step.save()
    if run.stop_asked:
        end_stopped(run, key)
        return
    run.state, run.not_before, run.lease_until, run.deaths = RunState.PARKED, at, None, 0
    run.save()
    if first:
        record(
            None,
            "run.parked",
            request=run.request,
            data={"step": key, "until": utc_text(at.replace(microsecond=0)), "why": why, "code": code},
        )


@transaction.atomic
def hold_run(*, run_id: int, fence: int, key: str, why: str, remedy: str, calls: Mapping[str, int]) -> None:
    """The run rests before the step `key`, everything before it done, until a legal hold is released.

    When a stop was asked, it stops here instead: the release of the hold would let it go on by itself. One that was
    released since the worker asked wakes nobody any more: the run goes on.
    """
    run = held(run_id, fence)
    step = StepRun.objects.select_for_update().get(run_id=run_id, key=key)
    if legal_hold_on(run.request.org_id, run.request.person_id) is None:
        step.state = StepState.PENDING
        step.save(update_fields=["state"])
        run.lease_until = None
        run.save(update_fields=["lease_until"])
        queue.wake_runner(run_id)
        return
    step.state, step.failures = StepState.WAITING, 0
    step.problem, step.remedy, step.error_code = why, remedy, "legal_hold"
    step.calls = added(step.calls, calls)
    step.save()
    if run.stop_asked:
        end_stopped(run, key)
        return
    run.state, run.lease_until = RunState.HELD, None
    run.problem, run.remedy, run.error_code = why, remedy, "legal_hold"
    run.save()
    record(None, "run.held", request=run.request, data={"step": key, "why": why})


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
    undone: Iterable[str] = (),
    readings: Sequence[Reading] = (),
) -> None:
    """The step cannot go on by itself: the run waits for a human, and downstream hears FAILED. Nothing done is lost.

    The steps `undone` were done and are not any more.
    """
    run = held(run_id, fence)
    undo_steps(run, undone)
    step = StepRun.objects.select_for_update().get(run_id=run_id, key=key)
    step.state = StepState.FAILED
    step.problem, step.remedy, step.error_code, step.correlation_id = problem, remedy, code, correlation_id
    step.calls = added(step.calls, calls or {})
    step.save()
    run.state, run.lease_until, run.stop_asked = RunState.FAILED, None, False
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
            "asked": step.asked_names,
            **keep_readings(step, readings),
        },
    )
    end_with_document(run)


@transaction.atomic
def note_gone(*, run_id: int, fence: int, names: Iterable[str]) -> None:
    """Record what was to be taken away and is not held any more; what was recorded of this run before is not again."""
    run = held(run_id, fence)
    told = AuditRecord.objects.filter(request_number=run.request_id, action="run.plan_shrank")
    known = {name for data in told.values_list("data", flat=True) for name in data["gone"]}
    gone = [name for name in dict.fromkeys(names) if name not in known]
    if gone:
        record(None, "run.plan_shrank", request=run.request, data={"gone": gone, "names": ", ".join(gone)})


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
    why: str = "",
    talks: bool = False,
) -> None:
    """The approval does not cover what is there now: store the plan as it is and wait for a decision on it.

    It is about what was `added`, or `why` else the approval has ended; `talks` says that it is a live conversation.

    ValueError for a plan about somebody else: the approver compares holdings, and types the e-mail approved before.
    """
    run = held(run_id, fence)
    if _identity(document) != _identity(run.plan.document):
        raise ValueError("a changed plan is about the same person, e-mail and SCIM id as the approved one")
    plan = next_plan(run.request, document, holdings, scim_id, read_at)
    step = interrupt_step(run)
    if step is not None and talks:
        step.error_code = "live"
        step.save(update_fields=["error_code"])
    named = list(added)
    run.state, run.lease_until, run.stop_asked = RunState.PLAN_CHANGED, None, False
    data: dict[str, Any] = {"plan": plan.number, "digest": plan.digest}
    if why:
        run.problem = why
        run.remedy = "An approver decides on the plan as it is now. Nothing more is done until then."
        record(None, "run.approval_ended", request=run.request, data={**data, "why": why})
    else:
        run.problem = f"New since the approval: {', '.join(named[:5])}{' and more' if len(named) > 5 else ''}."
        run.remedy = "An approver decides on the difference; what was approved before stays approved."
        more = {"count": len(named), "added": named[:50]}
        record(None, "run.plan_changed", request=run.request, data={**data, **more})
    run.save()


@transaction.atomic
def stop_run(*, run_id: int, fence: int, key: str) -> None:
    """The worker stops between two steps (or two items) because somebody asked; what is done stays done."""
    run = held(run_id, fence)
    end_stopped(run, key)


def _identity(document: dict[str, Any]) -> tuple[str, str, str]:
    person = document["person"]
    return person["id"], person["email"].casefold(), person["scim_id"]


def end_stopped(run: Run, key: str) -> None:
    """Write the stop of a locked run, before the step `key` or in the middle of it. Inside a transaction."""
    run.state, run.lease_until, run.stop_asked = RunState.STOPPED, None, False
    step, title = interrupt_step(run), PIPELINE[key]
    names = ", ".join(step.asked_names) if step else ""
    run.problem = f"Stopped on request {'in the middle of' if step else 'before'} “{title}”."
    if names:
        run.problem += f" Genesys Cloud had been asked to end, and nobody has looked since: {names}."
    run.remedy = "Retry to go on from here, or close the request."
    run.save()
    action = "run.stopped_within" if step else "run.stopped"
    record(None, action, request=run.request, data={"step": title, "names": names or "nothing"})
    end_with_document(run)
