"""A long history comes through detail jobs of the sandbox: complete, with few calls, whatever becomes of the jobs."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.utils import timezone

from offboarding.archives import jobs as by_jobs
from offboarding.archives.storage import absolute
from offboarding.genesys import connect
from offboarding.models import Archive, Run
from offboarding.pipeline import runner
from offboarding.pipeline.steps import archive_history
from tests.flows import approved, drive, states

pytestmark = pytest.mark.django_db
JOBS = r"/conversations/details/jobs"
HISTORY = r"/conversations/details/"
QUERY = r"/conversations/details/query$"
MANY = 1_100  # two pages of what a job brings


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: Any) -> None:
    monkeypatch.setattr(by_jobs, "PAUSES", (0.0, 0.05))
    monkeypatch.setattr(archive_history, "JOBS_ABOVE", MANY - 1)


@pytest.fixture
def veteran(sandbox: Any) -> str:
    """Somebody with more conversations than are asked for one page after the other."""
    sandbox.options(job_delay=0)
    person = str(sandbox.person()["id"])
    sandbox.change(person, conversations=MANY)
    return person


def archive_of(run: Run) -> Archive:
    return Archive.objects.get(request=run.request)


def ids(run: Run) -> list[str]:
    with gzip.open(absolute(archive_of(run).path), "rt", encoding="utf-8") as lines:
        return [json.loads(line)["conversationId"] for line in lines]


def ways(run: Run) -> list[str]:
    return [window["way"] for window in archive_of(run).manifest["windows"]]


def submitted(sandbox: Any) -> int:
    return len(sandbox.calls(method="POST", path=JOBS + "$"))


def is_whole(sandbox: Any, run: Run, person: str) -> None:
    """Deleted after every conversation was archived once, and no job was left behind."""
    assert run.state == "completed", (run.problem, run.remedy)
    found = ids(run)
    assert len(found) == len(set(found)) == sandbox.state(person)["conversations"]
    assert sandbox.org.jobs == {}


def test_six_thousand_conversations_by_jobs_are_those_of_the_query_with_half_of_the_calls(
    sandbox, staff, approver, monkeypatch
):
    sandbox.options(job_delay=0)
    found: dict[str, set[str]] = {}
    calls: dict[str, int] = {}
    for way, above in (("jobs", archive_history.JOBS_ABOVE), ("query", 10**6)):
        sandbox.reset()
        sandbox.options(job_delay=0)
        person = sandbox.person()["id"]
        sandbox.change(person, conversations=6_000)
        monkeypatch.setattr(archive_history, "JOBS_ABOVE", above)
        run = approved(staff, approver, person)
        sandbox.clear_calls()
        is_whole(sandbox, drive(run), person)
        found[way], calls[way] = set(ids(run)), len(sandbox.calls(path=HISTORY))
    assert found["jobs"] == found["query"]
    assert len(found["jobs"]) == 6_000
    assert calls["jobs"] * 2 <= calls["query"], calls


def test_the_manifest_says_which_way_each_window_came(sandbox, staff, approver, veteran):
    run = drive(approved(staff, approver, veteran))
    is_whole(sandbox, run, veteran)
    assert set(ways(run)[:-1]) == {"job"}
    assert ways(run)[-1] == "query"
    (job,) = sandbox.calls(method="POST", path=JOBS + "$")
    assert job["body"]["startOfDayIntervalMatching"] is True, "it would mean something else than the query"


def test_a_short_history_is_asked_for_without_jobs(sandbox, staff, approver):
    person = sandbox.person()["id"]
    run = drive(approved(staff, approver, person))
    is_whole(sandbox, run, person)
    assert set(ways(run)) == {"query"}
    assert sandbox.calls(path=JOBS) == []


def test_availability_in_the_middle_of_the_interval_leaves_the_newer_half_to_the_query(
    sandbox, staff, approver, veteran
):
    sandbox.options(jobs_lag_hours=24 * 180.0)
    run = drive(approved(staff, approver, veteran))
    is_whole(sandbox, run, veteran)
    kinds = ways(run)
    assert kinds == sorted(kinds)
    assert 5 <= kinds.count("job") <= 7 <= len(kinds) - kinds.count("job") + 1


def test_a_job_that_fails_leaves_its_windows_to_the_query(sandbox, staff, approver, veteran):
    sandbox.options(job_fails=True)
    run = drive(approved(staff, approver, veteran))
    is_whole(sandbox, run, veteran)
    assert "job" not in ways(run)
    assert "query_after_job" in ways(run)
    assert submitted(sandbox) == by_jobs.TRIES


def test_results_that_expire_are_asked_for_anew(sandbox, staff, approver, veteran):
    sandbox.options(job_life=0)
    run = approved(staff, approver, veteran)
    runner.drive(run.pk, lambda count: connect.client_for_worker(on_call=live_again(sandbox, count)))
    run.refresh_from_db()
    is_whole(sandbox, run, veteran)
    assert ways(run)[0] == "job"
    assert submitted(sandbox) == 2


def live_again(sandbox: Any, count: Any) -> Any:
    """Counts calls; once a job is seen expired, the next ones live."""

    def hear(method: str, path: str, status: int | None, seconds: float) -> None:
        count(method, path, status, seconds)
        if method == "DELETE" and "/details/jobs/" in path:
            sandbox.options(job_life=86_400)

    return hear


def test_an_unknown_job_is_submitted_anew(sandbox, staff, approver, veteran):
    sandbox.faults({"method": "GET", "path": JOBS + "/.*/results$", "status": 404, "times": 1})
    run = drive(approved(staff, approver, veteran))
    is_whole(sandbox, run, veteran)
    assert submitted(sandbox) == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"method": "GET", "path": JOBS + "/availability$", "status": 404},
        {"method": "GET", "path": JOBS + "/availability$", "status": 403},
        {"method": "POST", "path": JOBS + "$", "status": 400},
    ],
)
def test_an_org_without_jobs_is_asked_by_query(sandbox, staff, approver, veteran, fault):
    sandbox.faults({**fault, "times": None})
    run = drive(approved(staff, approver, veteran))
    is_whole(sandbox, run, veteran)
    assert "job" not in ways(run)


def test_a_job_that_cannot_be_deleted_holds_nothing_up(sandbox, staff, approver, veteran):
    sandbox.faults({"method": "DELETE", "path": JOBS, "status": 400, "times": None})
    run = drive(approved(staff, approver, veteran))
    assert run.state == "completed", run.problem
    assert len(ids(run)) == MANY


def test_a_job_that_needs_long_parks_the_run_and_is_asked_again_in_the_next_slice(sandbox, staff, approver, veteran):
    sandbox.options(job_delay=600)
    run = approved(staff, approver, veteran)
    runner.drive(run.pk, lambda count: connect.client_for_worker(on_call=count))
    run.refresh_from_db()
    assert (run.state, states(run)["archive_history"]) == ("parked", "waiting")
    assert "still collecting" in run.steps.get(key="archive_history").problem
    with sandbox.org.lock:
        for job in sandbox.org.jobs.values():
            job["done"] -= 600_000
    run = drive(resumed(run))
    is_whole(sandbox, run, veteran)
    assert submitted(sandbox) == 1
    assert ways(run)[0] == "job"


def resumed(run: Run) -> Run:
    Run.objects.filter(pk=run.pk).update(not_before=timezone.now())
    return run


class Killed(BaseException):
    """The worker is gone: nothing of ours catches this."""


@pytest.mark.parametrize("at", ["POST", "GET", "results", "DELETE"])
def test_a_worker_killed_at_any_call_of_a_job_is_followed_by_one_that_goes_on(sandbox, staff, approver, veteran, at):
    run = approved(staff, approver, veteran)
    heard: list[str] = []

    def kill(method: str, path: str, status: int | None, seconds: float) -> None:
        is_it = "/details/jobs" in path and (path.endswith(at) if at == "results" else method == at)
        if is_it and "availability" not in path and not heard:
            heard.append(path)
            raise Killed

    with pytest.raises(Killed):
        runner.drive(run.pk, lambda _: connect.client_for_worker(on_call=kill))
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now())
    run = drive(run)
    assert run.state == "completed", run.problem
    assert len(ids(run)) == len(set(ids(run))) == MANY
    assert submitted(sandbox) == (2 if at == "POST" else 1), "only an id that never arrived is not asked for again"
    assert len(sandbox.org.jobs) == (1 if at == "POST" else 0)


def test_small_slices_reach_the_same_end(sandbox, staff, approver, veteran):
    run = drive(approved(staff, approver, veteran), slice_seconds=0, most=80)
    is_whole(sandbox, run, veteran)
    assert submitted(sandbox) == 1


def test_what_a_job_sends_twice_stands_once(sandbox, staff, approver, veteran, monkeypatch):
    from offboarding.pipeline.history_jobs import HistoryJobs

    once = HistoryJobs.results

    def twice(self: Any, job_id: str, cursor: str | None) -> Any:
        rows, after = once(self, job_id, cursor)
        return [*rows, *rows[-50:], *rows[:50]], after

    monkeypatch.setattr(HistoryJobs, "results", twice)
    run = drive(approved(staff, approver, veteran))
    is_whole(sandbox, run, veteran)
    assert ways(run)[0] == "job"
