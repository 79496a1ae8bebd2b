"""A worker that stood still while another one took its run over writes nothing, and does nothing, any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from offboarding.actions import lease, run_steps
from offboarding.models import Run
from offboarding.steps import order_for
from tests.flows import approved, drive, once, states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lagging")]


def taken_over(run: Run) -> None:
    """The lease has run out, and another worker claims the run."""
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert lease.claim_run(run_id=run.pk, owner="another", steps=order_for("platform"))


@pytest.mark.parametrize("writes", ["end_step", "reopen_steps"])
def test_a_run_taken_over_between_two_steps_is_left_to_the_other_worker(
    sandbox: Any, staff: Any, approver: Any, holder: str, monkeypatch: pytest.MonkeyPatch, writes: str
) -> None:
    run = approved(staff, approver, holder)
    real = getattr(run_steps, writes)

    def and_stand_still(**told: Any) -> None:
        real(**told)
        if Run.objects.get(pk=run.pk).lease_owner != "another":
            taken_over(run)

    if writes == "reopen_steps":
        once(run, slice_seconds=0)
        monkeypatch.setattr("offboarding.pipeline.last_look.access_cut", lambda work: "another time")
    monkeypatch.setattr(run_steps, writes, and_stand_still)
    for _ in range(20):
        once(run)
        if run.lease_owner == "another":
            break
    before = states(run)
    assert run.lease_owner == "another"
    assert run.state == "running"
    assert run.lease_until is not None, "the lease of the other worker was given back"
    assert set(before.values()) <= {"observed", "nothing_to_do", "pending"}
    assert sandbox.state(holder)["state"] != "deleted"
    calls = len(sandbox.calls())
    assert once(run).lease_owner == "another"
    assert len(sandbox.calls()) == calls

    monkeypatch.undo()
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert drive(run).state == "completed"
