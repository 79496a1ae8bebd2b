"""What somebody has to take over is told as it was last seen, and of the rest as of when it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.urls import reverse

from offboarding.actions.decisions import approve_request
from offboarding.audit.times import utc_words
from offboarding.models import Plan, Run
from tests.flows import approved, drive, once, request_for
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(sandbox: Any) -> dict[str, Any]:
    """Somebody with another manager than the leaver."""
    return sandbox.person("not joined to some queues")


def of_reports(run: Run) -> list[str]:
    return [line for line in run.document["handOver"] if "direct report" in line]


def as_of(plan: Plan) -> str:
    return f"(as of {utc_words(plan.read_at)})"


def test_a_direct_report_gained_since_the_approval_is_handed_over(sandbox, staff, approver, agent, report, client):
    run = approved(staff, approver, agent)
    sandbox.change(report["id"], manager_id=agent)
    run = drive(run)
    assert run.state == "completed", run.problem
    assert of_reports(run) == [f"1 direct report without a manager then: {report['name']}"]
    client.force_login(approver)
    words = words_of(client.get(reverse("request", args=[run.request_id])))
    assert f"1 direct report without a manager then: {report['name']}" in words
    assert "Seen right before the deletion" in words


def test_one_who_has_another_manager_by_then_is_not(sandbox, staff, approver, agent, report):
    before = sandbox.state(report["id"])["manager_id"]
    sandbox.change(report["id"], manager_id=agent)
    run = approved(staff, approver, agent)
    assert any("direct report" in line for line in run.plan.document["hand_over"])
    sandbox.change(report["id"], manager_id=before)
    assert of_reports(drive(run)) == []


def test_what_was_read_for_the_plan_alone_says_as_of_when(sandbox, staff, approver, holder, client):
    run = drive(approved(staff, approver, holder))
    assert run.state == "completed", run.problem
    told = run.document["handOver"]
    (items,) = [line for line in told if "work item" in line]
    assert items.endswith(as_of(run.plan))
    (backed_up,) = [line for line in told if "take over direct calls" in line]
    assert backed_up in run.plan.document["hand_over"], "with the names that the plan has, and seen at the end"
    client.force_login(approver)
    words = words_of(client.get(reverse("request", args=[run.request_id])))
    assert f"Read for the plan, {utc_words(run.plan.read_at)}" in words


def test_groups_that_were_left_are_still_to_be_owned_by_somebody(sandbox, staff, approver):
    """Only the groups of a member are read: after leaving them nobody sees at a last look whose they are."""
    run = approved(staff, approver, sandbox.person("owner of a group")["id"])
    (owned,) = [line for line in run.plan.document["hand_over"] if "owned by them" in line]
    assert f"{owned} {as_of(run.plan)}" in drive(run).document["handOver"]


def test_a_second_plan_does_not_make_the_duties_younger(sandbox, staff, approver, holder):
    queues = sandbox.state(holder)["queues"]
    sandbox.change(holder, queues=[each for each in queues if each != sandbox.name_id("queue", "VIP")])
    run = approved(staff, approver, holder)
    Plan.objects.filter(pk=run.plan_id).update(read_at=F("read_at") - timedelta(days=1))
    first = Plan.objects.get(pk=run.plan_id)
    sandbox.change(holder, queues=queues)
    assert once(run).state == "plan_changed"
    second = run.request.plans.latest("number")
    decide_again(run, approver, second)
    assert any(line.endswith(as_of(first)) for line in drive(run).document["handOver"])
    assert not any(line.endswith(as_of(second)) for line in run.document["handOver"])


def test_who_was_deleted_by_somebody_else_is_handed_over_as_planned(sandbox, staff, approver, agent, report):
    sandbox.change(report["id"], manager_id=agent)
    run = approved(staff, approver, agent)
    once(run, slice_seconds=0)
    sandbox.change(agent, state="deleted")
    assert of_reports(drive(run)) == [f"1 direct report without a manager then: {report['name']} {as_of(run.plan)}"]


def decide_again(run: Run, approver: Any, plan: Plan) -> None:
    email = run.request.person_email
    approve_request(approver, request_id=run.request_id, digest=plan.digest, confirmation=email)


@pytest.mark.parametrize(
    ("kind", "field", "states", "words"),
    [
        ("activities", "status", ("Planned", "InProgress"), "coaching or learning appointment"),
        ("work_items", "category", ("Open", "InProgress", "Waiting"), "work item"),
        ("evaluations", "status", ("PENDING", "INPROGRESS"), "of them still to be scored"),
    ],
)
def test_what_was_begun_is_handed_over_as_is_what_was_not(sandbox, staff, holder, kind, field, states, words):
    """One in each state: all that have not ended are counted."""
    row, others = sandbox.state(holder)[kind][0], sandbox.person("not joined to some queues")["id"]
    sandbox.change(others, activities=[])  # in which the leaver is the coach
    sandbox.change(holder, **{kind: [row | {"id": f"{kind}-{state}", field: state} for state in states]})
    handed = request_for(staff, holder).plans.get().document["hand_over"]
    assert [line.split()[0] for line in handed if words in line] == [str(len(states))]


def test_what_has_ended_is_not(sandbox, staff, holder):
    """Coaching that was completed is nobody's to take over, nor is a work item that was closed."""
    before = sandbox.state(holder)
    sandbox.change(
        holder,
        activities=[before["activities"][0] | {"status": "Completed"}],
        work_items=[before["work_items"][0] | {"category": "Closed"}],
    )
    sandbox.change(sandbox.person("not joined to some queues")["id"], activities=[])
    handed = " ".join(request_for(staff, holder).plans.get().document["hand_over"])
    assert "coaching" not in handed
    assert "work item" not in handed
