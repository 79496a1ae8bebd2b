"""What the person holds changes between the approval and the deletion: more needs a new decision, less does not."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.actions.decisions import approve_request, reject_request
from offboarding.genesys import connect
from offboarding.models import AuditRecord, Run
from offboarding.pipeline import runner
from tests.flows import approved, drive, once, states

pytestmark = pytest.mark.django_db


def new_queue(sandbox: Any, person: str) -> str:
    state = sandbox.state(person)
    queue = sandbox.name_id(
        "queue",
        sorted(n.split(":", 1)[1] for n in sandbox.org.catalogue.by_name if n.startswith("queue:"))[0],
    )
    assert queue not in state["member_of_queues"]
    sandbox.change(person, queues=[*state["queues"], queue])
    return queue


def test_an_added_holding_never_delays_cutting_access_and_needs_a_new_decision(sandbox, staff, approver):
    person = sandbox.person("plain agent")["id"]
    run = approved(staff, approver, person)
    new_queue(sandbox, person)
    once(run)
    assert run.state == "plan_changed"
    assert run.locked_out_at is not None
    assert sandbox.state(person)["state"] == "inactive"
    assert states(run)["leave_queues"] == "interrupted"
    second = run.request.plans.latest("number")
    assert second.number == 2
    approve_request(approver, request_id=run.request_id, digest=second.digest, confirmation=run.request.person_email)
    assert drive(run).state == "completed"
    assert not sandbox.state(person)["queues"]


def test_a_new_plan_also_leaves_a_dynamic_group_to_the_deletion(sandbox, staff, approver):
    person = sandbox.person("in a dynamic group")["id"]
    run = approved(staff, approver, person)
    new_queue(sandbox, person)
    once(run)
    second = run.request.plans.latest("number")
    group = next(a for a in second.document["actions"] if a["kind"] == "group" and a["name"] == "All Staff")
    assert (second.number, group["ended_by"], group["call"]) == (2, "deletion", "")
    approve_request(approver, request_id=run.request_id, digest=second.digest, confirmation=run.request.person_email)
    assert drive(run).state == "completed", run.problem
    assert not sandbox.calls(method="DELETE", path=f"/groups/{group['id']}/members")


def test_a_new_plan_keeps_the_warnings_that_are_not_about_holdings(sandbox, staff, approver):
    person = sandbox.person("plain agent")["id"]
    run = approved(staff, approver, person, reason="Leave")
    new_queue(sandbox, person)
    once(run)
    for plan in run.request.plans.all():
        assert plan.document["warnings"][0].startswith("The reason is a long leave, and the account is deleted all")
    assert run.request.plans.count() == 2


def test_a_new_plan_keeps_what_has_to_be_taken_over(sandbox, staff, approver, holder):
    """It was read for the first plan alone, and the document at the end takes it from the last."""
    queues = sandbox.state(holder)["queues"]
    sandbox.change(holder, queues=[each for each in queues if each != sandbox.name_id("queue", "VIP")])
    run = approved(staff, approver, holder)
    handed_over = run.plan.document["hand_over"]
    assert handed_over
    sandbox.change(holder, queues=queues)
    once(run)
    second = run.request.plans.latest("number")
    assert (run.state, second.number) == ("plan_changed", 2)
    assert second.document["hand_over"] == handed_over


def test_a_rejected_difference_ends_the_run_where_it_stands(sandbox, staff, approver):
    person = sandbox.person("plain agent")["id"]
    run = approved(staff, approver, person)
    new_queue(sandbox, person)
    once(run)
    second = run.request.plans.latest("number")
    reject_request(approver, request_id=run.request_id, digest=second.digest, reason="Not this one")
    run.refresh_from_db()
    run.request.refresh_from_db()
    assert (run.state, run.request.state) == ("stopped", "rejected")
    assert run.document["status"] == "FAILED"
    assert sandbox.state(person)["state"] == "inactive"


def test_a_gone_holding_needs_no_new_decision_and_is_noted_once(sandbox, staff, approver, holder):
    run = approved(staff, approver, holder)
    state = sandbox.state(holder)
    sandbox.change(holder, queues=state["queues"][1:])
    name = next(a["name"] for a in run.plan.document["actions"] if a["id"] == state["queues"][0])
    assert drive(run, slice_seconds=0, most=120).state == "completed"
    noted = AuditRecord.objects.filter(action="run.plan_shrank")
    assert [line.data["gone"].count(name) for line in noted if name in line.data["gone"]] == [1]


def test_what_our_own_work_empties_is_not_said_to_be_gone(sandbox, staff, approver):
    run = approved(staff, approver, sandbox.person("plain agent")["id"])
    assert drive(run, slice_seconds=0, most=120).state == "completed"
    assert not AuditRecord.objects.filter(action="run.plan_shrank").exists()


def test_what_comes_back_before_the_deletion_is_removed_again(sandbox, staff, approver, holder):
    run = approved(staff, approver, holder)
    queues = sandbox.state(holder)["queues"]
    given_back: list[bool] = []

    def give_back(run: Run) -> None:
        if states(run)["archive_history"] == "observed" and not given_back:
            given_back.append(True)
            sandbox.change(holder, queues=queues[:1])

    drive(run, slice_seconds=0, between=give_back, most=120)
    assert run.state == "completed", run.problem
    assert given_back
    assert AuditRecord.objects.filter(action="step.reopened").count() == 1
    assert not sandbox.state(holder)["queues"]


def test_somebody_deleted_between_the_two_looks_of_a_changed_plan_needs_no_decision(sandbox, staff, approver):
    person = sandbox.person("plain agent")["id"]
    run = approved(staff, approver, person)
    new_queue(sandbox, person)
    scim_reads: list[str] = []

    def connected(count: Any) -> Any:
        def hear(method: str, path: str, status: int | None, seconds: float) -> None:
            count(method, path, status, seconds)
            if method == "GET" and path.startswith("/api/v2/scim/v2/users/"):
                scim_reads.append(path)
                if len(scim_reads) == 2:
                    sandbox.change(person, state="deleted")

        return connect.client_for_worker(on_call=hear)

    runner.drive(run.pk, connected)
    run.refresh_from_db()
    assert len(scim_reads) >= 2
    assert run.state != "plan_changed"
    assert run.request.plans.count() == 1
    assert drive(run).state == "completed"
