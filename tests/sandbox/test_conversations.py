"""The conversation detail query: intervals, paging, filters, counts, and a year of 200,000 conversations."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from offboarding.sandbox import conversation_record
from offboarding.sandbox.conversations import DAY_MS, History
from offboarding.sandbox.state import Org
from offboarding.sandbox.testing import SandboxThread
from tests.memory import peak_mb

from .conftest import Caller

PATH = "/api/v2/analytics/conversations/details/query"
BY_MEDIUM = {"type": "termFrequency", "dimension": "mediaType", "size": 10}


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def windows(days: int = 31) -> Iterator[str]:
    """The last 365 days and today, cut at midnight."""
    end, start = midnight() + timedelta(days=1), midnight() - timedelta(days=365)
    while start < end:
        stop = min(start + timedelta(days=days), end)
        yield f"{text(start)}/{text(stop)}"
        start = stop


def of_person(person_id: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
    user = {"type": "dimension", "dimension": "userId", "operator": "matches", "value": person_id}
    return [{"type": "and", "predicates": [user, *more]}]


def dimension(name: str, value: str) -> dict[str, Any]:
    return {"type": "dimension", "dimension": name, "operator": "matches", "value": value}


def query(api: Caller, person_id: str, interval: str, page: int = 1, size: int = 100, **more: Any) -> Any:
    paging = {"pageSize": size, "pageNumber": page}
    body = {"interval": interval, "segmentFilters": of_person(person_id), "paging": paging} | more
    return api("POST", PATH, json=body)


def everything(api: Caller, person_id: str, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for interval in windows():
        page = 1
        while rows := query(api, person_id, interval, page, **more).json().get("conversations"):
            found += rows
            page += 1
    return found


def test_a_year_has_every_conversation_once_in_order(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("plain agent")
    rows = everything(api, person["id"])
    assert len(rows) == len({row["conversationId"] for row in rows}) == person["conversations"] == 420
    starts = [row["conversationStart"] for row in rows]
    assert starts == sorted(starts)
    assert rows == everything(api, person["id"])


def test_a_record_has_the_documented_shape_with_the_agent_in_it(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("plain agent")
    rows = everything(api, person["id"])
    media = {"voice", "email", "chat", "message", "callback"}
    assert {
        session["mediaType"] for row in rows for part in row["participants"] for session in part["sessions"]
    } == media
    purposes = {part["purpose"] for row in rows for part in row["participants"]}
    assert purposes == {"customer", "ivr", "acd", "agent"}
    for row in rows:
        agents = [part for part in row["participants"] if part.get("userId") == person["id"]]
        assert len(agents) == 1 and agents[0]["participantName"] == person["name"]
        assert row["conversationStart"] < row["conversationEnd"]
        assert row["originatingDirection"] in ("inbound", "outbound")
        for session in [session for part in row["participants"] for session in part["sessions"]]:
            for segment in session["segments"]:
                assert row["conversationStart"] <= segment["segmentStart"] < segment["segmentEnd"]
        last = agents[0]["sessions"][0]["segments"][-1]
        assert last["segmentType"] == "wrapup" and last["wrapUpCode"] in sandbox.org.catalogue.wrap_up_codes
    assert any(len([part for part in row["participants"] if part["purpose"] == "agent"]) == 2 for row in rows)
    working = [row for row in rows if datetime.fromisoformat(row["conversationStart"]).weekday() < 5]
    assert len(working) > 0.8 * len(rows)


def test_history_stays_when_its_agent_has_left_the_queues(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("plain agent")["id"]
    before = everything(api, person)
    sandbox.change(person, queues=[], team=None)
    api("DELETE", f"/api/v2/users/{person}")
    assert everything(api, person) == before


def test_an_empty_page_has_no_conversations_key(sandbox: SandboxThread, api: Caller) -> None:
    quiet = sandbox.person("no history")["id"]
    body = query(api, quiet, next(windows())).json()
    assert body == {"totalHits": 0}
    beyond = query(api, sandbox.person()["id"], next(windows()), page=900).json()
    assert "conversations" not in beyond and beyond["totalHits"] > 0


def test_only_days_that_the_interval_touches_count(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("many conversations")["id"]
    day = midnight() - timedelta(days=70)
    while day.weekday() > 3:
        day -= timedelta(days=1)
    whole = query(api, person, f"{text(day)}/{text(day + timedelta(days=1))}").json()["totalHits"]
    part = f"{text(day + timedelta(hours=12))}/{text(day + timedelta(hours=12, seconds=1))}"
    assert whole > 0
    assert query(api, person, part).json()["totalHits"] == whole
    two = query(api, person, f"{text(day)}/{text(day + timedelta(days=1, seconds=1))}").json()["totalHits"]
    assert two > whole


@pytest.mark.parametrize(
    "change",
    [
        {"interval": "P365D"},
        {"interval": "P1D/2026-01-01T00:00:00.000Z"},
        {"interval": "2026-01-01T00:00:00.000Z/2026-02-02T00:00:00.000Z"},
        {"interval": "2026-02-01T00:00:00.000Z/2026-01-01T00:00:00.000Z"},
        pytest.param({"interval": None}, marks=pytest.mark.undocumented("without what is required")),
        {"paging": {"pageSize": 101, "pageNumber": 1}},
        pytest.param({"paging": {"pageSize": 100}}, marks=pytest.mark.undocumented("without what is required")),
        {"paging": {"pageSize": 100, "pageNumber": 1001}},
        {"paging": {"pageSize": 100, "pageNumber": 0}},
        {"segmentFilters": []},
        {"segmentFilters": [{"type": "xor", "predicates": []}]},
        {"segmentFilters": [{"type": "and", "predicates": [dimension("shoeSize", "44")]}]},
        {"aggregations": [{"type": "numericRange", "metric": "tTalk"}]},
    ],
)
def test_what_the_api_does_not_accept_is_400(sandbox: SandboxThread, api: Caller, change: dict[str, Any]) -> None:
    good = {
        "interval": "2026-01-01T00:00:00.000Z/2026-01-31T00:00:00.000Z",
        "paging": {"pageSize": 100, "pageNumber": 1},
        "segmentFilters": of_person(sandbox.person()["id"]),
    }
    assert api("POST", PATH, json=good).status_code == 200
    answer = api("POST", PATH, json=good | change)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad.request"), answer.text


def test_the_limits_can_be_moved(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(interval_days=7, page_size=10, rows_ceiling=20)
    person, week = sandbox.person()["id"], "2026-01-01T00:00:00.000Z/2026-01-08T00:00:00.000Z"
    assert query(api, person, week, size=10).status_code == 200
    assert query(api, person, week.replace("08", "09"), size=10).status_code == 400
    assert query(api, person, week, size=11).status_code == 400
    assert query(api, person, week, size=10, page=3).status_code == 400


def test_counts_by_medium_agree_with_the_records(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("many conversations")["id"]
    interval = next(windows())
    body = query(api, person, interval, size=1, aggregations=[BY_MEDIUM]).json()
    assert set(body) == {"conversations", "totalHits", "aggregations"}
    (found,) = body["aggregations"]
    assert (found["type"], found["dimension"], found["count"]) == (
        "termFrequency",
        "mediaType",
        body["totalHits"],
    )
    counted: dict[str, int] = {}
    for page in range(1, body["totalHits"] // 100 + 2):
        for row in query(api, person, interval, page).json()["conversations"]:
            media = {session["mediaType"] for part in row["participants"] for session in part["sessions"]}
            for medium in media:
                counted[medium] = counted.get(medium, 0) + 1
    assert {each["value"]: each["count"] for each in found["results"]} == counted
    assert [each["count"] for each in found["results"]] == sorted(counted.values(), reverse=True)


def test_filters_on_medium_and_queue_find_just_those(sandbox: SandboxThread, api: Caller) -> None:
    person, vip = sandbox.person()["id"], sandbox.name_id("queue", "VIP")
    mails = everything(api, person, segmentFilters=of_person(person, dimension("mediaType", "email")))
    others = [row for row in everything(api, person) if row["participants"][0]["sessions"][0]["mediaType"] == "email"]
    assert mails == others and mails
    queued = everything(api, person, segmentFilters=[*of_person(person), *_either("queueId", vip)])
    assert queued == [row for row in everything(api, person) if vip in str(row)]
    assert 0 < len(queued) < 420


def _either(name: str, value: str) -> list[dict[str, Any]]:
    return [{"type": "or", "predicates": [dimension(name, value), dimension(name, "nothing")]}]


def test_open_conversations_have_no_end_and_are_found_by_it(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("in a live conversation")["id"]
    opened = datetime.now(UTC) - timedelta(minutes=30)
    interval = f"{text(opened)}/{text(opened + timedelta(days=1))}"
    open_only = {"type": "and", "predicates": [{"dimension": "conversationEnd", "operator": "notExists"}]}
    body = query(api, person, interval, conversationFilters=[open_only]).json()
    assert body["totalHits"] == 1
    (row,) = body["conversations"]
    assert "conversationEnd" not in row
    status = api.json(f"/api/v2/analytics/agents/{person}/status")
    assert status["sessionCount"] == 1
    assert status["sessions"][0]["conversationId"] == row["conversationId"]
    assert status["sessions"][0]["sessionId"] in str(row)
    sandbox.post("hang-up", {"person": person})
    assert query(api, person, interval, conversationFilters=[open_only]).json() == {"totalHits": 0}
    assert "sessions" not in api.json(f"/api/v2/analytics/agents/{person}/status")


@pytest.mark.parametrize(("off", "announced"), [(2, 2), (-3, -3), (-10_000, None)])
def test_totals_are_approximate_when_that_is_asked_for(
    sandbox: SandboxThread, api: Caller, off: int, announced: int | None
) -> None:
    """The pages bring what there is, whatever the total says."""
    person, interval = sandbox.person()["id"], next(windows())
    exact, rows = query(api, person, interval).json()["totalHits"], everything(api, person)
    sandbox.options(totals_off=off)
    assert query(api, person, interval).json()["totalHits"] == (0 if announced is None else exact + announced)
    assert everything(api, person) == rows
    assert query(api, sandbox.person("no history")["id"], interval).json() == {"totalHits": 0}


def test_descending_order_is_the_ascending_one_backwards(sandbox: SandboxThread, api: Caller) -> None:
    person, interval = sandbox.person("many conversations")["id"], next(windows())
    total = query(api, person, interval).json()["totalHits"]
    up = query(api, person, interval, size=100).json()["conversations"]
    last = -(-total // 100)
    down = [
        row
        for page in range(1, last + 1)
        for row in query(api, person, interval, page, order="desc").json()["conversations"]
    ]
    assert len(down) == total
    assert down[::-1][:100] == up


def test_two_hundred_thousand_conversations_need_no_memory() -> None:
    """Every day of the year is asked for, and a page of some is made; a page is all that is ever held."""
    org = Org(people=60, conversations=200_000, today=date(2026, 7, 1))
    person = org.origins[next(each.id for each in org.people.values() if each.conversations)]
    tracemalloc.start()
    past, total, last = History(org.seed, person["id"], 200_000, org.today_ms), 0, ""
    for day in range(365):
        at = past.first_day + day * DAY_MS
        numbers = past.between_days(at, at)
        total += len(numbers)
        if day % 40 == 0:
            page = [conversation_record.build(past, k, org.catalogue, person) for k in numbers[:100]]
            assert all(row["conversationStart"] > last for row in page)
            last = page[-1]["conversationStart"] if page else last
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 200_000
    assert peak < 3_000_000, f"{peak:,} bytes"


@pytest.mark.slow
def test_a_process_that_serves_all_of_them_stays_small(tmp_path: Path) -> None:
    """All 2000 pages over the socket; the process's own peak, as Linux counted it, or as macOS tells afterwards."""
    command = [sys.executable, "-m", "offboarding.sandbox", "--port", "0", "--rate-limit", "100000"]
    state = ["--state", str(tmp_path / "state.json"), "--conversations", "200000"]
    process = subprocess.Popen([*command, *state], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    session = requests.Session()
    form = {"grant_type": "client_credentials"}
    token = session.post(f"{url}/oauth/token", auth=("sandbox", "sandbox-secret"), data=form, timeout=10)
    session.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
    person = session.get(f"{url}/__sandbox__/people?why=plain+agent", timeout=10).json()["people"][0]["id"]
    ids = set()
    for interval in windows():
        for page in itertools.count(1):
            paging = {"pageSize": 100, "pageNumber": page}
            body = {"interval": interval, "segmentFilters": of_person(person), "paging": paging}
            rows = session.post(url + PATH, json=body, timeout=10).json().get("conversations")
            if not rows:
                break
            ids |= {row["conversationId"] for row in rows}
    session.close()
    peak = peak_mb(process.pid)
    process.terminate()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert (process.returncode, len(ids)) == (0, 200_000)
    assert (peak or usage.ru_maxrss / 1024**2) < 80


def test_every_number_has_its_own_later_start() -> None:
    past = History(1, "somebody", 200_000, 1_780_272_000_000)
    starts = [past.start_ms(k) for k in range(0, 200_000, 97)]
    assert starts == sorted(starts)
    crowded = past.between_days(past.first_day + 30 * DAY_MS, past.first_day + 30 * DAY_MS)
    inside = [past.start_ms(k) for k in crowded]
    assert inside == sorted(inside)
    assert {(each - past.first_day) // DAY_MS for each in inside} == {30}


def test_a_page_of_a_huge_history_is_quick(calling: Callable[[SandboxThread], Caller]) -> None:
    with SandboxThread(conversations=200_000) as huge:
        api, person, interval = calling(huge), huge.person()["id"], list(windows())[5]
        total = query(api, person, interval).json()["totalHits"]
        assert total > 10_000
        spent = []
        for page in range(1, 6):
            began = time.perf_counter()
            rows = query(api, person, interval, page * 20).json()["conversations"]
            spent.append(time.perf_counter() - began)
            assert len(rows) == 100
        # Thirty milliseconds are the aim; ten times that is still far from building a month of records.
        assert min(spent) < 0.3
