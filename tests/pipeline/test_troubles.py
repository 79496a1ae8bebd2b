"""What goes wrong on the way: each trouble has its words, changes nothing it should not, and retry goes on."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from offboarding.actions import lease, run_steps
from offboarding.actions.run_control import ask_stop, retry_run
from offboarding.audit.chain import check_chain
from offboarding.genesys import connect
from offboarding.genesys.errors import RetryLater
from offboarding.models import AuditRecord, Decision, Plan, Run
from offboarding.pipeline import runner
from offboarding.pipeline.registry import steps
from offboarding.pipeline.slice import MOST_WAITS
from offboarding.plan import digest_of
from offboarding.steps import ARTICLE_ORDER, PIPELINE
from offboarding.templatetags.look import exact
from tests import call_bounds
from tests.flows import approved, deletes, drive, once, states

pytestmark = pytest.mark.django_db


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
    assert run.steps.get(key="leave_queues").problem.startswith("This console has used up its part of the rate limit")
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


def test_a_database_that_is_locked_for_a_moment_is_waited_for(sandbox, staff, approver, agent, monkeypatch):
    run, note, locked = approved(staff, approver, agent), run_steps.note_asked, []

    def locked_once(**told):
        if not locked:
            locked.append(told["key"])
            raise OperationalError("database is locked")
        note(**told)

    monkeypatch.setattr(run_steps, "note_asked", locked_once)
    assert once(run).state == "parked"
    step = run.steps.get(key=locked[0])
    assert (step.error_code, step.problem) == (
        "database",
        "The database did not take what this step wrote (OperationalError).",
    )
    assert drive(run).state == "completed"


def test_a_database_that_does_not_even_take_the_wait_leaves_the_run_to_the_end_of_its_lease(
    sandbox, staff, approver, agent, monkeypatch, caplog
):
    run, begin, locked = approved(staff, approver, agent), run_steps.begin_step, []

    def locked_once(**told):
        if told["key"] == "leave_queues" and not locked:
            locked.append(told["key"])
            raise OperationalError("deadlock detected")
        return begin(**told)

    monkeypatch.setattr(run_steps, "begin_step", locked_once)
    assert once(run).state == "running"
    assert "goes on when its lease has ended" in caplog.text and "deadlock" not in caplog.text
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert lease.due_runs() == [run.pk]
    assert drive(run).state == "completed"


def test_every_step_has_its_module_and_its_words():
    assert list(steps()) == list(PIPELINE)
    assert all(step.title for step in steps().values())
    assert sorted(ARTICLE_ORDER) == sorted(PIPELINE)
