"""Faults, latency, rate limit and the recorded calls."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller

ME = "/api/v2/tokens/me"


def test_a_fault_hits_the_calls_it_names_as_often_as_it_says(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.faults({"method": "get", "path": "^/api/v2/users", "status": 503, "after": 1, "times": 2})
    statuses = [api.get("/api/v2/users").status_code for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    assert api.get(ME).status_code == 200
    (fault,) = sandbox.faults()
    assert (fault["seen"], fault["hits"]) == (3, 2)
    sandbox.faults({"path": "tokens", "status": 500, "times": None})
    assert [api.get(ME).status_code for _ in range(3)] == [500] * 3
    sandbox.clear_faults()
    assert api.get(ME).status_code == 200


def test_a_fault_answers_an_error_body_or_what_it_is_given(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.faults(
        {"status": 429, "headers": {"Retry-After": "7"}},
        {"status": 409, "code": "general.conflict", "message": "Somebody else was faster"},
        {"status": 400, "body": {"odd": True}},
    )
    limited = api.get(ME)
    assert (limited.headers["Retry-After"], limited.json()["code"]) == ("7", "too.many.requests.retry.after")
    assert limited.json()["contextId"] == limited.headers["ININ-Correlation-Id"]
    assert api.get(ME).json()["message"] == "Somebody else was faster"
    assert api.get(ME).json() == {"odd": True}


def test_a_closed_connection_and_half_an_answer(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.faults({"path": ME, "close": True})
    with pytest.raises(requests.ConnectionError):
        api.get(ME)
    assert sandbox.calls(path=ME)[-1]["status"] == 0
    sandbox.faults({"path": ME, "truncate": True})
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        api.get(ME)
    assert api.get(ME).status_code == 200


def test_a_body_that_is_not_json(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.faults({"garbage": True}, {"garbage": True, "status": 502})
    first, second = api.get(ME), api.get(ME)
    assert (first.status_code, second.status_code) == (200, 502)
    with pytest.raises(ValueError):
        first.json()


def test_an_answer_can_get_lost_after_the_deed(sandbox: SandboxThread, api: Caller) -> None:
    first, second = sandbox.person("plain agent")["id"], sandbox.person("holds nothing")["id"]
    sandbox.faults({"method": "DELETE", "perform": True, "close": True})
    with pytest.raises(requests.ConnectionError):
        api("DELETE", f"/api/v2/users/{first}")
    assert sandbox.state(first)["state"] == "deleted"
    sandbox.faults({"method": "DELETE", "perform": True, "status": 504})
    assert api("DELETE", f"/api/v2/users/{second}").status_code == 504
    assert sandbox.state(second)["state"] == "deleted"
    sandbox.faults({"method": "DELETE", "status": 504})
    third = sandbox.person("admin")["id"]
    assert api("DELETE", f"/api/v2/users/{third}").status_code == 504
    assert sandbox.state(third)["state"] == "active"


def test_one_page_of_the_analytics_answer_can_be_missing(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("many conversations")["id"]
    predicate = {"dimension": "userId", "operator": "matches", "value": person}
    end = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime())
    start = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() - 30 * 86_400))

    def page(number: int) -> dict[str, object]:
        body = {
            "interval": f"{start}/{end}",
            "segmentFilters": [{"type": "and", "predicates": [predicate]}],
            "paging": {"pageSize": 100, "pageNumber": number},
        }
        found: dict[str, object] = api("POST", "/api/v2/analytics/conversations/details/query", json=body).json()
        return found

    sandbox.faults({"path": "details/query$", "drop_page": 2})
    pages = [page(number) for number in (1, 2, 3, 2)]
    assert ["conversations" in each for each in pages] == [True, False, True, True]
    assert len({str(each["totalHits"]) for each in pages}) == 1


def test_keys_can_be_left_out_and_calls_held_up(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.faults({"path": ME, "remove": ["organization"], "delay": 0.1})
    began = time.perf_counter()
    assert "organization" not in api.json(ME)
    assert time.perf_counter() - began >= 0.1


@pytest.mark.parametrize("seconds", [5_400, -5_400])
def test_the_clock_of_the_org_can_be_another_for_some_calls(sandbox: SandboxThread, api: Caller, seconds: int) -> None:
    """Date and every time that the call leaves behind."""
    person = sandbox.person()["id"]
    sandbox.faults({"method": "PUT", "path": "/state$", "skew": seconds})
    skewed = api("PUT", f"/api/v2/users/{person}/state", json={"state": "inactive"})
    plain = api.get(ME)
    apart = [
        (moment - datetime.now(UTC)).total_seconds()
        for moment in (
            parsedate_to_datetime(skewed.headers["Date"]),
            datetime.fromisoformat(skewed.json()["stateChangeDate"]),
            parsedate_to_datetime(plain.headers["Date"]),
        )
    ]
    assert apart == [pytest.approx(seconds, abs=5), pytest.approx(seconds, abs=5), pytest.approx(0, abs=5)]


def test_a_token_can_be_over_before_its_time_by_the_clock_of_the_org(sandbox: SandboxThread, api: Caller) -> None:
    assert api.get(ME).status_code == 200
    sandbox.faults({"path": ME, "skew": 2 * 86_400})
    assert [api.get(ME).status_code for _ in range(2)] == [401, 200]


@pytest.mark.parametrize("fault", [{"colour": "red"}, {"path": "("}, {"path": 3}])
def test_a_fault_that_makes_no_sense_is_refused(sandbox: SandboxThread, fault: dict[str, object]) -> None:
    with pytest.raises(RuntimeError, match="400"):
        sandbox.faults(fault)
    assert sandbox.faults() == []


@pytest.mark.undocumented("what is nowhere carries them too")
def test_every_answer_carries_the_limit_and_a_correlation_id(sandbox: SandboxThread, api: Caller) -> None:
    for path, status in (
        (ME, 200),
        ("/api/v2/nope", 404),
        (f"/api/v2/scim/users/{sandbox.person()['id']}", 200),
    ):
        answer = api.get(path)
        assert answer.status_code == status
        assert int(answer.headers["inin-ratelimit-count"]) >= 1
        assert answer.headers["inin-ratelimit-allowed"] == "100000"
        assert 1 <= int(answer.headers["inin-ratelimit-reset"]) <= 60
        assert sandbox.calls()[-1]["correlation_id"] == answer.headers["ININ-Correlation-Id"]


def test_too_many_calls_are_429_until_the_window_ends(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(rate_limit=3, rate_window=0.15)
    assert [api.get(ME).status_code for _ in range(3)] == [200] * 3
    refused = api.get(ME)
    body = refused.json()
    assert (refused.status_code, body["code"]) == (429, "too.many.requests.retry.after")
    assert refused.headers["Retry-After"] == "1"
    assert body["limit"] == {
        "key": "client.credentials.token.rate.per.minute",
        "namespace": "platform.api",
        "value": 3,
    }
    assert "Retry the request in [1] seconds" in body["message"]
    time.sleep(0.16)
    assert api.get(ME).status_code == 200
    assert api.json("/api/v2/organizations/limits/namespaces/platform.api")["entities"][0]["value"] == 3


def test_each_token_has_a_window_of_its_own(
    sandbox: SandboxThread, api: Caller, calling: Callable[[SandboxThread], Caller]
) -> None:
    sandbox.options(rate_limit=2)
    assert [api.get(ME).status_code for _ in range(3)] == [200, 200, 429]
    assert calling(sandbox).get(ME).status_code == 200


def test_latency_is_added_to_calls_but_not_to_the_control_plane(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(latency_ms=60)
    began = time.perf_counter()
    api.get(ME)
    assert time.perf_counter() - began >= 0.06
    began = time.perf_counter()
    sandbox.get("options")
    assert time.perf_counter() - began < 0.06


def test_a_kept_connection_does_not_stall(api: Caller) -> None:
    """Headers and body in two writes would cost 40 ms a call while the client waits to acknowledge."""
    api.get(ME)
    spent = []
    for _ in range(10):
        began = time.perf_counter()
        api.get(ME)
        spent.append(time.perf_counter() - began)
    assert sorted(spent)[5] < 0.03


@pytest.mark.undocumented("what is nowhere is recorded too")
def test_calls_are_recorded_with_what_was_asked(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.clear_calls()
    api("POST", "/api/v2/routing/queues/a-queue/members?delete=true", json=[{"id": "x"}])
    api.get("/api/v2/nope")
    first, second = sandbox.calls()
    assert (first["method"], first["path"]) == ("POST", "/api/v2/routing/queues/a-queue/members")
    assert (first["query"], first["body"]) == ({"delete": "true"}, [{"id": "x"}])
    assert (first["status"], first["client"]) == (404, "sandbox")
    assert second["status"] == 404 and second["seq"] == first["seq"] + 1
    assert sandbox.calls(after=first["seq"]) == [second]
    assert sandbox.calls(method="POST") == [first]
    assert sandbox.calls(path="/nope$") == [second]


def test_a_call_whose_sender_died_half_way_through_its_body_was_never_made(sandbox: SandboxThread) -> None:
    host, _, port = sandbox.url.removeprefix("http://").partition(":")
    head = "POST /api/v2/users/search HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 50\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(head.encode() + b'{"pageSize": ')
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100) == b""
    assert sandbox.calls(path="/search") == []
