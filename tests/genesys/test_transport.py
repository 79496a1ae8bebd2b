"""Waiting, repeating, renewing and refusing: what happens around a call."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest
import responses

from offboarding.audit.times import utc_words
from offboarding.genesys.auth import ClientCredentials
from offboarding.genesys.errors import (
    REMEDIES,
    GenesysError,
    NotThere,
    NotUnderstood,
    ReadOnly,
    Refused,
    RetryLater,
    Unreachable,
    WrongCredentials,
)
from offboarding.genesys.exchange import Limits
from offboarding.genesys.pacing import Pacing
from offboarding.genesys.transport import TRIES
from offboarding.genesys.waiting import DEFAULT_WAIT, LONGEST_WAIT, retry_after
from tests.genesys.conftest import API, LOGIN, Clock, transport_to
from tests.genesys.wire import say, wire

PATH = "/api/v2/users/p-1"
URL = API + PATH
LIMIT = {"code": "too.many.requests.retry.after", "message": "Retry the request in [2] seconds", "status": 429}


def _busy(method: str, *statuses: int, **headers: str) -> None:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    for status in statuses:
        responses.add(method, URL, json=LIMIT if status == 429 else None, status=status, headers=told)


def _ready(method: str = "GET") -> None:
    responses.add(method, URL, json={"id": "p-1"}, status=200)


def _seconds_until(moment: datetime) -> float:
    return (moment - datetime.now(UTC)).total_seconds()


@responses.activate
def test_a_call_carries_the_token_and_asks_for_json() -> None:
    responses.get(URL, json={"id": "p-1"}, headers={"ININ-Correlation-Id": "c-1"})
    answer = transport_to(API).request("GET", PATH, query={"expand": ["a", "b"], "state": None, "joined": False})
    sent = responses.calls[0].request
    assert (answer.status, answer.json, answer.correlation_id) == (200, {"id": "p-1"}, "c-1")
    assert sent.headers["Authorization"] == "Bearer the-token"
    assert sent.headers["Accept"] == "application/json"
    assert sent.headers["User-Agent"] == "genesys-offboarding"
    assert str(sent.url).partition("?")[2] == "expand=a%2Cb&joined=false"


@responses.activate
def test_a_short_retry_after_is_waited_in_place(clock: Clock) -> None:
    _busy("GET", 429, Retry_After="2")
    _ready()
    assert transport_to(API, clock).request("GET", PATH).status == 200
    assert sum(clock.naps) == 2


@responses.activate
def test_without_retry_after_the_wait_is_three_seconds(clock: Clock) -> None:
    _busy("GET", 429)
    _ready()
    assert transport_to(API, clock).request("GET", PATH).status == 200
    assert sum(clock.naps) == 3


@responses.activate
@pytest.mark.parametrize("status", [502, 503, 504])
def test_trouble_of_genesys_is_waited_out_as_well(clock: Clock, status: int) -> None:
    _busy("GET", status, Retry_After="1")
    _ready()
    assert transport_to(API, clock).request("GET", PATH).status == 200
    assert clock.naps == [1]


@responses.activate
def test_a_long_retry_after_gives_the_time_back(clock: Clock) -> None:
    _busy("GET", 429, Retry_After="59")
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock).request("GET", PATH)
    assert 57 < _seconds_until(caught.value.at) <= 59
    assert (clock.naps, len(responses.calls)) == ([], 1)
    assert (caught.value.status, caught.value.code) == (429, "too.many.requests.retry.after")
    assert caught.value.remedy == REMEDIES["rate"]
    assert str(caught.value).endswith(f"can be sent again at {utc_words(caught.value.at)}.")
    assert not caught.value.outcome_unknown


@responses.activate
def test_a_page_waits_one_second_and_no_more(clock: Clock) -> None:
    _busy("GET", 503)
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock, wait_in_place=1.0).request("GET", PATH)
    assert 2 < _seconds_until(caught.value.at) <= 3
    assert clock.naps == []


@responses.activate
def test_the_patience_of_a_call_is_counted_over_all_its_waits(clock: Clock) -> None:
    _busy("GET", 503, 503, 503, Retry_After="2")
    with pytest.raises(RetryLater):
        transport_to(API, clock).request("GET", PATH)
    assert clock.naps == [2, 2]


@responses.activate
@pytest.mark.parametrize("seconds", [181, 7200])
def test_a_daily_quota_is_named_and_not_waited_for(clock: Clock, seconds: int) -> None:
    _busy("GET", 429, Retry_After=str(seconds))
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock, wait_in_place=10_000).request("GET", PATH, permission="")
    assert seconds - 10 < _seconds_until(caught.value.at) <= seconds
    assert (caught.value.code, caught.value.remedy) == ("daily_quota", REMEDIES["quota"])
    assert str(caught.value).startswith("A daily quota of Genesys Cloud is used up")
    assert clock.naps == []


@responses.activate
def test_180_seconds_are_no_daily_quota(clock: Clock) -> None:
    _busy("GET", 429, Retry_After="180")
    _ready()
    assert transport_to(API, clock, wait_in_place=180).request("GET", PATH).status == 200
    assert sum(clock.naps) == 180


@responses.activate
@pytest.mark.parametrize(("status", "seconds", "code"), [(429, 180, LIMIT["code"]), (503, 181, "")])
def test_what_is_given_back_keeps_its_own_code(clock: Clock, status: int, seconds: int, code: str) -> None:
    _busy("GET", status, Retry_After=str(seconds))
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock).request("GET", PATH)
    assert caught.value.code == code
    assert caught.value.remedy == REMEDIES["rate" if status == 429 else "trouble"]


@responses.activate
def test_a_time_on_another_day_is_told_with_its_day(clock: Clock) -> None:
    _busy("GET", 429, Retry_After="86400")
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock).request("GET", PATH)
    at = caught.value.at
    assert str(caught.value).endswith(f" at {at.day} {at:%b %Y, %H:%M:%S} UTC.")


@responses.activate
def test_repeats_end_even_when_no_wait_is_asked_for(clock: Clock) -> None:
    _busy("GET", 503, Retry_After="0")
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock).request("GET", PATH)
    assert len(responses.calls) == TRIES
    assert 2 < _seconds_until(caught.value.at) <= 3


@responses.activate
@pytest.mark.parametrize("status", [400, 408, 413, 500, 501])
def test_other_errors_are_not_repeated(clock: Clock, status: int) -> None:
    _busy("GET", status, Retry_After="1")
    with pytest.raises(GenesysError):
        transport_to(API, clock).request("GET", PATH)
    assert len(responses.calls) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("", DEFAULT_WAIT),
        ("soon", DEFAULT_WAIT),
        ("-5", DEFAULT_WAIT),
        ("1.5", DEFAULT_WAIT),
        ("٣", DEFAULT_WAIT),
        ("9" * 400, LONGEST_WAIT),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
    ],
)
def test_retry_after_is_read_in_all_its_forms(text: str, seconds: float) -> None:
    assert retry_after(text) == seconds


def test_retry_after_as_a_date_is_counted_from_the_date_of_the_same_answer() -> None:
    """Both come from one clock; ours may be hours away."""
    theirs = datetime.now(UTC) - timedelta(hours=3)
    until = format_datetime(theirs + timedelta(seconds=40), usegmt=True)
    assert retry_after(until, format_datetime(theirs, usegmt=True)) == 40
    assert retry_after(until, "no date") == retry_after(until) == 0


def test_retry_after_may_be_a_date() -> None:
    in_a_minute = datetime.now(UTC) + timedelta(seconds=60)
    assert 57 < retry_after(format_datetime(in_a_minute, usegmt=True)) <= 60


@responses.activate
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_repeatable_write_is_repeated(clock: Clock, method: str) -> None:
    _busy(method, 503, Retry_After="1")
    _ready(method)
    assert transport_to(API, clock).request(method, PATH).status == 200


@responses.activate
@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_write_that_may_have_happened_is_not_repeated(clock: Clock, method: str, status: int) -> None:
    _busy(method, status, Retry_After="1")
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock).request(method, PATH, json={})
    assert len(responses.calls) == 1
    assert caught.value.outcome_unknown


@responses.activate
def test_a_write_that_was_surely_not_carried_out_is_repeated(clock: Clock) -> None:
    _busy("POST", 429, Retry_After="1")
    _ready("POST")
    assert transport_to(API, clock).request("POST", PATH, json={}).status == 200


@responses.activate
def test_a_search_by_post_is_repeated_like_any_read(clock: Clock) -> None:
    _busy("POST", 504, Retry_After="1")
    _ready("POST")
    assert transport_to(API, clock).request("POST", PATH, json={}, writes=False).status == 200


@pytest.mark.parametrize("method", ["DELETE", "PUT", "POST", "PATCH"])
def test_a_write_without_an_answer_is_sent_once_and_its_outcome_is_unknown(method: str) -> None:
    def silence(handler: BaseHTTPRequestHandler) -> None:
        done.wait(5)
        handler.close_connection = True

    done = threading.Event()
    with wire(silence) as server:
        with pytest.raises(Unreachable) as caught:
            transport_to(server.url, limits=Limits(1, 0.1, 1)).request(method, PATH, json={})
        done.set()
    assert caught.value.outcome_unknown
    assert server.calls == [f"{method} {PATH}"]


def _hangs_up_first(replies: list[str]) -> object:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        if replies:
            replies.pop()
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
        else:
            say(200)(handler)

    return reply


def test_a_read_on_a_connection_that_was_dropped_is_sent_once_more() -> None:
    with wire(_hangs_up_first(["once"])) as server:  # type: ignore[arg-type]
        assert transport_to(server.url).request("GET", PATH).status == 200
    assert len(server.calls) == 2


def test_a_read_is_not_sent_a_third_time() -> None:
    with wire(_hangs_up_first(["once", "twice"])) as server, pytest.raises(Unreachable):  # type: ignore[arg-type]
        transport_to(server.url).request("GET", PATH)
    assert len(server.calls) == 2


def test_a_write_on_a_connection_that_was_dropped_is_not_sent_again() -> None:
    with wire(_hangs_up_first(["once"])) as server, pytest.raises(Unreachable) as caught:  # type: ignore[arg-type]
        transport_to(server.url).request("DELETE", PATH)
    assert caught.value.outcome_unknown
    assert len(server.calls) == 1


def _tokens(*tokens: str) -> ClientCredentials:
    for token in tokens:
        responses.post(f"{LOGIN}/oauth/token", json={"access_token": token, "expires_in": 86_400})
    return ClientCredentials(LOGIN, "id", "secret")


@responses.activate
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_401_is_answered_with_one_new_token_and_one_repeat(method: str) -> None:
    responses.add(method, URL, json={"code": "bad.credentials"}, status=401)
    _ready(method)
    answer = transport_to(API, auth=_tokens("old", "new")).request(method, PATH)
    assert answer.status == 200
    sent = [call.request.headers.get("Authorization") for call in responses.calls if call.request.url == URL]
    assert sent == ["Bearer old", "Bearer new"]


@responses.activate
def test_a_second_401_is_wrong_credentials() -> None:
    responses.get(URL, json={"code": "bad.credentials"}, status=401)
    with pytest.raises(WrongCredentials) as caught:
        transport_to(API, auth=_tokens("old", "new", "never")).request("GET", PATH)
    assert (caught.value.status, caught.value.code) == (401, "bad.credentials")
    assert sum(call.request.url == URL for call in responses.calls) == 2


@responses.activate
def test_a_redirect_is_not_followed() -> None:
    responses.get(URL, status=302, headers={"Location": "https://evil.example/"})
    with pytest.raises(NotUnderstood):
        transport_to(API).request("GET", PATH)
    assert len(responses.calls) == 1


@responses.activate
def test_a_page_instead_of_json_is_not_understood() -> None:
    responses.get(URL, body="<html>Sign in to the guest network</html>")
    with pytest.raises(NotUnderstood) as caught:
        transport_to(API).request("GET", PATH)
    assert "GENESYS_DOMAIN" in caught.value.remedy


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_read_only_stops_a_write_before_any_connection(method: str) -> None:
    with wire(say(200)) as server:
        transport = transport_to(server.url, auth=_NoToken(), read_only=True)
        with pytest.raises(ReadOnly) as caught:
            transport.request(method, PATH)
        assert server.calls == []
    assert (caught.value.method, caught.value.path) == (method, PATH)
    assert "GENESYS_READ_ONLY" in caught.value.remedy


class _NoToken:
    """A token source that must not be asked."""

    def token(self) -> str:
        raise AssertionError("a token was asked for")

    def invalidate(self, token: str) -> None:
        raise AssertionError("a token was used")


@responses.activate
def test_read_only_lets_reads_and_declared_searches_pass() -> None:
    _ready("GET")
    _ready("POST")
    transport = transport_to(API, read_only=True)
    assert transport.request("GET", PATH).status == 200
    assert transport.request("POST", PATH, json={}, writes=False).status == 200


@responses.activate
def test_a_full_window_is_waited_for_or_given_back(clock: Clock) -> None:
    told = {"inin-ratelimit-count": "300", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "4"}
    responses.get(URL, json={}, headers=told)
    transport = transport_to(API, clock, pacing=Pacing(clock))
    transport.request("GET", PATH)
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock, pacing=transport._pacing, wait_in_place=1.0).request("GET", PATH)
    assert 2 < _seconds_until(caught.value.at) <= 4
    assert len(responses.calls) == 1
    transport.request("GET", PATH)
    assert clock.naps == [4]


@responses.activate
def test_a_429_holds_back_the_other_callers_too(clock: Clock) -> None:
    _busy("GET", 429, Retry_After="30")
    pacing = Pacing(clock)
    for _ in range(3):
        with pytest.raises(RetryLater):
            transport_to(API, clock, pacing=pacing).request("GET", PATH)
    assert len(responses.calls) == 1


@responses.activate
def test_every_exchange_is_reported_once(clock: Clock) -> None:
    heard = []
    _busy("GET", 503, Retry_After="1")
    responses.get(URL, status=404)
    transport = transport_to(API, clock, on_call=lambda *call: heard.append(call))
    with pytest.raises(NotThere):
        transport.request("GET", PATH, query={"filter": "jane@example.com"})
    assert [call[:3] for call in heard] == [("GET", PATH, 503), ("GET", PATH, 404)]


def test_an_exchange_without_an_answer_is_reported_without_a_status() -> None:
    heard = []
    with wire(say(200)) as server:
        url = server.url
    with pytest.raises(Unreachable):
        transport_to(url, on_call=lambda *call: heard.append(call)).request("GET", PATH)
    assert [call[:3] for call in heard] == [("GET", PATH, None)]


def test_threads_share_a_transport_and_its_connections() -> None:
    ports = set()

    def note(handler: BaseHTTPRequestHandler) -> None:
        ports.add(handler.client_address[1])
        say(200)(handler)

    with wire(note) as server:
        transport = transport_to(server.url)
        for _ in range(3):
            with ThreadPoolExecutor(10) as pool:
                for read in [pool.submit(transport.request, "GET", PATH) for _ in range(10)]:
                    assert read.result().status == 200
    assert len(server.calls) == 30
    assert len(ports) <= 10


@responses.activate
def test_an_error_never_shows_token_query_or_body(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    responses.get(URL, json={"code": "bad.request", "message": "jane@example.com"}, status=400)
    transport = transport_to(API)
    with pytest.raises(Refused) as caught:
        transport.request("GET", PATH, query={"filter": "jane@example.com"})
    shown = f"{caught.value}{caught.value!r}{caught.value.remedy}{transport!r}{caplog.text}"
    assert "jane" not in shown and "the-token" not in shown
