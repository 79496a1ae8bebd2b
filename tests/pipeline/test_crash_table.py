"""Every step x every point at which its worker may die or stall: a second worker ends the run, and nothing is twice.

The rows are made from PIPELINE, so that a new step is covered by itself. Each is held against a run that nobody
disturbed: the same changes in Genesys, the same conversations in the archive, the same records.
"""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from offboarding.archives.manifest import Manifest
from offboarding.archives.storage import absolute
from offboarding.archives.verify import verify
from offboarding.audit.chain import check_chain
from offboarding.models import Archive, AuditRecord, Run
from offboarding.steps import PIPELINE
from tests import effects
from tests.flows import drive, once
from tests.pipeline import deaths
from tests.pipeline.deaths import AFTER, BEFORE, HALF_WAY, POINTS, RECORDED, STALLED, UNRECORDED
from tests.pipeline.test_everything import EMPTY, approved_with

pytestmark = pytest.mark.django_db
WHO = "holds everything and talks"

# What no worker can die at. A step that makes calls all the same, or that makes none and is not named, is a failure.
WITHOUT_A_CALL = {"notify"}
WITH_ONE_CALL = {
    "suspend_sign_in",
    "revoke_sessions",
    "settle_conversations",
    "remove_roles",
    "leave_workforce",
    "delete_person",
}
# Kept for ./dev test --slow, because a row takes a second: those in the ordinary run leave the most behind.
FURTHER = {BEFORE, HALF_WAY, UNRECORDED}
# Tokens are deleted again by whoever goes on, because nothing shows that there are none.
REPEATED = {"revoke_sessions": "/api/v2/tokens/"}


Named = tuple[list[list[str]], str]


@dataclass(frozen=True)
class Undisturbed:
    """What a run does when nothing happens to it."""

    calls: dict[str, dict[str, int]]
    changes: Counter[effects.Change]
    archived: list[str]
    named: dict[str, Named]


def points_of(key: str) -> tuple[str, ...]:
    without = {BEFORE, HALF_WAY, AFTER, STALLED} if key in WITHOUT_A_CALL else set()
    without |= {HALF_WAY} if key in WITH_ONE_CALL else set()
    return tuple(point for point in POINTS if point not in without)


ROWS = [
    pytest.param(key, point, id=f"{key}, {point}", marks=[pytest.mark.slow] if point in FURTHER else [])
    for key in PIPELINE
    for point in points_of(key)
]


@pytest.fixture(scope="module")
def known() -> list[Undisturbed]:
    return []


@pytest.fixture
def person(sandbox: Any) -> str:
    return str(sandbox.person(WHO)["id"])


@pytest.fixture
def undisturbed(known: list[Undisturbed], sandbox: Any, person: str, staff: Any, approver: Any) -> Undisturbed:
    """One such run a module; the org and the rows are as before it."""
    if not known:
        with transaction.atomic():
            run = drive(approved_with(staff, approver, person, "transfer"))
            assert run.state == "completed", run.problem
            calls = {step.key: dict(step.calls) for step in run.steps.all()}
            known.append(Undisturbed(calls, effects.changes(sandbox.calls()), archived(run), named(run)))
            transaction.set_rollback(True)
        options = sandbox.get("options")
        sandbox.reset()
        sandbox.options(**options)
    return known[0]


def archived(run: Run) -> list[str]:
    """The ids in the archive, sorted, after it was verified."""
    archive = Archive.objects.get(request=run.request)
    path = absolute(archive.path)
    verify(path, Manifest.from_dict(archive.manifest))
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return sorted(json.loads(line)["conversationId"] for line in lines)


def named(run: Run) -> dict[str, Named]:
    """Of each step that ended something: what it says that it asked for, and what it says was seen."""
    return {step.key: (sorted(step.asked), step.sentence) for step in run.steps.all() if step.asked}


def suffer(run: Run, key: str, point: str, whole: dict[str, int]) -> None:
    """Drive the run into the death of its worker; into its stall, the second worker goes on in the middle of it."""
    if point == STALLED:
        with deaths.stalling_at_the_call(run, key, whole, lambda: a_second_worker_ends(run, after=0.55)):
            once(run)
        return
    dies: AbstractContextManager[None] = (
        deaths.dying_at_the_record(key, point)
        if point in (UNRECORDED, RECORDED)
        else deaths.dying_at_the_call(run, key, point, whole)
    )
    with pytest.raises(deaths.Death), dies:
        once(run)


def a_second_worker_ends(run: Run, *, after: float = 0.0) -> None:
    """Not while the lease lasts; then under a higher fence. `after`: a stall is longer than signs of life are apart."""
    time.sleep(after)
    assert once(run).state == "running"
    held = run.fence
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert drive(run).state == "completed", (run.problem, run.remedy)
    assert run.fence > held


def finished(run: Run) -> bool:
    run.refresh_from_db()
    return run.state == "completed"


@pytest.mark.parametrize(("key", "point"), ROWS)
def test_a_second_worker_goes_on(
    sandbox: Any, staff: Any, approver: Any, person: str, undisturbed: Undisturbed, key: str, point: str
) -> None:
    run = approved_with(staff, approver, person, "transfer")
    sandbox.clear_calls()
    suffer(run, key, point, undisturbed.calls[key])
    if not finished(run):
        a_second_worker_ends(run)
    assert finished(run)
    nothing_is_left(sandbox, person)
    nothing_was_done_twice(sandbox, person, key, point, undisturbed)
    assert archived(run) == undisturbed.archived
    assert named(run) == undisturbed.named, "a worker that died took the names of what it ended with it"
    everything_is_recorded_once(run)


def nothing_is_left(sandbox: Any, person: str) -> None:
    after = sandbox.state(person)
    assert {kind: after[kind] for kind in EMPTY if after[kind]} == {}
    assert (after["state"], after["management_unit"], after["forwarding"]["enabled"]) == ("deleted", None, False)
    assert (after["station"], after["default_station"], after["team"]) == (None, None, None)


def nothing_was_done_twice(sandbox: Any, person: str, key: str, point: str, undisturbed: Undisturbed) -> None:
    """But for what is harmless. A stalled worker sends the one call it had in hand, of its plan, and no other."""
    calls = sandbox.calls()
    done = effects.changes(calls)
    assert undisturbed.changes - done == Counter(), "something was left out"
    again = done - undisturbed.changes
    assert sum(again.values()) <= 1
    if point == STALLED:
        assert set(again) <= set(undisturbed.changes)
    else:
        assert all(path.startswith(REPEATED.get(key, "nothing")) for _, path, *_ in again), again
    assert len(effects.deletions(calls)) == 1
    scim_id = effects.deletions(calls)[0]["path"].rpartition("/")[2]
    late = effects.changed_after_the_deletion(calls, person, scim_id)
    assert effects.changes(late) == (again if point == STALLED else Counter())


def everything_is_recorded_once(run: Run) -> None:
    lines = AuditRecord.objects.filter(request_number=run.request_id)
    ends = [line.data["key"] for line in lines.filter(action__startswith="step.").order_by("sequence")]
    assert ends == list(PIPELINE)
    assert Counter(lines.values_list("action", flat=True))["run.completed"] == 1
    assert check_chain().ok


def test_the_points_that_no_worker_reaches_are_named(undisturbed: Undisturbed) -> None:
    numbers = {key: deaths.deciding(undisturbed.calls[key]) for key in PIPELINE}
    assert {key for key, number in numbers.items() if number == 0} == WITHOUT_A_CALL
    assert {key for key, number in numbers.items() if number == 1} == WITH_ONE_CALL
