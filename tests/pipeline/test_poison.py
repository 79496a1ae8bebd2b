"""A step that kills its worker each time: after some deaths a human is asked, and nobody is killed for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from offboarding import people
from offboarding.actions.heartbeat import give_back
from offboarding.actions.plans import read_plan_again
from offboarding.actions.requests import open_request
from offboarding.actions.run_control import retry_run
from offboarding.genesys import connect
from offboarding.models import Run
from offboarding.pipeline import planner, runner
from tests.flows import approved, client, drive, states
from tests.pipeline.deaths import Death

pytestmark = pytest.mark.django_db
SKILLS, GROUPS = "/routingskills/bulk", "/groups/"


def runs_out(run: Run) -> None:
    """Nobody saw the worker die."""
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def given_back(run: Run) -> None:
    """The supervisor did."""
    owner = Run.objects.values_list("lease_owner", flat=True).get(pk=run.pk)
    assert give_back(owners=[owner], died=True) == 1


def die_at(run: Run, path: str, lease: Callable[[Run], None] = runs_out) -> None:
    """One worker takes the run and ends at its first call below `path`; its lease ends."""

    def heard(method: str, called: str, status: int | None, seconds: float) -> None:
        if method != "GET" and path in called:
            raise Death

    with pytest.raises(Death):
        while runner.drive(run.pk, lambda _: connect.client_for_worker(on_call=heard)) == "running":
            pass
    lease(run)


def test_a_plan_that_kills_its_worker_each_time_is_given_to_a_human(sandbox, staff, approver, agent, monkeypatch):
    request = open_request(staff, org=connect.org(), person=people.exactly_one(client(), agent), reason="Voluntary")

    def die(*_: Any, **__: Any) -> None:
        raise Death

    with monkeypatch.context() as patch:
        patch.setattr("offboarding.people.holdings", die)
        for _ in range(planner.MOST_TRIES):
            with pytest.raises(Death):
                planner.plan_request(request.pk, client())
        planner.plan_request(request.pk, client())
    request.refresh_from_db()
    assert request.state == "plan_failed"
    assert request.problem == "10 workers in a row began to read this plan, and none came to an end."
    read_plan_again(approver, request_id=request.pk)
    planner.plan_request(request.pk, client())
    request.refresh_from_db()
    assert request.state == "awaiting_decision"


@pytest.mark.parametrize("lease", [runs_out, given_back])
def test_after_five_deaths_in_a_row_a_human_is_asked_and_may_let_it_go_on(sandbox, staff, approver, agent, lease):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "PUT", "path": SKILLS, "status": 200, "times": None})  # and does nothing
    for _ in range(runner.MOST_DEATHS):
        die_at(run, SKILLS, lease)
    drive(run)
    assert (run.state, run.error_code) == ("failed", "worker_died")
    assert run.problem == "5 workers in a row ended in the middle of this step, without a word."
    assert "memory" in run.remedy
    assert run.steps.get(key="clear_skills").attempt == runner.MOST_DEATHS + 1
    sandbox.clear_faults()
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"


def test_deaths_with_something_done_between_them_are_not_in_a_row(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    for method, path in (("DELETE", GROUPS), ("PUT", SKILLS)):
        sandbox.faults({"method": method, "path": path, "status": 202, "times": None})  # and does nothing
        for _ in range(runner.MOST_DEATHS - 1):
            die_at(run, path)
        sandbox.clear_faults()
    assert states(run)["leave_groups"] == "observed"
    assert drive(run).state == "completed"
    assert run.deaths == 0
