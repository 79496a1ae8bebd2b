"""Where the documentation leaves room, each way is tried: a whole run ends the same, whichever one is the real one."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from offboarding.actions.decisions import approve_request
from offboarding.genesys import connect
from offboarding.pipeline.steps.archive_history import JOBS_ABOVE
from offboarding.sandbox.options import Options
from tests.flows import drive, request_for, states
from tests.pipeline.test_everything import approved_with

pytestmark = pytest.mark.django_db
SWITCHES: dict[str, Any] = {
    "unjoined_lists": "all",
    "empty_clears": False,
    "default_status": 200,
    "deletion_empties": True,
    "deleted_are_shown": True,
    "tokens_end_calls": True,
    "scim_hides_inactive": True,
    "referential_rule": True,
    "conflict_status": 400,
    "unknown_member": "refuse",
    "grants_lag": 1.0,
    "search_lag": 5.0,
    "group_delay": 1.5,
    "station_delay": 1.5,
    "workforce_delay": 1.5,
    "interval_days": 7,
    "page_size": 25,
    "rows_ceiling": 1_000,
    "totals_off": -3,
    "job_delay": 1.5,
    "job_fails": True,
    "job_life": 0.0,
    "jobs_lag_hours": 48.0,
    "users_limit": 60,
    "scim_limit": 5,
    "listing_page": 100,
}
# What is no behaviour of the API: speed, and how long things last.
NO_SWITCH = {"token_life", "rate_limit", "rate_window", "latency_ms", "article_queue_delete"}
# Whose histories are long enough for asynchronous jobs to be asked.
OF_JOBS = {"job_delay", "job_fails", "job_life", "jobs_lag_hours"}


def test_every_option_is_tried():
    assert {option.name for option in fields(Options)} - NO_SWITCH == set(SWITCHES)


@pytest.mark.parametrize("name", [name for name in SWITCHES if name not in {"interval_days", "page_size"}])
def test_a_whole_run_ends_the_same_with_one_switch_the_other_way(sandbox, staff, approver, name):
    sandbox.options(**{name: SWITCHES[name]})
    person = sandbox.person("holds everything and talks")["id"]
    if name in OF_JOBS:
        sandbox.change(person, conversations=JOBS_ABOVE + 1)
    run = drive(approved_with(staff, approver, person, "transfer"), between=lambda _: connect.forget())
    assert run.state == "completed", (run.problem, run.remedy, states(run))
    left = sandbox.state(person)
    held = ("queues", "grants", "groups", "skills", "languages", "phones", "live", "utilization", "backup")
    assert (left["state"], [kind for kind in held if left[kind]]) == ("deleted", [])
    # The live one, handed back or ended, is history too.
    assert run.document["actions"]["archiveCount"] == left["conversations"] + 1
    assert bool(sandbox.calls(method="POST", path="/details/jobs$")) is (name in OF_JOBS)


@pytest.mark.parametrize("name", ["interval_days", "page_size"])
def test_a_lower_limit_than_the_known_one_stops_before_the_deletion(sandbox, staff, approver, name):
    """31 days and 100 rows are what everybody uses; should Genesys lower them, nothing is archived in part."""
    sandbox.options(**{name: SWITCHES[name]})
    person = sandbox.person("plain agent")["id"]
    request = request_for(staff, person)
    if request.state == "awaiting_decision":
        stored = request.plans.get()
        run = approve_request(approver, request_id=request.pk, digest=stored.digest, confirmation=request.person_email)
        drive(run)
        assert run.state == "failed"
    assert sandbox.state(person)["state"] != "deleted"
    assert not sandbox.calls(method="DELETE", path="/scim/")
