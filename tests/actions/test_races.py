"""What two people, or two workers, may do at the same moment: one wins, and the others are told why in words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from offboarding.actions import lease, run_control, run_steps, runs
from offboarding.actions.caps import take_place
from offboarding.actions.errors import Refused
from offboarding.actions.holds import place_hold, release_hold
from offboarding.actions.requests import cancel_request, close_request
from offboarding.actions.run_control import ask_stop, retry_run
from offboarding.audit.chain import check_chain
from offboarding.models import AuditRecord, Decision, DeprovisionRequest, Plan, Run
from offboarding.steps import PIPELINE
from tests.actions.test_requests import approve, ask, planned
from tests.actions.test_runs import fail
from tests.actions.together import at_once, refused
from tests.builders import ORG, PERSON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_database")]
ROUNDS = range(4)


@pytest.fixture(autouse=True)
def _nothing_is_lost_or_forged() -> Any:
    yield
    assert check_chain().ok


@pytest.fixture
def asked(shared_database: str, staff: User) -> DeprovisionRequest:
    return ask(staff)


@pytest.fixture
def run(asked: DeprovisionRequest, approver: User) -> Run:
    return approve(approver, asked, planned(asked))


def claim(run: Run, owner: str = "one") -> Run | None:
    return lease.claim_run(run_id=run.pk, owner=owner, steps=tuple(PIPELINE))


def count(action: str) -> int:
    return AuditRecord.objects.filter(action=action).count()


def approvers(make_actor: Callable[..., User], number: int) -> list[User]:
    return [make_actor(f"approver-{each}", "approver") for each in range(number)]


def test_fifty_approvals_at_once_are_one_decision_and_one_run(
    asked: DeprovisionRequest, make_actor: Callable[..., User]
) -> None:
    stored = planned(asked)
    people = approvers(make_actor, 10)
    acts = [partial(approve, people[each % 10], asked, stored) for each in range(50)]
    ends = at_once(*acts)
    told = refused(ends)
    assert len(told) == 49
    assert {each.code for each in told} == {"already_decided"}
    assert all("already approved by Approver-" in each.problem and each.remedy for each in told)
    assert Decision.objects.count() == Run.objects.count() == 1
    assert (count("request.approved"), count("decision.refused")) == (1, 49)


@pytest.mark.parametrize("_", ROUNDS)
def test_approving_against_cancelling(asked: DeprovisionRequest, staff: User, approver: User, _: int) -> None:
    stored = planned(asked)
    ends = at_once(lambda: approve(approver, asked, stored), lambda: cancel_request(staff, request_id=asked.pk))
    (told,) = refused(ends)
    asked.refresh_from_db()
    approved = told is ends[1]
    assert asked.state == ("approved" if approved else "cancelled")
    assert Run.objects.count() == Decision.objects.count() == int(approved)
    assert told.problem and told.remedy


@pytest.mark.parametrize("_", ROUNDS)
def test_cancelling_against_the_planner(asked: DeprovisionRequest, staff: User, _: int) -> None:
    ends = at_once(
        lambda: planned(DeprovisionRequest.objects.get(pk=asked.pk)), lambda: cancel_request(staff, request_id=asked.pk)
    )
    asked.refresh_from_db()
    assert refused(ends) == []
    assert asked.state == "cancelled"
    assert Plan.objects.count() == (1 if ends[0] else 0) == count("plan.read")


@pytest.mark.parametrize("_", ROUNDS)
def test_cancelling_against_the_claim_at_its_time(run: Run, staff: User, _: int) -> None:
    """The worker's clock is past the time already, the console's is not: either it is cancelled or it is claimed."""
    at = timezone.now() + timedelta(seconds=0.05)
    DeprovisionRequest.objects.filter(pk=run.request_id).update(not_before=at)

    def claim_at_its_time() -> Run | None:
        time.sleep(max(0.0, (at - timezone.now()).total_seconds()))
        return claim(run)

    def cancel_before_it() -> None:
        time.sleep(max(0.0, (at - timezone.now()).total_seconds() - 0.002))
        cancel_request(staff, request_id=run.request_id)

    held, told = at_once(claim_at_its_time, cancel_before_it)
    run.refresh_from_db()
    if isinstance(told, Refused):
        assert (run.state, run.request.state) == ("running" if held else "queued", "approved")
    else:
        assert (held, run.state, run.request.state) == (None, "stopped", "cancelled")


@pytest.mark.parametrize("_", ROUNDS)
def test_stopping_against_a_claim(run: Run, approver: User, _: int) -> None:
    """Either it stops at once and nobody claims it, or its worker holds it and is asked to stop."""
    held, told = at_once(lambda: claim(run), lambda: ask_stop(approver, request_id=run.request_id))
    assert not isinstance(told, Refused)
    run.refresh_from_db()
    assert (run.state, run.stop_asked) == (("running", True) if held else ("stopped", False))
    assert count("run.stopped") == (0 if held else 1)


@pytest.mark.parametrize("_", ROUNDS)
def test_closing_against_retrying(run: Run, approver: User, admin: User, _: int) -> None:
    fail(claim(run))
    close = partial(close_request, admin, request_id=run.request_id, reason="Stays")
    ends = at_once(close, lambda: retry_run(approver, request_id=run.request_id))
    (told,) = refused(ends)
    run.refresh_from_db()
    closed = told is ends[1]
    assert (run.request.state, run.state) == (("closed", "failed") if closed else ("approved", "queued"))
    assert (claim(run) is None) is closed
    assert told.problem and told.remedy


@pytest.mark.parametrize("workers", [2, 8])
def test_claims_of_one_run_at_once_have_one_winner(run: Run, workers: int) -> None:
    ends = at_once(*(partial(claim, run, f"worker {each}") for each in range(workers)))
    (won,) = [end for end in ends if end]
    run.refresh_from_db()
    assert (run.fence, run.lease_owner) == (won.fence, won.lease_owner) == (1, won.lease_owner)
    assert count("run.started") == 1
    assert [step.key for step in run.steps.order_by("ordinal")] == list(PIPELINE)


@pytest.mark.parametrize("_", ROUNDS)
def test_two_requests_for_one_person_at_once(shared_database: str, make_actor: Callable[..., User], _: int) -> None:
    first, second = make_actor("una", "staff"), make_actor("uwe", "staff")
    (told,) = refused(at_once(lambda: ask(first), lambda: ask(second)))
    made = DeprovisionRequest.objects.get()
    assert (told.code, f"Request {made.pk}" in told.problem) == ("already_open", True)
    assert (count("request.opened"), count("request.refused")) == (1, 1)


@pytest.mark.parametrize("_", ROUNDS)
def test_releasing_a_hold_against_approving(asked: DeprovisionRequest, approver: User, admin: User, _: int) -> None:
    """The approval either comes after the release, or is refused for the protection, and may be given then."""
    stored = planned(asked)
    who = {"org_id": ORG.id, "person_id": PERSON.id, "person_name": PERSON.name}
    hold = place_hold(admin, **who, kind="protected", reason="CEO")
    ends = at_once(
        lambda: approve(approver, asked, stored), lambda: release_hold(admin, hold_id=hold.pk, reason="Over")
    )
    assert {each.code for each in refused(ends)} <= {"held"}
    assert Run.objects.count() == 1 - len(refused(ends))
    if refused(ends):
        approve(approver, asked, stored)
    assert Run.objects.get().state == "queued"


@pytest.mark.parametrize("_", ROUNDS)
def test_two_workers_at_once_share_out_the_last_place_of_the_hour(
    _: int, shared_database: str, staff: User, approver: User, settings: Any
) -> None:
    settings.DEPROVISION_MOST_AN_HOUR = 1
    runs = []
    for person in (PERSON, replace(PERSON, id=str(uuid4()), email="second@example.test")):
        request = ask(staff, person=person)
        run = approve(approver, request, planned(request))
        runs.append(claim(run))
    ends = at_once(*(partial(take_place, run_id=run.pk, fence=run.fence) for run in runs))
    assert sorted(end is None for end in ends) == [False, True]
    assert Run.objects.filter(let_in_at__isnull=False).count() == 1


def test_retrying_against_a_claim_of_the_same_run(run: Run, approver: User, monkeypatch: Any) -> None:
    """A wait has ended: the run is the worker's or queued, and never queued under a worker's lease."""
    held = claim(run)
    assert held is not None
    place = {"run_id": run.pk, "fence": held.fence, "key": "leave_queues"}
    run_steps.begin_step(**place)
    runs.park_run(**place, why="w", remedy="r", at=timezone.now() - timedelta(seconds=1), calls={})
    asked, claimed, need = threading.Event(), threading.Event(), run_control.need

    def need_and_wait(*told: Any) -> None:
        need(*told)
        asked.set()
        claimed.wait(1)

    def claim_meanwhile() -> Run | None:
        asked.wait(5)
        got = claim(run, "two")
        claimed.set()
        return got

    monkeypatch.setattr(run_control, "need", need_and_wait)
    ends = at_once(claim_meanwhile, lambda: retry_run(approver, request_id=run.request_id))
    run.refresh_from_db()
    assert refused(ends) == []
    assert (run.state, run.lease_owner) == ("running", "two")


def test_a_hold_is_placed_before_the_deletion_is_noted_or_after(run: Run, admin: User) -> None:
    """Never in between: the question, and the note that the deletion goes out, are one."""
    held = claim(run)
    assert held is not None
    asked, placed = threading.Event(), threading.Event()

    def still() -> None:
        asked.set()
        assert not placed.wait(1)

    def note() -> None:
        place = {"run_id": run.pk, "fence": held.fence, "key": "delete_person"}
        run_steps.keep_evidence(**place, evidence={"sent": True}, if_still=still)

    def place() -> None:
        asked.wait(5)
        who = {"org_id": run.request.org_id, "person_id": run.request.person_id, "person_name": "x"}
        place_hold(admin, kind="protected", reason="Case 12", **who)
        placed.set()

    at_once(note, place)
    assert placed.is_set()
    assert run.steps.get(key="delete_person").evidence == {"sent": True}
