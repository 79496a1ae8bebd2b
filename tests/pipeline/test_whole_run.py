"""The main job against a sandbox over a socket: what is left in the org, in the rows and in the calls."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from offboarding.actions.errors import Refused
from offboarding.archives.storage import absolute
from offboarding.audit.chain import check_chain
from offboarding.genesys import connect
from offboarding.models import Archive, AuditRecord
from offboarding.pipeline import runner
from tests.flows import approved, drive, request_for, states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lagging")]


def held(sandbox: Any, person_id: str) -> dict[str, Any]:
    return sandbox.state(person_id)


@pytest.fixture
def agent(sandbox: Any) -> str:
    """An agent who inherits a queue through a group and holds others directly."""
    return sandbox.person("inherits queues through a group")["id"]


def test_everything_is_left_archived_deleted_and_seen(sandbox, staff, approver, agent):
    run = drive(approved(staff, approver, agent))
    assert run.state == "completed", (run.problem, run.remedy)
    left = held(sandbox, agent)
    assert left["state"] == "deleted"
    assert not left["queues"]
    assert not left["grants"]
    assert not left["groups"]
    assert not left["skills"]
    assert not left["languages"]
    run.request.refresh_from_db()
    assert run.request.state == "completed"
    assert check_chain().ok


def test_access_is_cut_before_anything_else_is_written_and_with_the_reason(sandbox, staff, approver, agent):
    version = held(sandbox, agent)["version"]
    drive(approved(staff, approver, agent, reason="Conduct"))
    writes = [
        f"{call['method']} {call['path']}"
        for call in sandbox.calls()
        if call["method"] in {"PUT", "PATCH", "DELETE"} or call["path"].endswith("bulkremove")
    ]
    assert writes[0] == f"PUT /api/v2/users/{agent}/state"
    assert writes[1] == f"DELETE /api/v2/tokens/{agent}"
    assert writes[-1].startswith("DELETE /api/v2/scim/v2/users/")
    (suspended,) = sandbox.calls(method="PUT", path=f"/users/{agent}/state$")
    assert suspended["body"] == {"state": "inactive", "version": version, "stateChangeReason": "Conduct"}


def test_roles_that_vanish_meanwhile_leave_the_others_to_single_removals(sandbox, staff, approver):
    """The bulk call fails as a whole when one of its roles was deleted from the org after the look."""
    person = sandbox.person("holds everything")["id"]
    run = approved(staff, approver, person)
    held = [(role, division) for role, division, _ in sandbox.state(person)["grants"]]
    gone = held[0][0]

    def delete_the_role(method: str, path: str, status: int | None, seconds: float) -> None:
        if method == "DELETE" and "/members/" in path:
            sandbox.post("roles/vanish", {"role": gone})

    runner.drive(run.pk, lambda _: connect.client_for_worker(on_call=delete_the_role))
    run.refresh_from_db()
    assert run.state == "completed", (run.problem, run.remedy)
    assert [call["status"] for call in sandbox.calls(path="/bulkremove$")] == [400]
    singly = {
        tuple(call["path"].split("/")[i] for i in (9, 7)): call["status"]
        for call in sandbox.calls(method="DELETE", path=f"/subjects/{person}/divisions/")
    }
    assert singly.keys() == set(held)
    assert {role for (role, _), status in singly.items() if status == 404} == {gone}


def test_every_direct_queue_is_left_with_a_call_of_its_own(sandbox, staff, approver):
    run = approved(staff, approver, sandbox.person("holds everything")["id"])
    direct = {a["id"] for a in run.plan.document["actions"] if a["kind"] == "queue" and a["ended_by"] == "step"}
    assert len(direct) > 1
    drive(run)
    left = [
        c["path"].split("/")[5] for c in sandbox.calls() if c["method"] == "DELETE" and "/routing/queues/" in c["path"]
    ]
    assert sorted(left) == sorted(direct)


def test_the_archive_holds_every_conversation_once(sandbox, staff, approver, agent):
    run = drive(approved(staff, approver, agent))
    archive = Archive.objects.get(request=run.request)
    with gzip.open(absolute(archive.path), "rt", encoding="utf-8") as file:
        ids = [json.loads(line)["conversationId"] for line in file]
    assert len(ids) == len(set(ids)) == archive.count == sandbox.state(agent)["conversations"]


def test_the_document_tells_what_was_observed(sandbox, staff, approver, agent):
    run = drive(approved(staff, approver, agent))
    archive = Archive.objects.get(request=run.request)
    assert run.document["event"] == "USER_DEPROVISIONING_SCIM"
    assert run.document["status"] == "COMPLETED"
    assert run.document["userId"] == agent
    assert run.document["actions"] == {
        "foreignKeys": True,
        "archiveCount": archive.count,
        "sessionsRevoked": True,
        "scimDelete": True,
    }
    assert all(run.document["compliance"].values())


def test_a_person_without_history_counts_as_archived(sandbox, staff, approver):
    run = drive(approved(staff, approver, sandbox.person("no history")["id"]))
    assert run.state == "completed", run.problem
    assert run.document["actions"]["archiveCount"] == 0
    assert run.document["compliance"]["historyArchived"] is True


def test_an_inactive_person_is_deleted_too(sandbox, staff, approver):
    run = drive(approved(staff, approver, sandbox.person("inactive")["id"]))
    assert run.state == "completed", run.problem


def test_a_scim_id_that_differs_is_learned_and_used(sandbox, staff, approver):
    person = sandbox.person("SCIM id differs")
    run = drive(approved(staff, approver, person["id"]))
    assert run.state == "completed", run.problem
    assert run.plan.scim_id != person["id"]
    assert held(sandbox, person["id"])["state"] == "deleted"


def test_a_deleted_person_cannot_be_asked_for(sandbox, staff):
    with pytest.raises(Refused, match="already deleted"):
        request_for(staff, sandbox.person("deleted")["id"])
    assert AuditRecord.objects.get().outcome == "refused"


def test_a_live_conversation_holds_the_run_after_sign_in_is_suspended(sandbox, staff, approver):
    person = sandbox.person("in a live conversation")["id"]
    run = approved(staff, approver, person)
    runner.drive(run.pk, lambda count: connect.client_for_worker(on_call=count))
    run.refresh_from_db()
    assert run.state == "parked"
    step = run.steps.get(key="settle_conversations")
    assert ("live conversation" in step.problem, step.remedy.startswith("While the run waits, nothing")) == (True, True)
    assert run.locked_out_at is None
    assert held(sandbox, person)["state"] == "inactive"
    assert states(run)["leave_queues"] == "pending"
    sandbox.post("hang-up", {"person": person})
    assert drive(run).state == "completed"


def test_inherited_queues_and_roles_end_with_the_group(sandbox, staff, approver):
    """One of the roles is held directly as well: which of the two grants shows is open unless both are asked for."""
    person = sandbox.person("inherits roles through a group")["id"]
    both = [sandbox.name_id("role", "Reporting Viewer"), sandbox.name_id("division", "Home")]
    sandbox.change(person, grants=[*sandbox.state(person)["grants"], [*both, "2026-01-01T00:00:00.000Z"]])
    run = drive(approved(staff, approver, person))
    assert run.state == "completed", run.problem
    assert "Reporting Viewer (Home)" in run.steps.get(key="remove_roles").evidence["removed"]
    (removed,) = sandbox.calls(method="POST", path=f"/subjects/{person}/bulkremove$")
    read_back = sandbox.calls(method="GET", path=f"/subjects/{person}$", after=removed["seq"])[0]
    assert read_back["query"]["includeDuplicates"] == "true"
    assert not held(sandbox, person)["inherited_grants"]
    assert not held(sandbox, person)["member_of_queues"]


@pytest.mark.parametrize(
    "why",
    [
        "in a queue both directly and through a group",
        "in a queue through a team",
        "in a queue through a skill group",
        "not joined to some queues",
        "holds nothing",
        "holds everything",
        "name in Arabic",
        "very long name",
        "near-equal e-mail",
        "formula-like department",
        "supervisor",
    ],
)
def test_every_kind_of_person_comes_to_the_end(sandbox, staff, approver, why):
    person = sandbox.person(why)["id"]
    run = drive(approved(staff, approver, person))
    assert run.state == "completed", (run.problem, run.remedy)
    left = held(sandbox, person)
    assert (left["state"], left["queues"], left["grants"], left["skills"]) == ("deleted", [], [], {})


def test_small_slices_reach_the_same_end(sandbox, staff, approver, agent):
    run = drive(approved(staff, approver, agent), slice_seconds=0, most=80)
    assert run.state == "completed", run.problem
    assert max(run.steps.values_list("attempt", flat=True)) < 40
