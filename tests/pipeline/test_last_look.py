"""Between the last look and the deletion: whatever happens there stops it, and nothing is claimed that was undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from offboarding.actions import run_steps
from offboarding.actions.holds import place_hold
from offboarding.actions.requests import close_request
from offboarding.actions.run_control import ask_stop, retry_run
from offboarding.archives.manifest import Manifest
from offboarding.archives.storage import absolute
from offboarding.archives.verify import verify
from offboarding.genesys import connect
from offboarding.models import Archive, AuditRecord, Run
from offboarding.pipeline import runner
from offboarding.pipeline.leftovers import Left, after_deletion
from offboarding.pipeline.slice import MOST_WAITS
from offboarding.views.verdicts import verdicts
from tests.flows import approved, client, deletes, drive, states

pytestmark = pytest.mark.django_db
DELETE = r"^/api/v2/scim/v2/users/"


def at_the_last_look(run: Run, act: Callable[[], None]) -> Run:
    """Drive one slice; `act` happens once, when the look before the deletion has begun (it reads SCIM first)."""
    heard: list[str] = []

    def hear(method: str, path: str, status: int | None, seconds: float) -> None:
        if path.startswith("/api/v2/scim/v2/users/") and heard and heard[-1] != "acted":
            heard.append("acted")
            act()
        elif path.endswith("details/query"):
            heard.append("archived")

    runner.drive(run.pk, lambda _: connect.client_for_worker(on_call=hear))
    assert heard[-1] == "acted"
    run.refresh_from_db()
    return run


def once_archived(act: Callable[[], None]) -> Callable[[Run], None]:
    """For `between`: `act` once, when the archive is done and the deletion has not begun."""
    done: list[bool] = []

    def between(run: Run) -> None:
        if states(run)["archive_history"] == "observed" and states(run)["delete_person"] == "pending" and not done:
            done.append(True)
            act()

    return between


def slowly(run: Run, act: Callable[[], None]) -> Run:
    return drive(run, slice_seconds=0, between=once_archived(act), most=250)


# ---------------------------------------------------------------- asked again right before the call


def test_a_hold_placed_during_the_last_look_stops_the_deletion(sandbox, staff, approver, admin, agent):
    run = approved(staff, approver, agent)
    hold = {"org_id": run.request.org_id, "person_id": agent, "person_name": "x", "reason": "Case 12"}
    at_the_last_look(run, lambda: place_hold(admin, kind="protected", **hold))
    assert (run.state, deletes(sandbox)) == ("failed", [])
    assert "Case 12" in run.problem


def test_an_approver_switched_off_during_the_last_look_stops_the_deletion(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    at_the_last_look(run, approver.groups.clear)
    assert (run.state, run.error_code, deletes(sandbox)) == ("failed", "approver", [])


def test_a_worker_whose_lease_ended_deletes_nobody_after_the_request_was_closed(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)

    def somebody_gives_up() -> None:
        Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=30))
        ask_stop(approver, request_id=run.request_id)
        close_request(approver, request_id=run.request_id, reason="Wrong person, keep the account")

    at_the_last_look(run, somebody_gives_up)
    run.request.refresh_from_db()
    assert (run.request.state, deletes(sandbox)) == ("closed", [])
    assert sandbox.state(agent)["state"] == "inactive"


def test_a_stop_asked_during_the_last_look_is_heard(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    at_the_last_look(run, lambda: ask_stop(approver, request_id=run.request_id))
    assert (run.state, deletes(sandbox)) == ("stopped", [])


def test_somebody_deleted_while_a_new_queue_becomes_a_plan_needs_no_decision(sandbox, staff, approver):
    agent = sandbox.person("plain agent")["id"]
    run = approved(staff, approver, agent)
    new = next(q for q in sandbox.org.catalogue.queues if q not in sandbox.state(agent)["member_of_queues"])
    meanwhile = [lambda: sandbox.change(agent, state="deleted"), lambda: sandbox.change(agent, queues=[new])]

    def hear(method: str, path: str, status: int | None, seconds: float) -> None:
        """Each look reads SCIM first: the last one sees a new queue, the one for a plan that nobody is there."""
        if path.startswith("/api/v2/scim/v2/users/") and run.steps.get(key="delete_person").attempt and meanwhile:
            meanwhile.pop()()

    while runner.drive(run.pk, lambda _: connect.client_for_worker(on_call=hear)) == "running":
        pass
    run.refresh_from_db()
    assert (run.state, meanwhile) == ("parked", [])
    assert run.steps.get(key="delete_person").problem == "The person was deleted meanwhile."
    assert drive(run).state == "completed"
    assert (run.request.plans.count(), deletes(sandbox)) == (1, [])


# ---------------------------------------------------------------- who it is


def test_a_renamed_account_is_not_emptied(sandbox, staff, approver):
    person = sandbox.person("plain agent")["id"]
    run = approved(staff, approver, person)
    queues = sandbox.state(person)["queues"]

    def rename(run: Run) -> None:
        if states(run)["revoke_sessions"] == "observed":
            sandbox.change(person, email="new.hire@sandbox.example", name="New Hire")

    drive(run, slice_seconds=0, between=rename, most=100)
    assert (run.state, run.error_code) == ("failed", "another_person")
    assert sandbox.state(person)["queues"] == queues


def test_a_renamed_account_never_becomes_a_difference_to_approve(sandbox, staff, approver):
    person = sandbox.person("plain agent")["id"]
    run = approved(staff, approver, person)
    new = next(q for q in sandbox.org.catalogue.queues if q not in sandbox.state(person)["member_of_queues"])

    def reuse(run: Run) -> None:
        if states(run)["revoke_sessions"] == "observed":
            queues = [*sandbox.state(person)["queues"], new]
            sandbox.change(person, email="new.hire@sandbox.example", name="New Hire", queues=queues)

    drive(run, slice_seconds=0, between=reuse, most=100)
    assert (run.state, run.request.plans.count()) == ("failed", 1)


# ---------------------------------------------------------------- the archive


def test_a_harmed_archive_is_written_again(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)

    def harm() -> None:
        path = absolute(Archive.objects.get(request=run.request).path)
        path.write_bytes(path.read_bytes()[:-1] + b"\1")

    slowly(run, harm)
    archive = Archive.objects.get(request=run.request)
    verify(absolute(archive.path), Manifest.from_dict(archive.manifest))
    assert run.state == "completed", run.problem
    assert AuditRecord.objects.filter(action="archive.written").count() == 2


def test_an_archive_that_is_harmed_each_time_is_claimed_by_nobody(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)

    def harm(run: Run) -> None:
        archive = Archive.objects.filter(request=run.request, verified_at__isnull=False).first()
        if archive is not None and states(run)["delete_person"] == "pending":
            absolute(archive.path).unlink(missing_ok=True)

    drive(run, slice_seconds=0, between=harm, most=250)
    assert (run.state, run.error_code, deletes(sandbox)) == ("failed", "archive_lost", [])
    assert run.document["compliance"]["historyArchived"] is False
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"


def test_a_lost_archive_of_somebody_deleted_by_others_is_written_again(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)

    def lose() -> None:
        absolute(Archive.objects.get(request=run.request).path).unlink()
        sandbox.change(agent, state="deleted")

    slowly(run, lose)
    assert run.state == "completed", run.problem
    assert absolute(Archive.objects.get(request=run.request).path).exists()


def test_what_was_said_after_the_archive_is_archived_too(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)

    def work_again() -> None:
        count = sandbox.state(agent)["conversations"]
        sandbox.change(agent, state="active")
        sandbox.login(agent)
        sandbox.change(agent, conversations=count + 50, state="inactive")

    slowly(run, work_again)
    assert run.state == "completed", run.problem
    assert Archive.objects.get(request=run.request).count == sandbox.state(agent)["conversations"]


# ---------------------------------------------------------------- nothing is claimed that was undone


def test_an_account_that_is_active_again_is_never_called_cut_off(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)

    def let_in() -> None:
        sandbox.change(agent, state="active")
        sandbox.login(agent)
        sandbox.remove_permissions("admin", "directory:user:edit", "directory:organization:admin")

    slowly(run, let_in)
    assert (run.state, sandbox.state(agent)["state"]) == ("failed", "active")
    assert run.document["compliance"]["sessionsRevoked"] is False
    cut = verdicts(run.request, run, None)[0]
    assert (cut.title, cut.answer) == ("Access cut", "not_yet")


def test_a_queue_that_comes_back_each_time_is_never_called_resolved(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    queue = sandbox.state(agent)["queues"][0]

    def give_back(run: Run) -> None:
        if states(run)["archive_history"] == "observed":
            sandbox.change(agent, queues=[queue])

    drive(run, slice_seconds=0, between=give_back, most=300)
    assert (run.state, run.error_code, deletes(sandbox)) == ("failed", "held_again", [])
    assert run.document["compliance"]["foreignKeysResolved"] is False
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"


def test_returns_are_counted_and_not_attempts(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "status": 403, "code": "missing.permissions", "times": 3})
    for _ in range(3):
        assert drive(run).state == "failed"
        retry_run(approver, request_id=run.request_id)
    sandbox.change(agent, state="active")
    sandbox.login(agent)
    assert drive(run).state == "completed", run.problem
    assert len(sandbox.calls(method="DELETE", path=r"^/api/v2/tokens/")) == 2


def test_what_was_left_over_survives_a_crash_after_the_deletion(sandbox, staff, approver, monkeypatch):
    person = sandbox.person("in a dynamic group")["id"]
    run = approved(staff, approver, person)
    real = run_steps.end_step

    def die(**given: Any) -> None:
        if given["key"] == "delete_person":
            raise KeyboardInterrupt
        real(**given)

    with monkeypatch.context() as patch:
        patch.setattr(run_steps, "end_step", die)
        with pytest.raises(KeyboardInterrupt):
            drive(run)
    assert deletes(sandbox) == [204]
    Run.objects.filter(pk=run.pk).update(lease_until=None)
    assert drive(run).state == "completed"
    assert run.steps.get(key="delete_person").evidence["references_left"]
    assert run.document["compliance"]["foreignKeysResolved"] is False


def test_sessions_that_are_counted_but_not_listed_are_sessions(sandbox, staff, approver, agent, no_waiting):
    """They are waited for, however long, and nobody is deleted until they have ended."""
    run = approved(staff, approver, agent)
    counted = {"path": "/agents/.*/status", "times": None, "status": 200}
    appear = once_archived(lambda: sandbox.faults({**counted, "body": {"userId": agent, "sessionCount": 2}}))
    waits: list[str] = []

    def between(run: Run) -> None:
        appear(run)
        told = run.steps.get(key="settle_conversations").problem
        waits.extend([told] if told else [])
        if told and len(waits) > 2 * MOST_WAITS:
            assert deletes(sandbox) == []
            sandbox.clear_faults()

    assert drive(run, slice_seconds=0, between=between, most=250).state == "completed"
    assert len(waits) > 2 * MOST_WAITS
    assert "2 live conversations" in waits[0]


# ---------------------------------------------------------------- what cannot or can now be removed


def test_a_dynamic_group_is_left_to_the_deletion_and_said_so(sandbox, staff, approver):
    run = approved(staff, approver, sandbox.person("in a dynamic group")["id"])
    group = next(a for a in run.plan.document["actions"] if a["kind"] == "group" and a["name"] == "All Staff")
    assert (group["ended_by"], group["call"]) == ("deletion", "")
    assert drive(run).state == "completed", run.problem
    assert "All Staff" in run.steps.get(key="delete_person").evidence["references_left"]
    assert not sandbox.calls(method="DELETE", path=f"/groups/{group['id']}/members")


def test_what_ended_with_the_deletion_is_looked_for_and_the_rest_handed_over(sandbox, staff, approver):
    """Roles and queues can still be asked for; who is in a dynamic group cannot, once the person is gone."""
    person = sandbox.person("in a dynamic group")["id"]
    run = drive(approved(staff, approver, person))
    step = run.steps.get(key="delete_person")
    assert step.evidence["references_left"] == ["All Staff"]
    assert "Not seen to have ended: All Staff." in step.sentence
    assert "Not seen to have ended with the deletion: All Staff" in run.document["handOver"]
    through = [a["name"] for a in run.plan.document["actions"] if a["ended_by"] == "deletion" and a["kind"] != "group"]
    assert set(step.evidence["ended_with_it"]) == set(through)


def test_a_queue_and_a_role_are_told_apart_from_what_nobody_can_tell(sandbox, agent):
    state = sandbox.state(agent)
    queue, (role, division, _) = state["queues"][0], state["grants"][0]
    left = (Left("queue", queue, "Q"), Left("role", f"{role}:{division}", "R"), Left("group", "g", "G"))
    assert after_deletion(client(), agent, left) == ([], ["Q", "R", "G"])
    assert after_deletion(client(), sandbox.person("holds nothing")["id"], left) == (["Q", "R"], ["G"])
    sandbox.clear_calls()
    assert after_deletion(client(), agent, ()) == ([], [])
    assert sandbox.calls() == []


def test_a_role_through_a_group_that_is_granted_directly_meanwhile_is_taken_away(sandbox, staff, approver):
    person = sandbox.person("inherits roles through a group")["id"]
    run = approved(staff, approver, person)
    role, _, division = next(
        a["id"] for a in run.plan.document["actions"] if a["kind"] == "role" and a["ended_by"] == "group"
    ).partition(":")
    granted = [role, division, "2026-01-01T00:00:00.000Z"]
    sandbox.change(person, grants=[*sandbox.state(person)["grants"], granted])
    assert drive(run).state == "completed", run.problem
    assert sandbox.state(person)["grants"] == []


def test_a_removal_that_never_takes_effect_ends_with_a_human(sandbox, staff, approver, no_waiting):
    run = approved(staff, approver, sandbox.person("plain agent")["id"])
    sandbox.faults({"method": "DELETE", "path": "/routing/queues/.*/members/", "status": 204, "times": None})
    drive(run)
    step = run.steps.get(key="leave_queues")
    assert (run.state, step.failures) == ("failed", MOST_WAITS)
    assert AuditRecord.objects.filter(action="run.parked").count() == 1


@pytest.mark.parametrize("path", ["/authorization/subjects/", "/agents/.*/status", "/queues$", DELETE])
def test_a_call_of_a_look_that_must_wait_parks_the_run(sandbox, staff, approver, agent, path):
    run = approved(staff, approver, agent)
    fault = {"method": "GET", "path": path, "headers": {"Retry-After": "42"}}
    sandbox.faults({**fault, "status": 429, "after": 1 if "status" in path else 0})
    runner.drive(run.pk, lambda _: connect.client_for_worker())
    run.refresh_from_db()
    assert (run.state, run.document) == ("parked", None)


def test_a_changed_plan_about_somebody_else_is_never_stored(sandbox, staff, approver, agent):
    from offboarding.actions.lease import claim_run
    from offboarding.actions.runs import change_plan
    from offboarding.steps import PIPELINE

    run = approved(staff, approver, agent)
    held = claim_run(run_id=run.pk, owner="one", steps=tuple(PIPELINE))
    assert held is not None
    document = {**run.plan.document, "person": {**run.plan.document["person"], "email": "new.hire@sandbox.example"}}
    with pytest.raises(ValueError, match="same person"):
        change_plan(
            run_id=run.pk,
            fence=held.fence,
            document=document,
            holdings={},
            scim_id=run.plan.scim_id,
            read_at=timezone.now(),
            added=["VIP"],
        )
    assert run.request.plans.count() == 1
