"""Lease, fence and the ends of a run: what a worker may write, and what a late one may not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from offboarding.actions import lease, run_control, run_steps, runs
from offboarding.actions.errors import LeaseLost, Refused
from offboarding.actions.holds import place_hold
from offboarding.actions.requests import close_request
from offboarding.audit.chain import check_chain
from offboarding.models import Archive, AuditRecord, Delivery, Run
from offboarding.steps import PIPELINE
from offboarding.views.verdicts import verdicts
from tests import states
from tests.actions.test_requests import approve, ask, planned

pytestmark = pytest.mark.django_db
KEYS = tuple(PIPELINE)


@pytest.fixture
def run(staff, approver) -> Run:
    request = ask(staff)
    return approve(approver, request, planned(request))


def claim(run: Run, owner: str = "one") -> Run | None:
    return lease.claim_run(run_id=run.pk, owner=owner, steps=KEYS)


def expire(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def end(run: Run, key: str, marks: str = "") -> None:
    place = {"run_id": run.pk, "fence": run.fence, "key": key}
    run_steps.begin_step(**place)
    run_steps.end_step(
        **place, title=PIPELINE[key], state="observed", sentence="seen", evidence={}, calls={}, marks=marks
    )


def fail(run: Run, key: str = "leave_queues") -> None:
    place = {"run_id": run.pk, "fence": run.fence, "key": key}
    run_steps.begin_step(**place)
    runs.fail_run(**place, title=PIPELINE[key], problem="403 from Genesys.", remedy="Add the permission.", code="x")


def test_the_first_claim_lays_out_every_step(run):
    held = claim(run)
    assert held.state == "running"
    assert [step.key for step in held.steps.all()] == list(KEYS)


def test_a_held_run_cannot_be_claimed(run):
    assert claim(run) is not None
    assert claim(run, "two") is None


def test_an_ended_lease_is_claimed_again_under_a_higher_fence(run):
    first = claim(run)
    expire(run)
    second = claim(run, "two")
    assert second.fence == first.fence + 1


def test_a_late_worker_writes_nothing(run):
    late = claim(run)
    expire(run)
    claim(run, "two")
    for write in (
        lambda: run_steps.begin_step(run_id=late.pk, fence=late.fence, key="leave_queues"),
        lambda: run_steps.save_progress(
            run_id=late.pk, fence=late.fence, key="leave_queues", done=1, total=2, item="x"
        ),
        lambda: end(late, "leave_queues"),
        lambda: fail(late),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert set(run.steps.values_list("state", flat=True)) == {"pending"}


def test_a_run_waits_for_its_time(run):
    run.request.not_before = timezone.now() + timedelta(hours=1)
    run.request.save()
    assert claim(run) is None
    assert lease.due_runs() == []


def test_a_parked_run_is_due_again_at_its_time(run):
    held = claim(run)
    place = {"run_id": held.pk, "fence": held.fence, "key": "leave_queues"}
    run_steps.begin_step(**place)
    at = timezone.now() + timedelta(minutes=3)
    runs.park_run(**place, why="429", remedy="Wait.", at=at, calls={"GET /x": 2})
    assert (claim(run), lease.due_runs()) == (None, [])
    Run.objects.update(not_before=timezone.now())
    assert lease.due_runs() == [run.pk]
    assert claim(run) is not None


def test_only_the_first_wait_in_a_row_is_an_audit_record(run):
    for _ in range(3):
        held = claim(run)
        place = {"run_id": held.pk, "fence": held.fence, "key": "leave_queues"}
        run_steps.begin_step(**place)
        runs.park_run(**place, why="429", remedy="Wait.", at=timezone.now(), calls={})
    assert AuditRecord.objects.filter(action="run.parked").count() == 1
    assert run.steps.get(key="leave_queues").failures == 3


def test_a_failure_waits_for_a_human_and_tells_downstream(run, settings):
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    fail(claim(run))
    run.refresh_from_db()
    assert (run.state, run.problem, run.lease_until) == ("failed", "403 from Genesys.", None)
    assert run.document["status"] == "FAILED"
    assert run.document["error"] == "403 from Genesys."
    assert Delivery.objects.get().body
    assert claim(run) is None


def test_retry_goes_on_where_it_stands(run, approver):
    held = claim(run)
    end(held, "check_compliance")
    fail(held)
    run_control.retry_run(approver, request_id=run.request_id)
    claim(run)
    states = dict(run.steps.values_list("key", "state"))
    assert (states["check_compliance"], states["leave_queues"]) == ("observed", "pending")


def test_completed_without_a_deletion_that_was_read_back_is_refused_by_the_database(run):
    held = claim(run)
    with pytest.raises(IntegrityError, match="completed_means"), transaction.atomic():
        runs.finish_run(
            run_id=held.pk,
            fence=held.fence,
            key="notify",
            title="t",
            state="sent",
            sentence="",
            evidence={},
            calls={},
        )
    run.request.refresh_from_db()
    assert run.request.state == "approved"


def test_the_end_completes_request_run_document_and_outbox_together(run, settings):
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    held = claim(run)
    for key in KEYS[:-1]:
        end(held, key, {"settle_conversations": "locked_out_at", "delete_person": "deleted_at"}.get(key, ""))
    run_steps.begin_step(run_id=held.pk, fence=held.fence, key="notify")
    runs.finish_run(
        run_id=held.pk,
        fence=held.fence,
        key="notify",
        title="Tell",
        state="sent",
        sentence="queued",
        evidence={},
        calls={},
    )
    run.refresh_from_db()
    run.request.refresh_from_db()
    assert (run.state, run.request.state) == ("completed", "completed")
    assert run.document["status"] == "COMPLETED"
    assert run.document["actions"]["scimDelete"] is True
    assert "error" not in run.document
    assert Delivery.objects.get().state == "pending"
    assert check_chain().ok


def test_flags_are_false_for_what_was_not_observed(run):
    fail(claim(run), "leave_queues")
    run.refresh_from_db()
    assert run.document["actions"] == {
        "foreignKeys": False,
        "archiveCount": 0,
        "sessionsRevoked": False,
        "scimDelete": False,
    }
    assert not any(run.document["compliance"].values())


def test_a_queued_run_stops_at_once(run, approver):
    run_control.ask_stop(approver, request_id=run.request_id)
    run.refresh_from_db()
    assert run.state == "stopped"


def test_a_held_run_stops_by_its_worker(run, approver):
    held = claim(run)
    run_control.ask_stop(approver, request_id=run.request_id)
    run.refresh_from_db()
    assert (run.state, run.stop_asked) == ("running", True)
    runs.stop_run(run_id=held.pk, fence=held.fence, key="leave_queues")
    run.refresh_from_db()
    assert (run.state, run.stop_asked) == ("stopped", False)


def waits(held: Run) -> None:
    at = timezone.now() + timedelta(hours=1)
    runs.park_run(**begun(held), why="The hour is full.", remedy="It goes on by itself.", at=at, calls={})


def is_held(held: Run) -> None:
    runs.hold_run(**begun(held), why="Case 12", remedy="Ask who placed it.", calls={})


def begun(held: Run) -> dict[str, Any]:
    place = {"run_id": held.pk, "fence": held.fence, "key": "leave_queues"}
    run_steps.begin_step(**place)
    return place


@pytest.mark.parametrize("rests", [waits, is_held])
def test_a_stop_is_not_lost_where_the_run_would_rest_and_go_on_by_itself(run, approver, rests):
    held = claim(run)
    who = {"org_id": run.request.org_id, "person_id": run.request.person_id, "person_name": "x"}
    place_hold(states.counsel(), kind="legal_hold", reason="Case 12", review_on=date(2099, 3, 31), **who)
    run_control.ask_stop(approver, request_id=run.request_id)
    rests(held)
    run.refresh_from_db()
    assert (run.state, run.stop_asked) == ("stopped", False)
    assert run.steps.get(key="leave_queues").state == "interrupted"
    assert lease.due_runs() == []


def test_a_stop_that_was_asked_before_a_run_failed_does_not_end_its_next_try(run, approver):
    held = claim(run)
    run_control.ask_stop(approver, request_id=run.request_id)
    fail(held)
    run.refresh_from_db()
    assert (run.state, run.stop_asked) == ("failed", False)


def test_an_archive_whose_step_did_not_come_to_its_end_is_not_said_to_be_kept(run, approver):
    """Its worker ends between the archive and the end of the step, and somebody stops the run."""
    held = claim(run)
    run_steps.begin_step(run_id=held.pk, fence=held.fence, key="archive_history")
    states.keep_archive(held)
    runs.stop_run(run_id=held.pk, fence=held.fence, key="archive_history")
    run.refresh_from_db()
    assert run.document["compliance"]["historyArchived"] is False
    kept = verdicts(run.request, run, Archive.objects.get())[1]
    assert (kept.title, kept.answer) == ("History kept", "not_yet")


def test_an_archive_that_comes_after_its_request_was_closed_is_not_kept(run, approver):
    late = claim(run)
    fail(late)
    close_request(approver, request_id=run.request_id, reason="Done by hand")
    with pytest.raises(LeaseLost):
        states.keep_archive(late)
    assert not Archive.objects.exists()


def test_staff_may_not_retry(run, staff):
    fail(claim(run))
    with pytest.raises(Refused):
        run_control.retry_run(staff, request_id=run.request_id)


def test_closing_gives_up_with_a_reason_and_frees_the_person(run, approver, staff):
    fail(claim(run))
    close_request(approver, request_id=run.request_id, reason="Done by hand")
    run.request.refresh_from_db()
    assert run.request.state == "closed"
    assert ask(staff).is_live


def test_a_reopened_step_is_done_once_more(run):
    held = claim(run)
    end(held, "leave_queues")
    run_steps.begin_step(run_id=held.pk, fence=held.fence, key="delete_person")
    run_steps.reopen_steps(run_id=held.pk, fence=held.fence, key="delete_person", keys=["leave_queues"], why="Billing")
    states = dict(run.steps.values_list("key", "state"))
    assert states["leave_queues"] == states["delete_person"] == "pending"


def test_a_message_that_is_still_on_its_way_gives_way_to_a_newer_one(run, approver, settings):
    """Delivered after COMPLETED, an old FAILED would be what the receiver keeps."""
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    fail(claim(run))
    run_control.retry_run(approver, request_id=run.request_id)
    fail(claim(run))
    assert list(Delivery.objects.order_by("id").values_list("state", flat=True)) == ["superseded", "pending"]


def test_a_step_that_resumes_ends_its_waits_only_by_being_further_than_ever(run):
    place = {"run_id": run.pk, "fence": claim(run).fence, "key": "archive_history"}
    step = run.steps.get(key="archive_history")
    seen = []
    for done in (300, 100, 200, 300, 301):
        run.steps.filter(pk=step.pk).update(failures=5)
        run_steps.save_progress(**place, done=done, total=None, item="", resumes=True)
        step.refresh_from_db()
        seen.append(step.failures)
    assert (seen, step.done) == ([0, 5, 5, 5, 0], 301)


def test_any_other_step_ends_its_waits_when_less_is_left_than_the_time_before(run):
    place = {"run_id": run.pk, "fence": claim(run).fence, "key": "leave_queues"}
    seen = []
    for done, total in ((0, 3), (3, 3), (0, 3), (3, 3), (0, 2), (2, 2)):
        run.steps.filter(key="leave_queues").update(failures=5)
        run_steps.save_progress(**place, done=done, total=total, item="")
        seen.append(run.steps.get(key="leave_queues").failures)
    assert seen == [5, 5, 5, 5, 0, 5]
