"""Asynchronous conversation detail jobs: states, semantics, paging, attributes, and a year of 200,000."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from offboarding.sandbox import conversation_jobs, conversation_record
from offboarding.sandbox.clock import ms_of, text_of_ms
from offboarding.sandbox.conversations import DAY_MS, History, history
from offboarding.sandbox.options import Options
from offboarding.sandbox.state import Org
from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller
from .test_conversations import dimension, everything, midnight, of_person, text

JOBS = "/api/v2/analytics/conversations/details/jobs"
YEAR = f"{text(midnight() - timedelta(days=366))}/{text(midnight() + timedelta(days=1))}"


@pytest.fixture
def quick(sandbox: SandboxThread) -> SandboxThread:
    sandbox.options(job_delay=0.0, jobs_lag_hours=0.0)
    return sandbox


def submit(api: Caller, person: str, interval: str = YEAR, **more: Any) -> str:
    body = {"interval": interval, "segmentFilters": of_person(person)} | more
    answer = api("POST", JOBS, json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["jobId"])


def pages(api: Caller, job: str, size: int = 1000) -> list[list[dict[str, Any]]]:
    found, cursor = [], ""
    while True:
        page = api.json(f"{JOBS}/{job}/results", params={"pageSize": size} | ({"cursor": cursor} if cursor else {}))
        found.append(page.get("conversations", []))
        cursor = page.get("cursor")
        if not cursor:
            return found


def rows_of(api: Caller, job: str) -> list[dict[str, Any]]:
    return [row for page in pages(api, job) for row in page]


def ids_of(api: Caller, job: str) -> list[str]:
    return [row["conversationId"] for row in rows_of(api, job)]


def test_a_job_goes_through_its_states(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(job_delay=0.4, job_life=0.3)
    job, seen = submit(api, sandbox.person()["id"]), []
    early = api.get(f"{JOBS}/{job}/results")
    assert (early.status_code, early.json()["code"]) == (400, "bad.request")
    until = time.monotonic() + 5
    while time.monotonic() < until and (not seen or seen[-1][1] != "EXPIRED"):
        answer = api.get(f"{JOBS}/{job}")
        if not seen or seen[-1][1] != answer.json()["state"]:
            seen.append((answer.status_code, answer.json()["state"]))
        time.sleep(0.02)
    assert seen == [(202, "QUEUED"), (202, "PENDING"), (200, "FULFILLED"), (200, "EXPIRED")]
    body = api.json(f"{JOBS}/{job}")
    assert body["submissionDate"] < body["completionDate"] < body["expirationDate"]
    assert api.get(f"{JOBS}/{job}/results").status_code == 404


def test_a_job_can_fail(quick: SandboxThread, api: Caller) -> None:
    quick.options(job_fails=True)
    job = submit(api, quick.person()["id"])
    quick.options(job_fails=False)
    status = api.json(f"{JOBS}/{job}")
    assert status["state"] == "FAILED" and status["errorMessage"]
    assert api.get(f"{JOBS}/{job}/results").status_code == 400
    assert api.json(f"{JOBS}/{submit(api, quick.person()['id'])}")["state"] == "FULFILLED"


def test_a_deleted_job_is_unknown(quick: SandboxThread, api: Caller) -> None:
    job = submit(api, quick.person()["id"])
    assert [api("DELETE", f"{JOBS}/{job}").status_code for _ in range(2)] == [204, 404]
    for path in (f"{JOBS}/{job}", f"{JOBS}/{job}/results", f"{JOBS}/unknown"):
        assert api.get(path).json()["code"] == "not.found"


def test_a_year_is_what_the_query_finds_with_attributes_on_top(quick: SandboxThread, api: Caller) -> None:
    person = quick.person()["id"]
    rows, queried = rows_of(api, submit(api, person)), everything(api, person)
    assert len(rows) == 420
    assert all(row["participants"][0]["attributes"]["accountNumber"].isdigit() for row in rows)
    assert not any("attributes" in part for row in queried for part in row["participants"])
    for row in rows:
        del row["participants"][0]["attributes"]
    assert rows == queried


def test_pages_end_without_a_cursor(quick: SandboxThread, api: Caller) -> None:
    person = quick.person()["id"]
    job = submit(api, person)
    found = pages(api, job, 140)
    assert [len(page) for page in found] == [140, 140, 140]
    assert [row for page in found for row in page] == rows_of(api, job)
    assert ids_of(api, submit(api, person, order="desc")) == ids_of(api, job)[::-1]
    assert ids_of(api, submit(api, person, limit=50)) == ids_of(api, job)[:50]
    assert [len(page) for page in pages(api, submit(api, person, limit=50), 25)] == [25, 25]
    assert set(api.json(f"{JOBS}/{submit(api, quick.person('no history')['id'])}/results")) == {"dataAvailabilityDate"}
    assert "conversations" not in api.json(f"{JOBS}/{submit(api, 'nobody')}/results")


def test_filters_look_at_one_conversation_at_a_time(quick: SandboxThread, api: Caller) -> None:
    person = quick.person()["id"]
    mail = of_person(person, dimension("mediaType", "email"))
    found = pages(api, submit(api, person, segmentFilters=mail), 10)
    assert all(page for page in found)  # a cursor is given only when there is more
    ids = [row["conversationId"] for page in found for row in page]
    assert ids == [row["conversationId"] for row in everything(api, person, segmentFilters=mail)] and len(ids) > 20


def test_a_conversation_belongs_to_every_interval_that_it_overlaps(quick: SandboxThread, api: Caller) -> None:
    person = quick.person("many conversations")["id"]
    rows = rows_of(api, submit(api, person))
    row = next(row for row in rows if "T10:" in row["conversationStart"] and "T10:" not in row["conversationEnd"])
    end, start = (datetime.fromisoformat(row[f"conversation{name}"]) for name in ("End", "Start"))
    first, last = end - timedelta(milliseconds=1), end + timedelta(hours=1)
    interval = f"{text_of_ms(round(first.timestamp() * 1000))}/{text_of_ms(round(last.timestamp() * 1000))}"
    overlapping = [
        each["conversationId"]
        for each in rows
        if ms_of(each["conversationStart"]) < ms_of(interval[25:])
        and ms_of(each["conversationEnd"]) > ms_of(interval[:24])
    ]
    found = ids_of(api, submit(api, person, interval))
    assert found == overlapping and row["conversationId"] in found
    just_after = interval.replace(interval[:24], row["conversationEnd"])
    assert row["conversationId"] not in ids_of(api, submit(api, person, just_after))
    day = start.date().isoformat()
    whole_day = ids_of(api, submit(api, person, interval, startOfDayIntervalMatching=True))
    assert whole_day == [each["conversationId"] for each in rows if each["conversationStart"].startswith(day)]
    assert len(whole_day) > len(found)


def test_nothing_lasts_longer_than_is_looked_back() -> None:
    org = Org(people=60, conversations=3000, today=date(2026, 7, 1))
    person = next(each for each in org.people.values() if each.conversations)
    past = history(org.seed, person.id, person.conversations, org.today_ms)
    spans = []
    for k in range(past.count):
        row = conversation_record.build(past, k, org.catalogue, org.origins[person.id])
        spans.append(ms_of(row["conversationEnd"]) - ms_of(row["conversationStart"]))
    assert DAY_MS // 48 < max(spans) < conversation_record.LONGEST_MS


def test_new_data_is_not_there_yet(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(job_delay=0.0, jobs_lag_hours=24.0 * 30)
    available = datetime.fromisoformat(api.json(f"{JOBS}/availability")["dataAvailabilityDate"])
    assert abs(datetime.now(UTC) - timedelta(days=30) - available) < timedelta(minutes=1)
    person = sandbox.person("many conversations")["id"]
    job = submit(api, person)
    rows = rows_of(api, job)
    seen = datetime.fromisoformat(api.json(f"{JOBS}/{job}/results?pageSize=1")["dataAvailabilityDate"])
    assert abs(seen - available) < timedelta(minutes=1)
    starts = [datetime.fromisoformat(row["conversationStart"]) for row in rows]
    assert timedelta(0) < seen - max(starts) < timedelta(days=7)
    recent = f"{text(midnight() - timedelta(days=20))}/{text(midnight())}"
    for whole_days in (False, True):
        assert rows_of(api, submit(api, person, recent, startOfDayIntervalMatching=whole_days)) == []


def test_open_conversations_are_in_it_until_the_data_ends(quick: SandboxThread, api: Caller) -> None:
    person = quick.person("in a live conversation")["id"]
    opened = [{"type": "and", "predicates": [{"dimension": "conversationEnd", "operator": "notExists"}]}]
    ended = [{"type": "and", "predicates": [{"dimension": "conversationEnd", "operator": "exists"}]}]
    (row,) = rows_of(api, submit(api, person, conversationFilters=opened))
    assert "conversationEnd" not in row and "attributes" in row["participants"][0]
    assert rows_of(api, submit(api, person))[-1] == row
    assert len(ids_of(api, submit(api, person, conversationFilters=ended))) == 420
    yesterday = f"{text(midnight() - timedelta(days=2))}/{text(midnight() - timedelta(days=1))}"
    whole_days = {"conversationFilters": opened, "startOfDayIntervalMatching": True}
    assert rows_of(api, submit(api, person, yesterday, **whole_days)) == []
    quick.options(jobs_lag_hours=1.0)
    assert rows_of(api, submit(api, person, conversationFilters=opened)) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"interval": None}, marks=pytest.mark.undocumented("without what is required")),
        {"interval": "P1D"},
        {"interval": "2026-02-01T00:00:00.000Z/2026-01-01T00:00:00.000Z"},
        pytest.param({"paging": {"pageSize": 100, "pageNumber": 1}}, marks=pytest.mark.undocumented("only a query's")),
        pytest.param({"aggregations": []}, marks=pytest.mark.undocumented("only a query's")),
        {"limit": 0},
        {"segmentFilters": []},
        {"conversationFilters": [{"type": "and", "predicates": [{"dimension": "externalTag", "operator": "exists"}]}]},
    ],
)
def test_a_job_that_cannot_be_is_400(sandbox: SandboxThread, api: Caller, change: dict[str, Any]) -> None:
    body = {"interval": YEAR, "segmentFilters": of_person(sandbox.person()["id"])}
    refused = api("POST", JOBS, json=body | change)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad.request")


def test_a_cursor_is_good_for_its_job_only(quick: SandboxThread, api: Caller) -> None:
    first, second = (submit(api, quick.person()["id"]) for _ in range(2))
    cursor = api.json(f"{JOBS}/{first}/results?pageSize=5")["cursor"]
    for job, sent in ((second, cursor), (first, "x"), (first, "!")):
        refused = api.get(f"{JOBS}/{job}/results", params={"cursor": sent})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid.query.param.value")
    assert api.get(f"{JOBS}/{first}/results?pageSize=10001").status_code == 400


def test_a_job_outlives_a_restart(tmp_path: Path, calling: Callable[[SandboxThread], Caller]) -> None:
    state, lagless = tmp_path / "state.json", {"job_delay": 0.0, "jobs_lag_hours": 0.0}
    with SandboxThread(state=state, **lagless) as one:
        api, person = calling(one), one.person()["id"]
        job = submit(api, person)
        ids = ids_of(api, job)
    with SandboxThread(state=state, **lagless) as two:
        again = calling(two)
        assert ids_of(again, job) == ids and len(ids) == 420
        assert submit(again, person) != job
        two.reset()
        assert again.get(f"{JOBS}/{job}").status_code == 404


def test_a_job_of_two_hundred_thousand_needs_no_memory() -> None:
    """The job itself, its first page, and one deep inside it; a page is all that is ever held."""
    options = Options().changed({"job_delay": 0.0, "jobs_lag_hours": 0.0})
    org = Org(people=60, conversations=200_000, today=date(2026, 7, 1), options=options)
    person = next(each.id for each in org.people.values() if each.conversations)
    first = text_of_ms(History(org.seed, person, 1, org.today_ms).first_day + 40 * DAY_MS + 11 * 3_600_000)
    body = {"interval": f"{first}/2026-07-01T00:00:00.000Z", "segmentFilters": of_person(person)}
    tracemalloc.start()
    job = conversation_jobs.submit(org, body)
    cursor, last = "", ""
    for _ in range(3):
        page = conversation_jobs.results(org, job, cursor, 100)
        starts = [row["conversationStart"] for row in page["conversations"]]
        assert len(starts) == 100 and starts == sorted(starts) and starts[0] > last
        cursor, last = page["cursor"], starts[-1]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert org.jobs[job]["high"] == 200_000 and 0 < len(org.jobs[job]["early"]) < 200
    assert peak < 3_000_000, f"{peak:,} bytes"


def test_no_more_jobs_run_at_once_than_may(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(jobs_at_once=1, job_delay=60.0)
    person = sandbox.person()["id"]
    first = submit(api, person)
    body = {"interval": YEAR, "segmentFilters": of_person(person)}
    refused = api("POST", JOBS, json=body)
    assert (refused.status_code, refused.json()["code"]) == (429, "too.many.requests")
    assert int(refused.headers["Retry-After"]) in (59, 60)
    assert api("DELETE", f"{JOBS}/{first}").status_code == 204
    submit(api, person)


def test_a_job_may_have_a_longest_interval(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(job_interval_days=7)
    body = {"segmentFilters": of_person(sandbox.person()["id"])}
    statuses = [
        api("POST", JOBS, json=body | {"interval": f"{text(midnight() - timedelta(days=days))}/{text(midnight())}"})
        for days in (7, 8)
    ]
    assert [(each.status_code, each.json().get("code")) for each in statuses] == [(202, None), (400, "bad.request")]
