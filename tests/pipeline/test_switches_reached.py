"""Switches that an ordinary run never meets: each is led to, seen to have made the difference, and ends truthfully.

Every case runs with the switch both ways: what is seen with it must not be seen without.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.utils import timezone

from offboarding import people
from offboarding.actions.decisions import approve_request
from offboarding.genesys import connect
from offboarding.models import Run
from offboarding.pipeline import runner
from offboarding.pipeline.steps.archive_history import JOBS_ABOVE
from tests.flows import approved, client, drive, request_for

pytestmark = pytest.mark.django_db
Act = Callable[[Any, str], Any]
QUERY = "/api/v2/analytics/conversations/details/query"
REFUSED = f"Genesys Cloud refused: it answered 400 bad.request to POST {QUERY}."


class Case(NamedTuple):
    """`meanwhile` happens between approval and run, `midway` when the run has made the first call that it names."""

    switch: str
    value: Any
    seen: Act
    before: Act = lambda sandbox, person: None
    meanwhile: Act = lambda sandbox, person: None
    midway: tuple[str, Act] | None = None
    ending: str = "Deleted through SCIM (soft), and read back as deleted."


def _answered(method: str, path: str, status: int) -> Act:
    """Such a call was answered so, since the approval."""
    return lambda sandbox, person: status in [c["status"] for c in sandbox.calls(method=method, path=path)]


def _deleted_by_somebody_else(sandbox: Any, person: str) -> None:
    client().delete_scim_v2_user(person)
    sandbox.clear_calls()


def _no_bulk_removal(sandbox: Any, person: str) -> None:
    fault = {"method": "POST", "path": "/bulkremove$", "status": 400, "code": "bad.role.divisions"}
    sandbox.faults({**fault, "times": None})


def _role_vanishes(sandbox: Any, person: str) -> None:
    sandbox.post("roles/vanish", {"role": sandbox.state(person)["grants"][-1][0]})


CASES = [
    Case(
        "bulk_does_part",
        True,
        # The single removals that follow meet what is gone already, beside the one whose role vanished.
        seen=lambda sandbox, person: (
            [c["status"] for c in sandbox.calls(method="DELETE", path="/authorization/subjects/.*/roles/")].count(404)
            > 1
        ),
        midway=("DELETE /queues/.*/members/", _role_vanishes),
    ),
    Case(
        "default_status",
        200,
        seen=_answered("DELETE", "/authorization/subjects/.*/roles/", 200),
        meanwhile=_no_bulk_removal,
    ),
    Case(
        "conflict_status",
        400,
        seen=_answered("PUT", "/state$", 400),
        midway=("GET /state$", lambda sandbox, person: sandbox.change(person, title="Moved")),
    ),
    Case(
        "tokens_drop_station",
        True,
        # Nothing is left to leave by a call of its own.
        seen=lambda sandbox, person: not sandbox.calls(method="DELETE", path="/station/associatedstation$"),
    ),
    Case(
        "deletion_empties",
        True,
        seen=lambda sandbox, person: sandbox.state(person)["queues"] == [],
        meanwhile=_deleted_by_somebody_else,
        ending="The person was deleted already, read back as deleted.",
    ),
    Case(
        "deletion_frees_phones",
        True,
        # What is not listed as theirs any more may be somebody else's by now.
        seen=lambda sandbox, person: not sandbox.calls(method="DELETE", path="/edges/phones/"),
        meanwhile=_deleted_by_somebody_else,
        ending="The person was deleted already, read back as deleted.",
    ),
    Case(
        "deleted_are_shown",
        True,
        seen=_answered("GET", "/users/.*/queues$", 200),
        meanwhile=_deleted_by_somebody_else,
        ending="The person was deleted already, read back as deleted.",
    ),
    Case(
        "scim_hides_inactive",
        True,
        # Not in the list by userName, so that the planner asked by id as well.
        seen=lambda sandbox, person: len(sandbox.calls(method="GET", path=f"/scim/v2/users/{person}$")) == 3,
        before=lambda sandbox, person: sandbox.change(person, state="inactive"),
    ),
]


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.switch)
def test_a_run_that_meets_the_switch_ends_the_same(sandbox, staff, approver, case, on):
    if on:
        sandbox.options(**{case.switch: case.value})
    person = sandbox.person("plain agent")["id"]
    case.before(sandbox, person)
    run = approved(staff, approver, person)
    case.meanwhile(sandbox, person)
    if case.midway:
        _with_something_midway(run, case.midway[0], lambda: case.midway[1](sandbox, person))
    assert drive(run).state == "completed", (run.problem, run.remedy)
    assert case.seen(sandbox, person) is on
    assert sandbox.state(person)["state"] == "deleted"
    assert run.steps.get(key="delete_person").sentence.startswith(case.ending)
    if case.meanwhile is not _deleted_by_somebody_else:
        left = sandbox.state(person)
        assert [left[kind] for kind in ("queues", "grants", "groups", "skills")] == [[], [], [], {}]


def _with_something_midway(run: Run, call: str, act: Callable[[], Any]) -> None:
    """Drive one slice; `act` happens once, after the first such call."""
    method, _, wanted = call.partition(" ")
    heard: list[str] = []

    def hear(verb: str, path: str, status: int | None, seconds: float) -> None:
        if verb == method and re.search(wanted, path) and not heard:
            heard.append(path)
            act()

    runner.drive(run.pk, lambda _: connect.client_for_worker(on_call=hear))
    assert heard
    run.refresh_from_db()


@pytest.mark.parametrize("on", [True, False])
def test_search_lag_names_nobody_by_an_old_address(sandbox, staff, approver, on):
    if on:
        sandbox.options(search_lag=60.0)
    person = sandbox.person("plain agent")
    sandbox.change(person["id"], email="new.name@sandbox.example")
    found = (
        "Genesys' search still finds .* but their e-mail is new.name@sandbox.example" if on else "Nobody in this org"
    )
    with pytest.raises(people.NoSuchPerson, match=found):
        request_for(staff, person["email"])
    assert bool(sandbox.calls(method="GET", path=f"/users/{person['id']}$")) is on
    run = drive(approved(staff, approver, person["id"]))
    assert run.state == "completed", run.problem
    assert run.request.person_email == "new.name@sandbox.example"


@pytest.mark.parametrize("on", [True, False])
def test_a_low_scim_limit_parks_the_run_and_no_call_is_refused(sandbox, staff, approver, on):
    if on:
        sandbox.options(scim_limit=2)
    parked: list[int] = []

    def next_window(run: Run) -> None:
        if run.state == "parked":
            parked.append(len(sandbox.calls(path="/scim/")))
            sandbox.options(scim_limit=0)
            connect.forget()

    run = drive(approved(staff, approver, sandbox.person("no history")["id"]), between=next_window)
    assert run.state == "completed", run.problem
    # The listing and the reading by id are two operations: each is called once before its limit is known.
    assert parked == ([2] if on else [])
    assert {call["status"] for call in sandbox.calls(path="/scim/")} <= {200, 204}


@pytest.mark.parametrize("on", [True, False])
def test_where_no_more_jobs_may_run_the_run_waits_for_one_of_them(sandbox, staff, approver, on):
    others, person = (sandbox.person(why)["id"] for why in ("no history", "plain agent"))
    sandbox.change(person, conversations=JOBS_ABOVE + 1)
    sandbox.options(job_delay=60.0)
    now = timezone.now()
    client().post_analytics_conversations_details_jobs(
        person_id=others, start=now - timedelta(days=2), end=now - timedelta(days=1), starts_inside=True
    )
    sandbox.options(job_delay=0.2, **({"jobs_at_once": 1} if on else {}))
    waited: list[str] = []

    def the_other_ends(run: Run) -> None:
        if run.state == "parked":
            waited.append(run.steps.get(key="archive_history").error_code)
            sandbox.options(jobs_at_once=0)
            connect.forget()

    run = drive(approved(staff, approver, person), between=the_other_ends)
    assert (run.state, waited) == ("completed", ["too.many.requests"] if on else []), run.problem
    assert (429 in {call["status"] for call in sandbox.calls(method="POST", path="/details/jobs$")}) is on


@pytest.mark.parametrize(
    ("switch", "value", "ends"),
    [("interval_days", 7, "plan_failed"), ("page_size", 25, "failed"), ("rows_ceiling", 100, "failed")],
)
def test_a_lower_limit_than_the_known_one_stops_before_the_deletion(sandbox, staff, approver, switch, value, ends):
    """31 days and 100 rows are what everybody uses; should Genesys lower them, nothing is archived in part."""
    sandbox.options(**{switch: value})
    person = sandbox.person("plain agent")["id"]
    sandbox.change(person, conversations=1_900)  # more than a hundred a month, and asked for by queries
    ended: Any = request_for(staff, person)
    if ended.state == "awaiting_decision":
        digest, confirmation = ended.plans.get().digest, ended.person_email
        ended = drive(approve_request(approver, request_id=ended.pk, digest=digest, confirmation=confirmation))
        assert (ended.error_code, ended.document["actions"]["archiveCount"]) == ("bad.request", 0)
    assert ended.state == ends
    assert ended.problem.startswith(REFUSED), ended.problem
    assert 400 in {call["status"] for call in sandbox.calls(path=f"^{QUERY}$")}
    assert sandbox.state(person)["state"] != "deleted"
    assert not sandbox.calls(method="DELETE", path="/scim/")
