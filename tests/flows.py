"""A whole deprovisioning against a sandbox, driven by the same functions as the worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from offboarding import people
from offboarding.actions.decisions import approve_request
from offboarding.actions.requests import open_request
from offboarding.genesys import connect
from offboarding.models import DeprovisionRequest, Run
from offboarding.models.run import RunState
from offboarding.pipeline import planner, runner


def client() -> Any:
    return connect.client_for_worker()


def request_for(actor: Any, person_id: str, reason: str = "Voluntary") -> DeprovisionRequest:
    """Ask for this person and read the plan."""
    person = people.exactly_one(client(), person_id)
    request = open_request(actor, org=connect.org(), person=person, reason=reason)
    planner.plan_request(request.pk, client())
    request.refresh_from_db()
    return request


def approved(staff: Any, approver: Any, person_id: str, reason: str = "Voluntary") -> Run:
    """Ask, plan and approve."""
    request = request_for(staff, person_id, reason)
    assert request.state == "awaiting_decision", f"{request.problem} {request.remedy}"
    return approve_request(
        approver,
        request_id=request.pk,
        digest=request.plans.latest("number").digest,
        confirmation=request.person_email,
    )


Heard = Callable[[str, str], None]


def once(run: Run, *, slice_seconds: float = runner.SLICE, heard: Heard | None = None) -> Run:
    """Drive one slice, whatever comes of it; of 0 seconds it is one step.

    `heard` is told the method and path of each call as soon as it is answered, and may change the org then.
    """

    def connected(count: Callable[[str, str, int | None, float], None]) -> Any:
        def hear(method: str, path: str, status: int | None, seconds: float) -> None:
            count(method, path, status, seconds)
            if heard:
                heard(method, path)

        return connect.client_for_worker(on_call=hear)

    runner.drive(run.pk, connected, slice_seconds=slice_seconds)
    run.refresh_from_db()
    return run


def drive(
    run: Run,
    *,
    most: int = 40,
    slice_seconds: float = runner.SLICE,
    between: Callable[[Run], None] | None = None,
    heard: Heard | None = None,
) -> Run:
    """Drive until the run ends or needs a human; a wait is skipped by moving its time, never slept through."""
    for _ in range(most):
        once(run, slice_seconds=slice_seconds, heard=heard)
        if between:
            between(run)
        if run.state == RunState.PARKED:
            Run.objects.filter(pk=run.pk).update(not_before=timezone.now() - timedelta(seconds=1))
        elif run.state != RunState.RUNNING:
            return run
    raise AssertionError(f"still {run.state}: {list(run.steps.values_list('key', 'state', 'problem'))}")


def at_the_first(method: str, path: str, act: Callable[[], Any]) -> Heard:
    """For `heard`: `act` once, right after the first call by this method whose path has `path` in it."""
    done: list[bool] = []

    def heard(called: str, at: str) -> None:
        if called == method and path in at and not done:
            done.append(True)
            act()

    return heard


def states(run: Run) -> dict[str, str]:
    return dict(run.steps.values_list("key", "state"))


def deletes(sandbox: Any) -> list[int]:
    """How each deletion that reached the org was answered."""
    return [call["status"] for call in sandbox.calls(method="DELETE", path=r"^/api/v2/scim/v2/users/")]
