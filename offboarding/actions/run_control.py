"""What people may ask of a run: to go on, or to stop."""

from __future__ import annotations

from django.utils import timezone

from offboarding import queue
from offboarding.access import Actor, may_retry, may_stop
from offboarding.actions.errors import need, recording_refusals
from offboarding.actions.runs import end_stopped
from offboarding.audit.record import record
from offboarding.models import DeprovisionRequest, Run
from offboarding.models.run import RunState, StepState
from offboarding.steps import PIPELINE


@recording_refusals("action.refused", "retry the run")
def retry_run(actor: Actor, *, request_id: int) -> None:
    """Let a failed, stopped or waiting run go on where it stands. Finished steps are not repeated."""
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    locked = Run.objects.select_for_update().filter(request=request)
    locked.first()  # before the question, so that no worker claims the run between that and its answer
    need(may_retry(actor, request), request)
    let_go_on(locked.get())
    record(actor, "run.retried", request=request)


def let_go_on(run: Run) -> None:
    """Queue a locked run again, with every wait and return forgotten. Inside a transaction."""
    run.steps.filter(state__in=(StepState.FAILED, StepState.WAITING, StepState.INTERRUPTED)).update(
        state=StepState.PENDING, failures=0, next_try_at=None
    )
    run.steps.update(returns=0)
    run.state, run.not_before, run.stop_asked, run.ended_at = RunState.QUEUED, None, False, None
    run.deaths = 0
    run.problem = run.remedy = run.error_code = ""
    run.save()
    queue.wake_runner(run.pk)


@recording_refusals("action.refused", "stop the run")
def ask_stop(actor: Actor, *, request_id: int) -> None:
    """Ask a run to stop. One that no worker holds stops at once; a held one before its next item or step."""
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    need(may_stop(actor, request), request)
    run = Run.objects.select_for_update().get(request=request)
    run.stop_asked = True
    run.save(update_fields=["stop_asked"])
    record(actor, "run.stop_asked", request=request)
    if run.lease_until is None or run.lease_until <= timezone.now():
        left = next((step.key for step in run.steps.order_by("ordinal") if not step.is_finished), next(iter(PIPELINE)))
        end_stopped(run, left)
