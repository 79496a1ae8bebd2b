"""The circuit breaker: so many people an hour, in the org and in one division; the rest waits and says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from offboarding.audit.times import utc_words
from offboarding.models import AuditRecord, Decision, Run
from offboarding.models.request import APPROVAL_LIFE
from offboarding.pipeline.slice import MOST_WAITS
from tests.flows import approved, drive, once

pytestmark = pytest.mark.django_db
NOBODY_WAITS = {"DEPROVISION_MOST_AN_HOUR": 60, "DEPROVISION_MOST_AN_HOUR_IN_A_DIVISION": 60}


@pytest.fixture
def cap(settings: Any) -> Any:
    def lower(**values: int) -> None:
        for name, value in (NOBODY_WAITS | values).items():
            setattr(settings, name, value)

    return lower


def run_of(sandbox: Any, staff: Any, approver: Any, why: str) -> Run:
    return approved(staff, approver, sandbox.person(why)["id"])


def test_who_comes_after_the_last_place_waits_with_their_access(sandbox, staff, approver, cap):
    cap(DEPROVISION_MOST_AN_HOUR=1)
    first, second = (run_of(sandbox, staff, approver, why) for why in ("plain agent", "no history"))
    assert drive(first).state == "completed"
    once(second)
    assert (second.state, second.locked_out_at) == ("parked", None)
    assert sandbox.state(second.request.person_id)["state"] == "active"
    assert 3_500 < (second.not_before - timezone.now()).total_seconds() <= 3_600
    step = second.steps.get(key="check_compliance")
    assert step.problem == (
        "1 person in this org lost access within an hour, or is losing it now, and the most is 1 an hour: "
        "the circuit breaker."
    )
    free_at = Run.objects.get(pk=first.pk).let_in_at + timedelta(hours=1)
    assert step.remedy.startswith(f"It is tried again by itself at {utc_words(free_at)}.")
    assert "raise the setting DEPROVISION_MOST_AN_HOUR;" in step.remedy
    assert AuditRecord.objects.filter(action="run.parked").count() == 1


def test_how_many_lost_access_is_said_beside_the_limit(sandbox, staff, approver, cap):
    """They are more than the limit once it was lowered."""
    people = ("plain agent", "no history", "owner of a group")
    first, second, third = (run_of(sandbox, staff, approver, why) for why in people)
    drive(first)
    drive(second)
    cap(DEPROVISION_MOST_AN_HOUR=1)
    once(third)
    problem = third.steps.get(key="check_compliance").problem
    assert problem.startswith("2 people in this org lost access within an hour, or are losing it now, and the most")
    free_at = Run.objects.get(pk=second.pk).let_in_at + timedelta(hours=1)
    assert abs(third.not_before - free_at) < timedelta(seconds=1)


def test_when_the_hour_is_over_it_goes_on(sandbox, staff, approver, cap):
    cap(DEPROVISION_MOST_AN_HOUR=1)
    first, second = (run_of(sandbox, staff, approver, why) for why in ("plain agent", "no history"))
    drive(first)
    once(second)
    Run.objects.filter(pk=first.pk).update(let_in_at=timezone.now() - timedelta(minutes=61))
    assert drive(second).state == "completed"


def test_who_is_overtaken_again_and_again_waits_and_does_not_fail(sandbox, staff, approver, cap):
    """As long as the approval stands, like every wait for others."""
    cap(DEPROVISION_MOST_AN_HOUR=1)
    first, second = (run_of(sandbox, staff, approver, why) for why in ("plain agent", "no history"))
    drive(first)
    for _ in range(MOST_WAITS + 3):
        assert once(second).state == "parked"
        Run.objects.filter(pk=first.pk).update(let_in_at=timezone.now())  # somebody else took the place
        Run.objects.filter(pk=second.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    assert AuditRecord.objects.filter(action="run.parked").count() == 1
    Decision.objects.update(decided_at=timezone.now() - APPROVAL_LIFE)
    assert once(second).state == "plan_changed"


def test_each_waits_for_a_place_of_their_own(sandbox, staff, approver, cap):
    people = ("plain agent", "no history", "owner of a group", "inherits queues through a group", "holds nothing")
    runs = [run_of(sandbox, staff, approver, why) for why in people]
    for run in runs[:2]:
        drive(run)
    cap(DEPROVISION_MOST_AN_HOUR=2)
    waiting = [once(run) for run in runs[2:]]
    taken = [Run.objects.get(pk=run.pk).let_in_at for run in runs[:2]]
    expected = [taken[0], taken[1], taken[1]]
    for run, place in zip(waiting, expected, strict=True):
        assert abs(run.not_before - place - timedelta(hours=1)) < timedelta(seconds=1)


def test_a_division_has_a_cap_of_its_own(sandbox, staff, approver, cap):
    cap(DEPROVISION_MOST_AN_HOUR_IN_A_DIVISION=1)
    here, there = sandbox.name_id("division", "Europe North"), sandbox.name_id("division", "Asia Pacific")
    people = [sandbox.person(why)["id"] for why in ("plain agent", "no history", "owner of a group")]
    for person, division in zip(people, (here, here, there), strict=True):
        sandbox.change(person, division_id=division)
    runs = [approved(staff, approver, person) for person in people]
    assert drive(runs[0]).state == "completed"
    assert once(runs[1]).state == "parked"
    assert "in the division Europe North" in runs[1].steps.get(key="check_compliance").problem
    assert drive(runs[2]).state == "completed"


def test_one_that_was_let_in_is_not_stopped_half_way(sandbox, staff, approver, cap, agent):
    cap(DEPROVISION_MOST_AN_HOUR=1)
    run = approved(staff, approver, agent)
    for _ in range(3):
        once(run, slice_seconds=0)
    assert run.state == "running"
    assert drive(run).state == "completed"


def test_what_was_refused_takes_no_place(sandbox, staff, approver, cap):
    cap(DEPROVISION_MOST_AN_HOUR=1)
    first, second = (run_of(sandbox, staff, approver, why) for why in ("plain agent", "no history"))
    sandbox.change(first.request.person_id, email="somebody.else@sandbox.example")
    assert once(first).state == "failed"
    assert drive(second).state == "completed"
