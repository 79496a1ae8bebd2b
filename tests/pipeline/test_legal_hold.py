"""A legal hold forbids the deletion, not the cutting of access: the run rests, and goes on when it is released."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from offboarding.actions import lease, runs
from offboarding.actions.holds import place_hold, release_hold
from offboarding.actions.requests import close_request
from offboarding.genesys import connect
from offboarding.models import Archive, AuditRecord, Decision, Hold, Run
from offboarding.models.request import APPROVAL_LIFE
from tests.flows import approved, deletes, drive, once, states
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db


def hold(admin: Any, run: Run, kind: str = "legal_hold") -> Hold:
    who = {"org_id": run.request.org_id, "person_id": run.request.person_id, "person_name": run.request.person_name}
    return place_hold(admin, kind=kind, reason="Case 12", review_on=date(2099, 3, 31), **who)


@pytest.fixture
def resting(sandbox: Any, staff: Any, approver: Any, admin: Any, agent: str) -> Run:
    """A run that has done everything but the deletion."""
    run = approved(staff, approver, agent)
    hold(admin, run)
    return drive(run)


def test_access_is_cut_the_history_archived_and_nobody_deleted(resting, sandbox, agent):
    run = resting
    assert (run.state, run.error_code, run.deleted_at) == ("held", "legal_hold", None)
    assert run.locked_out_at and Archive.objects.get(request=run.request).verified_at
    assert "Case 12" in run.problem and "31 Mar 2099" in run.remedy
    left = sandbox.state(agent)
    assert (left["state"], left["queues"], left["grants"], deletes(sandbox)) == ("inactive", [], [], [])
    done = {key for key, state in states(run).items() if state in ("observed", "nothing_to_do")}
    assert set(states(run)) - done == {"delete_person", "notify"}
    assert AuditRecord.objects.filter(action="run.held").count() == 1


def test_it_rests_until_then_whoever_rings(resting):
    assert once(resting).state == "held"
    assert once(resting).fence == resting.fence


def test_somebody_elses_release_lets_it_go_on_by_itself(resting, sandbox, agent, make_actor):
    other = make_actor("other", "admin")
    release_hold(other, hold_id=Hold.objects.get().pk, reason="Case closed")
    resting.refresh_from_db()
    assert resting.state == "queued"
    assert drive(resting).state == "completed"
    assert len(deletes(sandbox)) == 1


def test_one_released_right_before_the_run_would_rest_for_it_leaves_no_run_lying(
    sandbox, staff, approver, admin, agent, make_actor, monkeypatch
):
    """The release finds no run that rests, and so wakes none."""
    run, rest, other = approved(staff, approver, agent), runs.hold_run, make_actor("other", "admin")
    hold(admin, run)

    def release_first(**told: Any) -> None:
        assert not release_hold(other, hold_id=Hold.objects.get().pk, reason="Case closed")
        rest(**told)

    monkeypatch.setattr(runs, "hold_run", release_first)
    once(run)
    assert lease.due_runs() == [run.pk]
    assert drive(run).state == "completed"
    assert AuditRecord.objects.filter(action="run.held").count() == 0


def test_after_a_long_rest_somebody_approves_again(resting, sandbox, approver, make_actor):
    Decision.objects.update(decided_at=timezone.now() - APPROVAL_LIFE)
    release_hold(make_actor("other", "admin"), hold_id=Hold.objects.get().pk, reason="Case closed")
    assert drive(resting).state == "plan_changed"
    assert deletes(sandbox) == []


def test_one_that_is_placed_during_the_last_look_is_met(sandbox, staff, approver, admin, agent, monkeypatch):
    from offboarding.pipeline import runner

    run, look = approved(staff, approver, agent), runner.Drive.look

    def look_and_hold(self: Any, *, fresh: bool = False) -> Any:
        seen = look(self, fresh=fresh)
        if fresh:
            hold(admin, run)
        return seen

    monkeypatch.setattr(runner.Drive, "look", look_and_hold)
    assert (drive(run).state, deletes(sandbox)) == ("held", [])


def test_a_protection_stops_everything_and_a_release_of_the_hold_does_not_start_it(
    sandbox, staff, approver, admin, agent, make_actor
):
    run = approved(staff, approver, agent)
    while states(once(run, slice_seconds=0)).get("leave_queues") != "observed":
        assert run.state == "running", run.problem
    hold(admin, run)
    hold(admin, run, "protected")
    run = drive(run)
    assert (run.state, run.error_code) == ("failed", "protected")
    assert states(run)["archive_history"] == "pending"
    release_hold(make_actor("other", "admin"), hold_id=Hold.objects.get(kind="legal_hold").pk, reason="Case closed")
    run.refresh_from_db()
    assert run.state == "failed"


def test_it_can_be_asked_for_and_approved_under_a_legal_hold(sandbox, staff, approver, admin, agent, client):
    """Whoever leaves in the middle of a lawsuit must lose access all the same."""
    who = {"org_id": connect.org().id, "person_id": agent, "person_name": "x"}
    place_hold(admin, kind="legal_hold", reason="Case 12", review_on=date(2099, 3, 31), **who)
    client.force_login(staff)
    page = words_of(client.get(reverse("person", args=[agent])))
    assert "access can be cut, but the person must not be deleted" in page
    assert drive(approved(staff, approver, agent)).state == "held"


def test_whoever_releases_it_is_told_that_a_deletion_waits(resting, client, make_actor):
    client.force_login(make_actor("other", "admin"))
    page = words_of(client.get(reverse("settings")))
    assert "A deletion waits for this hold Releasing it starts the deletion at once" in page
    release = reverse("hold_release", args=[Hold.objects.get().pk])
    released = client.post(release, {"reason": "Case closed"}, follow=True)
    assert "The deletion that waited for it goes on now." in words_of(released)


def test_the_first_step_does_not_claim_that_nothing_is_in_force(resting):
    sentence = resting.steps.get(key="check_compliance").sentence
    assert sentence.endswith("a legal hold was in force, which forbade the deletion and nothing else.")


def test_the_request_tells_who_held_and_who_released_it(resting, auditor, make_actor, client):
    release_hold(make_actor("other", "admin"), hold_id=Hold.objects.get().pk, reason="Case closed")
    run = drive(resting)
    (hold,) = run.document["holds"]
    assert (
        hold.items()
        >= {
            "kind": "legal_hold",
            "reason": "Case 12",
            "placedBy": "Root (root)",
            "reviewOn": "2099-03-31",
            "releasedBy": "Other (other)",
            "releaseReason": "Case closed",
        }.items()
    )
    assert hold["placedAt"] < hold["releasedAt"] < run.document["timestamp"]
    client.force_login(auditor)
    page = words_of(client.get(reverse("request", args=[run.request_id])))
    name = run.request.person_name
    assert f"Root (root) placed a legal hold on {name}: Case 12" in page
    assert f"Other (other) released the legal hold of {name}: Case closed" in page


def test_after_the_deletion_no_step_says_that_a_hold_forbids_it(resting, manager, make_actor, client):
    release_hold(make_actor("other", "admin"), hold_id=Hold.objects.get().pk, reason="Case closed")
    run = drive(resting)
    assert run.state == "completed"
    client.force_login(manager)
    page = words_of(client.get(reverse("request", args=[run.request_id])))
    assert "forbids the deletion" not in page
    released = f"until Other (other) released it on {timezone.localdate():%d %b %Y}."
    assert f"read back as deleted. A legal hold forbade the deletion {released}" in page


def test_a_hold_of_another_time_is_not_told_of_this_request(sandbox, staff, approver, admin, agent, make_actor):
    who = {"org_id": connect.org().id, "person_id": agent, "person_name": "x"}
    place_hold(admin, kind="legal_hold", reason="Case 11", review_on=date(2099, 3, 31), **who)
    release_hold(make_actor("other", "admin"), hold_id=Hold.objects.get().pk, reason="Settled")
    run = drive(approved(staff, approver, agent))
    assert run.document["holds"] == []
    assert "legal hold" not in run.steps.get(key="delete_person").sentence
    assert set(AuditRecord.objects.filter(action__startswith="hold.").values_list("request_number", flat=True)) == {
        None
    }


def test_a_resting_run_can_be_given_up(resting, approver):
    close_request(approver, request_id=resting.request_id, reason="Settled: the person stays")
    resting.request.refresh_from_db()
    assert resting.request.state == "closed"
    assert Hold.objects.get().released_at is None


def test_the_page_and_the_lists_say_that_it_rests(resting, approver, client):
    client.force_login(approver)
    page = words_of(client.get(reverse("request", args=[resting.request_id])))
    assert "Held: not deleted" in page and "under a legal hold: Case 12" in page
    listed = client.get(reverse("requests"), {"group": "held"})
    assert [asked.pk for asked in listed.context["lines"]] == [resting.request_id]
    assert "under a legal hold" in words_of(client.get(reverse("home")))
