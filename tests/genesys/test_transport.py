"""What happens around a call: the token is renewed, a redirect or a page refused, and everybody keeps one pace."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

import pytest
import responses

from offboarding.genesys.auth import ClientCredentials
from offboarding.genesys.errors import (
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
from tests.genesys.conftest import API, LOGIN, Clock, transport_to
from tests.genesys.replies import PATH, URL, busy, ready, seconds_until
from tests.genesys.wire import say, wire


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
    ready(method)
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
    ready("GET")
    ready("POST")
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
    assert 2 < seconds_until(caught.value.at) <= 4
    assert len(responses.calls) == 1
    transport.request("GET", PATH)
    assert clock.naps == [4]


@responses.activate
def test_a_429_holds_back_the_other_callers_too(clock: Clock) -> None:
    busy("GET", 429, Retry_After="30")
    pacing = Pacing(clock)
    for _ in range(3):
        with pytest.raises(RetryLater):
            transport_to(API, clock, pacing=pacing).request("GET", PATH)
    assert len(responses.calls) == 1


@responses.activate
def test_every_exchange_is_reported_once(clock: Clock) -> None:
    heard = []
    busy("GET", 503, Retry_After="1")
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
