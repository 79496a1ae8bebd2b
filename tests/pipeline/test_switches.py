"""Where the documentation leaves room, each way is tried: a whole run ends the same, whichever one is the real one."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from offboarding.genesys import connect
from offboarding.pipeline.steps.archive_history import JOBS_ABOVE
from offboarding.sandbox.options import Options
from tests.flows import drive, states
from tests.pipeline.test_everything import approved_with

pytestmark = pytest.mark.django_db
SWITCHES: dict[str, Any] = {
    "unjoined_lists": "all",
    "empty_clears": "refused",
    "tokens_end_calls": True,
    "referential_rule": True,
    "grants_lag": 1.0,
    "state_lag": 0.6,
    "queues_lag": 0.6,
    "skills_lag": 0.6,
    "deletion_lag": 0.2,  # no wait of the run is slept through here: a longer one would outlast its dozen tries
    "scim_deletion_lag": 0.2,
    "group_delay": 1.5,
    "group_loses": True,
    "station_delay": 1.5,
    "workforce_delay": 1.5,
    "totals_off": -3,
    "job_delay": 1.5,
    "job_fails": True,
    "job_life": 0.0,
    "jobs_lag_hours": 48.0,
    "job_interval_days": 7,
    "users_limit": 60,
    "listing_page": 100,
}
THIRD_WAYS = [("empty_clears", "ignored")]
# Reached by somebody or something special: tests/pipeline/test_switches_reached.py.
REACHED = {
    "bulk_does_part",
    "default_status",
    "conflict_status",
    "deletion_empties",
    "deletion_frees_phones",
    "deleted_are_shown",
    "scim_hides_inactive",
    "tokens_drop_station",
    "search_lag",
    "scim_limit",
    "interval_days",
    "page_size",
    "rows_ceiling",
    "jobs_at_once",
}
# What is no behaviour of the API: speed, and how long things last. And `unknown_member`: a run leaves each queue by a
# call of its own, never by the bulk removal that this is about; the sandbox has it for clients that do.
NO_SWITCH = {"token_life", "rate_limit", "rate_window", "latency_ms", "article_queue_delete", "unknown_member"}
# Whose histories are long enough for asynchronous jobs to be asked.
OF_JOBS = {"job_delay", "job_fails", "job_life", "jobs_lag_hours", "job_interval_days"}


def test_every_option_is_tried():
    assert {option.name for option in fields(Options)} - NO_SWITCH == {*SWITCHES, *REACHED}


@pytest.mark.parametrize(("name", "value"), [*SWITCHES.items(), *THIRD_WAYS])
def test_a_whole_run_ends_the_same_with_one_switch_the_other_way(sandbox, staff, approver, name, value):
    sandbox.options(**{name: value})
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
