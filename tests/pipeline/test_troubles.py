"""What goes wrong on the way: each trouble has its words, changes nothing it should not, and retry goes on."""

from __future__ import annotations

import errno
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests
from django.urls import reverse
from django.utils import timezone

from offboarding.actions.holds import place_hold
from offboarding.actions.run_control import ask_stop, retry_run
from offboarding.archives import recount
from offboarding.audit.chain import check_chain
from offboarding.genesys import connect
from offboarding.genesys.errors import RetryLater
from offboarding.models import Archive, AuditRecord, Decision, Plan, Run
from offboarding.pipeline import runner
from offboarding.pipeline.registry import steps
from offboarding.pipeline.slice import MOST_WAITS
from offboarding.plan import digest_of
from offboarding.steps import ARTICLE_ORDER, PIPELINE
from offboarding.templatetags.look import exact
from tests import call_bounds
from tests.flows import approved, drive, once, states
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db
DELETE = r"^/api/v2/scim/v2/users/"
STALE = {
    "status": 400,
    "body": {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "400",
        "scimType": "invalidVers",
        "detail": "Version does not match current version.",
    },
}


def deletes(sandbox: Any) -> list[int]:
    return [call["status"] for call in sandbox.calls(method="DELETE", path=DELETE)]


# ---------------------------------------------------------------- errors in the words of the article


def test_a_missing_permission_stops_with_its_name_and_retry_goes_on(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.remove_permissions("routing:queueMember:manage", "routing:queue:edit")
    drive(run)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "routing:queueMember:manage" in run.remedy
    assert states(run)["revoke_sessions"] == "observed"
    assert states(run)["archive_history"] == "pending"
    assert sandbox.state(agent)["state"] == "inactive"
    assert run.document["status"] == "FAILED"
    before = len(sandbox.calls(method="PUT", path=f"/users/{agent}/state$"))
    sandbox.restore_permissions("routing:queueMember:manage", "routing:queue:edit")
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"
    assert len(sandbox.calls(method="PUT", path=f"/users/{agent}/state$")) == before


def test_a_long_rate_limit_parks_the_run_until_its_time(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": "/members/", "status": 429, "headers": {"Retry-After": "42"}})
    once(run)
    assert run.state == "parked"
    wait = (run.not_before - timezone.now()).total_seconds()
    assert 30 < wait <= 43
    assert "429" in run.steps.get(key="leave_queues").problem
    assert runner.drive(run.pk, lambda count: connect.client_for_worker(on_call=count)) is None
    connect.forget()
    assert drive(run).state == "completed"


def test_a_daily_quota_parks_the_run_with_that_reason_and_its_time(sandbox, staff, approver, agent, client):
    run = approved(staff, approver, agent)
    sandbox.faults(
        {"method": "PUT", "path": f"/users/{agent}/state$", "status": 429, "headers": {"Retry-After": "7200"}}
    )
    assert once(run).state == "parked"
    step = run.steps.get(key="suspend_sign_in")
    assert (step.state, step.error_code) == ("waiting", "daily_quota")
    assert 7100 < (run.not_before - timezone.now()).total_seconds() <= 7200
    assert AuditRecord.objects.get(action="run.parked").data["code"] == "daily_quota"
    client.force_login(approver)
    shown = client.get(reverse("request", args=[run.request_id])).content.decode()
    assert "A daily quota of Genesys Cloud is used up" in shown
    assert "ask Genesys Cloud Customer Care to raise the quota" in shown
    assert f"Next try at {exact(step.next_try_at)}" in shown


def test_work_that_used_up_its_part_of_the_rate_limit_does_not_delay_cutting_access(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.options(rate_limit=100)
    other = connect.client_for_worker()
    with pytest.raises(RetryLater):
        for _ in range(100):
            other.get_user(agent)
    assert once(run).state == "parked"
    assert sandbox.state(agent)["state"] == "inactive"
    assert states(run)["revoke_sessions"] == "observed"
    assert run.steps.get(key="leave_queues").problem.startswith("The rate limit is used up for now")
    assert 429 not in {call["status"] for call in sandbox.calls()}


def test_a_short_rate_limit_is_waited_out_in_place(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": "/members/", "status": 429, "headers": {"Retry-After": "1"}})
    assert once(run).state == "completed", list(run.steps.values_list("key", "state", "problem"))


def test_a_step_that_moves_on_between_two_waits_is_not_given_up(run_of_waits):
    assert run_of_waits.state == "completed"


@pytest.fixture
def run_of_waits(sandbox, staff, approver):
    """Every queue answers 429 once before it lets go: more waits in one step than may stand in a row."""
    person = sandbox.person("holds everything")["id"]
    run = approved(staff, approver, person)
    queues = [a["id"] for a in run.plan.document["actions"] if a["kind"] == "queue" and a["call"]]
    for queue in queues:
        sandbox.faults(
            *[
                {
                    "method": "DELETE",
                    "path": f"/queues/{queue}/members/",
                    "status": 429,
                    "headers": {"Retry-After": "30"},
                }
            ]
            * 3
        )
    assert len(queues) * 3 > MOST_WAITS
    return drive(run, most=80, between=lambda _: connect.forget())


def test_an_unreachable_org_parks_and_then_asks_a_human(sandbox, staff, approver, agent, settings):
    run = approved(staff, approver, agent)
    settings.GENESYS_DOMAIN = "http://127.0.0.1:9"
    drive(run)
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.steps.get(key="check_compliance").failures == MOST_WAITS
    assert sandbox.state(agent)["state"] == "active"


def test_a_wrong_secret_stops_at_once_with_the_remedy(sandbox, staff, approver, agent, settings):
    run = approved(staff, approver, agent)
    settings.GENESYS_CLIENT_SECRET = "wrong"
    once(run)
    assert run.state == "failed"
    assert "GENESYS_CLIENT_SECRET" in run.remedy


def test_a_body_that_is_not_json_stops_with_words(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"path": f"/users/{agent}/state", "garbage": True, "times": 50})
    once(run)
    assert run.state == "failed"
    assert run.problem
    assert run.remedy
    assert sandbox.state(agent)["state"] == "active"


def test_an_expired_token_is_renewed_in_the_middle(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.expire_tokens()
    assert once(run).state == "completed", list(run.steps.values_list("key", "state", "problem"))


@pytest.mark.parametrize("status", [409, 400])
def test_a_version_conflict_is_read_again(sandbox, staff, approver, agent, status):
    """Of the state, and of the addresses that hold the direct number; 400 with this code means the same."""
    run = approved(staff, approver, agent)
    conflict = {"status": status, "code": "general.conflict", "times": 2}
    state, addresses = {"path": f"/users/{agent}/state$"}, {"path": f"/users/{agent}$"}
    sandbox.faults({"method": "PUT", **state, **conflict}, {"method": "PATCH", **addresses, **conflict})
    assert drive(run).state == "completed", run.problem
    for method, what in (("PUT", state), ("PATCH", addresses)):
        tries = sandbox.calls(method=method, **what)
        assert [call["status"] for call in tries] == [status, status, 200]
        reads = [call["seq"] for call in sandbox.calls(method="GET", **what)]
        for before, after in pairwise(tries):
            assert any(before["seq"] < read < after["seq"] for read in reads), "not read again"
    assert run.steps.get(key="release_phones").attempt == 1


# ---------------------------------------------------------------- the archive


def test_a_missing_page_is_never_taken_for_the_end(sandbox, staff, approver, agent, monkeypatch):
    run = approved(staff, approver, agent)
    sandbox.faults({"path": "/conversations/details/query", "drop_page": 1, "times": None})
    once(run)
    assert run.state == "parked"
    assert 280 < (run.not_before - timezone.now()).total_seconds() <= 300
    monkeypatch.setattr(recount, "APART", timedelta(0))
    drive(run)
    assert run.state == "failed"
    assert states(run)["archive_history"] == "failed"
    assert not Archive.objects.exists()
    assert deletes(sandbox) == []
    assert run.document["compliance"]["historyArchived"] is False
    sandbox.clear_faults()
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"


def test_a_conversation_that_analytics_learns_of_late_is_archived(sandbox, staff, approver, settings):
    """The newest are counted again before anything is deleted; access is cut long before."""
    settings.HISTORY_SETTLES_IN = timedelta(minutes=5)
    person = sandbox.person("in a live conversation")["id"]
    late = sandbox.state(person)["live"]
    sandbox.change(person, live=[])
    run = once(approved(staff, approver, person))
    assert (run.state, states(run)["archive_history"]) == ("parked", "waiting")
    assert 280 < (run.not_before - timezone.now()).total_seconds() <= 300
    assert sandbox.state(person)["state"] == "inactive" and run.locked_out_at
    sandbox.change(person, live=late)
    sandbox.post("hang-up", {"person": person})
    settings.HISTORY_SETTLES_IN = timedelta(0)
    assert drive(run).state == "completed"
    assert Archive.objects.get().count == sandbox.state(person)["conversations"] + 1


def test_a_full_disk_stops_before_the_deletion_and_says_so(sandbox, staff, approver, agent, monkeypatch):
    run = approved(staff, approver, agent)
    import os

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        drive(run)
    assert run.state == "failed"
    assert run.error_code == "NoRoom"
    assert deletes(sandbox) == []
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"


# ---------------------------------------------------------------- the deletion


def test_404_on_delete_is_done_only_when_the_deletion_is_read_back(sandbox, staff, approver, agent, client):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "status": 404, "times": None})
    once(run)
    assert (run.state, run.steps.get(key="delete_person").outcome) == ("parked", "not_confirmed")
    client.force_login(approver)
    assert "Delete through SCIM Not confirmed" in words_of(client.get(reverse("request", args=[run.request_id])))
    Run.objects.update(not_before=None)
    drive(run)
    assert run.document["steps"][-2]["outcome"] == "not_confirmed"
    assert run.state == "failed"
    assert "not confirmed" in run.problem
    assert run.deleted_at is None
    assert sandbox.state(agent)["state"] == "inactive"


def test_a_deletion_whose_answer_was_lost_is_read_back_not_repeated(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "close": True, "perform": True})
    assert drive(run).state == "completed"
    assert len(deletes(sandbox)) == 1


def test_somebody_else_deleting_first_is_seen_and_said(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "status": 404, "perform": True})
    assert drive(run).state == "completed"


def test_a_moved_etag_leads_back_to_a_fresh_read(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "times": 2, **STALE})
    assert drive(run).state == "completed"
    assert len(deletes(sandbox)) == 3


def test_the_deletion_carries_the_etag_of_the_last_look(sandbox, staff, approver, agent, monkeypatch):
    """A queue that somebody gives back after that look is left before the deletion: the ETag was stale by then."""
    run = approved(staff, approver, agent)
    queue = next(a["id"] for a in run.plan.document["actions"] if a["kind"] == "queue" and a["ended_by"] == "step")
    send, given_back = requests.Session.send, []

    def give_back_once(session: requests.Session, call: requests.PreparedRequest, **options: Any) -> requests.Response:
        if call.method == "DELETE" and "/scim/" in str(call.url) and not given_back:
            given_back.append(queue)
            sandbox.change(agent, queues=[queue])
        return send(session, call, **options)

    monkeypatch.setattr(requests.Session, "send", give_back_once)
    drive(run)
    run.refresh_from_db()
    assert run.state == "completed", run.problem
    ends = sandbox.calls(method="DELETE", path=f"scim|{queue}/members")
    assert [(c["path"].split("/")[3], c["status"]) for c in ends][-3:] == [
        ("scim", 400),
        ("routing", 204),
        ("scim", 204),
    ]


def test_an_account_that_is_changed_each_time_is_left_to_a_human(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "times": None, **STALE})
    drive(run)
    assert (run.state, run.error_code) == ("failed", "stale")
    assert len(deletes(sandbox)) == 3
    assert sandbox.state(agent)["state"] == "inactive"


def test_the_foreign_key_conflict_of_the_article_has_its_remedy(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults(
        {
            "method": "DELETE",
            "path": DELETE,
            "status": 409,
            "times": None,
            "code": "referential.integrity",
            "message": "The user still has active queue assignments or role memberships.",
        }
    )
    drive(run)
    assert run.state == "failed"
    assert deletes(sandbox)
    assert "queue" in (run.problem + run.remedy).lower()


def test_the_409_rule_is_satisfied_by_a_whole_run(sandbox, staff, approver, agent):
    sandbox.options(referential_rule=True)
    assert drive(approved(staff, approver, agent)).state == "completed"


def test_a_protection_placed_after_the_approval_stops_before_anything(sandbox, staff, approver, admin, agent):
    run = approved(staff, approver, agent)
    place_hold(
        admin,
        org_id=run.request.org_id,
        person_id=agent,
        person_name="x",
        kind="protected",
        reason="Case 12",
    )
    once(run)
    assert run.state == "failed"
    assert "Case 12" in run.problem
    assert sandbox.state(agent)["state"] == "active"


def test_an_approver_who_lost_the_role_stops_the_run(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    approver.groups.clear()
    once(run)
    assert run.state == "failed"
    assert "may not approve" in run.problem


def test_an_account_that_became_somebody_else_is_not_touched(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.change(agent, email="new.hire@sandbox.example")
    once(run)
    assert run.state == "failed"
    assert "new.hire@sandbox.example" in run.problem
    assert sandbox.state(agent)["state"] == "active"


# ---------------------------------------------------------------- stopping, read only


def test_a_sign_in_after_the_sign_out_is_signed_out_again_before_the_deletion(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    heard: list[str] = []

    def sign_in_once(method: str, path: str, status: int | None, seconds: float) -> None:
        if "details/query" in path and not heard:
            sandbox.change(agent, state="active")
            sandbox.login(agent)
            sandbox.change(agent, state="inactive")
            heard.append(path)

    runner.drive(run.pk, lambda _: connect.client_for_worker(on_call=sign_in_once))
    run.refresh_from_db()
    assert run.state == "completed", run.problem
    assert len(sandbox.calls(method="DELETE", path=r"^/api/v2/tokens/")) == 2
    assert AuditRecord.objects.filter(action="step.reopened").exists()


@pytest.mark.parametrize("state", ["active", "inactive"])
def test_a_listing_that_hides_inactive_people_hides_nobody_from_the_run(sandbox, staff, approver, state):
    """Not documented either way: SCIM may list by userName only whom it lists without a filter."""
    sandbox.options(scim_hides_inactive=True)
    agent = next(p["id"] for p in sandbox.people() if p["id"] == p["scim_id"] and p["state"] == "active")
    sandbox.change(agent, state=state)
    assert drive(approved(staff, approver, agent)).state == "completed"


def test_a_stop_is_heard_between_two_steps(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)

    def stop(run: Run) -> None:
        if run.state == "running" and states(run)["revoke_sessions"] == "observed" and not run.stop_asked:
            Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() + timedelta(seconds=60))
            ask_stop(approver, request_id=run.request_id)
            Run.objects.filter(pk=run.pk).update(lease_until=None)

    drive(run, slice_seconds=0, between=stop, most=80)
    assert run.state == "stopped"
    assert deletes(sandbox) == []
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"


def test_read_only_plans_and_decides_and_then_lets_nothing_out(sandbox, staff, approver, agent, settings):
    settings.GENESYS_READ_ONLY = True
    before = sandbox.state(agent)
    run = approved(staff, approver, agent)
    assert run.plan.document["actions"]
    assert Decision.objects.get(request=run.request).decided_by == approver
    drive(run)
    assert (run.state, run.error_code) == ("failed", "read.only")
    assert "GENESYS_READ_ONLY" in run.remedy
    assert sandbox.state(agent) == before
    made = {f"{call['method']} {call['path']}" for call in sandbox.calls()}
    assert [call for call in made if call_bounds.is_write(call)] == []


def test_an_unexpected_error_is_kept_without_its_text(sandbox, staff, approver, agent, caplog):
    run = approved(staff, approver, agent)
    document = run.plan.document
    document["archive"]["from"] = "secret text that is no time"
    Plan.objects.update(document=document, digest=digest_of(document))
    Decision.objects.update(digest=digest_of(document))
    drive(run)
    assert run.state == "failed"
    assert run.error_code == "unexpected"
    assert "secret text" not in run.problem + run.remedy + str(run.document)
    assert check_chain().ok


def test_every_step_has_its_module_and_its_words():
    assert list(steps()) == list(PIPELINE)
    assert all(step.title for step in steps().values())
    assert sorted(ARTICLE_ORDER) == sorted(PIPELINE)
