"""An approval stands for a time, and only while those who asked and approved still may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from offboarding.actions.decisions import approve_request
from offboarding.actions.errors import Refused
from offboarding.audit.times import utc_words
from offboarding.models import AuditRecord, Decision, DeprovisionRequest, Plan, Run
from offboarding.models.request import APPROVAL_LIFE
from offboarding.pipeline import standing
from tests.call_bounds import is_write
from tests.flows import approved, drive, once, request_for, states
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db


def decided_ago(run: Run, ago: timedelta) -> None:
    Decision.objects.filter(plan=run.plan).update(decided_at=timezone.now() - ago)


def approve_again(run: Run, approver: Any) -> None:
    run.refresh_from_db()
    plan = run.request.plans.latest("number")
    approve_request(approver, request_id=run.request_id, digest=plan.digest, confirmation=run.request.person_email)


def writes(sandbox: Any) -> list[str]:
    """Whatever but reads was sent, apart from the sign-in of the console itself."""
    sent = [f"{call['method']} {call['path']}" for call in sandbox.calls()]
    return [each for each in sent if is_write(each)]


def test_an_approval_that_has_expired_starts_nothing_and_asks_again(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    decided_ago(run, APPROVAL_LIFE)
    sandbox.clear_calls()
    once(run)
    assert (run.state, run.locked_out_at) == ("plan_changed", None)
    assert run.problem == f"The approval by {run.request.decisions.get().decided_by_name} has expired."
    assert writes(sandbox) == []
    assert sandbox.state(agent)["state"] == "active"
    assert AuditRecord.objects.filter(action="run.approval_ended").count() == 1
    approve_again(run, approver)
    assert drive(run).state == "completed"
    assert list(run.request.decisions.values_list("plan__number", flat=True)) == [1, 2]


def test_until_its_last_moment_it_stands(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    decided_ago(run, APPROVAL_LIFE - timedelta(minutes=5))
    assert drive(run).state == "completed"


def test_it_is_counted_from_the_time_that_the_work_was_put_off_to(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    decided_ago(run, timedelta(days=30))
    put_off_to = timezone.now() - APPROVAL_LIFE + timedelta(minutes=5)
    DeprovisionRequest.objects.filter(pk=run.request_id).update(not_before=put_off_to)
    assert drive(run).state == "completed"


def test_one_that_expires_while_the_run_waits_stops_it_before_anything_more_is_done(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    while states(once(run, slice_seconds=0)).get("leave_queues") != "observed":
        assert run.state == "running", run.problem
    decided_ago(run, APPROVAL_LIFE)
    grants = sandbox.state(agent)["grants"]
    sandbox.clear_calls()
    run = drive(run)
    assert (run.state, writes(sandbox)) == ("plan_changed", [])
    approve_again(run, approver)
    assert drive(run).state == "completed"
    assert grants and not sandbox.state(agent)["grants"]


def test_what_is_deleted_already_needs_no_second_approval(sandbox, staff, approver, agent):
    """The worker died between the deletion and its record: to read it back nobody has to decide anything."""
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": "/scim/", "perform": True, "close": True})
    sandbox.faults({"path": f"/api/v2/users/{agent}$", "query": "state=deleted", "status": 503, "times": None})
    for _ in range(40):
        once(run)
        if sandbox.state(agent)["state"] == "deleted":
            break
        Run.objects.filter(pk=run.pk).update(not_before=None)
    assert (run.state, run.deleted_at) == ("parked", None)
    decided_ago(run, APPROVAL_LIFE)
    sandbox.clear_faults()
    assert drive(run).state == "completed"
    assert run.request.decisions.count() == 1


@pytest.mark.parametrize("how", ["role", "account"])
def test_a_requester_who_may_not_ask_any_more_stops_it_before_anything_is_done(sandbox, staff, approver, agent, how):
    run = approved(staff, approver, agent)
    if how == "role":
        staff.groups.clear()
    else:
        staff.is_active = False
        staff.save()
    run = drive(run)
    assert (run.state, run.error_code) == ("failed", "requester")
    assert staff.get_full_name() in run.problem or staff.username in run.problem
    assert sandbox.state(agent)["state"] == "active"


def altered(run: Run) -> None:
    """Somebody with access to the database leaves a queue out of the approved plan."""
    document = run.plan.document
    document["actions"] = [action for action in document["actions"] if action["kind"] != "queue"]
    Plan.objects.filter(pk=run.plan_id).update(document=document)


def test_a_plan_that_was_altered_after_its_approval_is_not_carried_out(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    altered(run)
    run = drive(run)
    assert (run.state, run.error_code) == ("failed", "plan_altered")
    assert sandbox.state(agent)["state"] == "active"


def test_nor_one_that_is_altered_while_it_is_carried_out(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    while states(once(run, slice_seconds=0)).get("revoke_sessions") != "observed":
        assert run.state == "running", run.problem
    altered(run)
    run = drive(run)
    assert (run.state, run.error_code) == ("failed", "plan_altered")
    assert sandbox.state(agent)["queues"]


@pytest.mark.parametrize("ids", ["scim", "person"])
def test_nor_work_on_another_person_than_the_plan_is_about(sandbox, staff, approver, agent, ids):
    other = sandbox.person("no history")
    run = approved(staff, approver, agent)
    if ids == "scim":
        Plan.objects.filter(pk=run.plan_id).update(scim_id=other["scim_id"])
    else:
        DeprovisionRequest.objects.filter(pk=run.request_id).update(person_id=other["id"])
    run.refresh_from_db()
    run = drive(run)
    assert (run.state, run.error_code) == ("failed", "plan_altered")
    assert {sandbox.state(person)["state"] for person in (agent, other["id"])} == {"active"}


def test_a_plan_that_was_altered_cannot_be_approved(sandbox, staff, approver, agent):
    request = request_for(staff, agent)
    stored = request.plans.get()
    stored.document["reason"] = "Conduct"
    Plan.objects.filter(pk=stored.pk).update(document=stored.document)
    with pytest.raises(Refused, match="its digest is another"):
        approve_request(approver, request_id=request.pk, digest=stored.digest, confirmation=request.person_email)


def test_a_plan_of_another_version_is_decided_on_again(sandbox, staff, approver, agent, monkeypatch):
    """Approved before an upgrade: the same words may mean other work now."""
    run = approved(staff, approver, agent)
    monkeypatch.setattr(standing, "PLAN_VERSION", standing.PLAN_VERSION + 1)
    assert once(run).state == "plan_changed"
    assert "another version of this console" in run.problem
    assert sandbox.state(agent)["state"] == "active"


def test_a_plan_for_another_order_of_the_work_is_decided_on_again(sandbox, staff, approver, agent, settings):
    """The article's dialect empties and archives before it signs out: that is not what was approved."""
    run = approved(staff, approver, agent)
    assert standing.why_expired(run.request, run.plan) == ""
    settings.GENESYS_API_STYLE = "article"
    assert "another order of the work" in standing.why_expired(run.request, run.plan)


def test_the_page_says_until_when_it_stands_and_that_it_has_ended(sandbox, staff, approver, agent, client):
    run = approved(staff, approver, agent)
    client.force_login(approver)
    page = reverse("request", args=[run.request_id])
    assert f"stands until {utc_words(run.plan.decision.stands_until)}" in words_of(client.get(page))
    decided_ago(run, APPROVAL_LIFE)
    once(run)
    words = words_of(client.get(page))
    assert "has expired" in words and "Approve exactly this plan" in words
