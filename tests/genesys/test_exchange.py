"""One exchange over a socket: what is read, what is refused, and whether a write may have happened."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
import requests

from offboarding.genesys.errors import NotUnderstood, Unreachable
from offboarding.genesys.exchange import Limits, Response, exchange, make_session
from tests.genesys.wire import say, wire

LIMITS = Limits(connect=1, read=0.15, total=0.3, most_bytes=1000)


def _exchange(url: str, method: str = "GET", limits: Limits = LIMITS, writes: bool | None = None) -> Response:
    with make_session() as session:
        return exchange(
            session,
            requests.Request(method, f"{url}/x?email=jane@example.com"),
            path="/x",
            limits=limits,
            writes=method != "GET" if writes is None else writes,
        )


@pytest.fixture
def silent() -> Iterator[str]:
    """A socket that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def closed() -> str:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_an_answer_is_read_whole() -> None:
    with wire(say(200, b'{"a": [1, 2]}', ININ_Correlation_Id="c-1")) as server:
        answer = _exchange(server.url)
    assert (answer.status, answer.json, answer.correlation_id) == (200, {"a": [1, 2]}, "c-1")


def test_an_error_status_is_an_answer_too_even_when_it_is_a_page() -> None:
    with wire(say(502, b"<html>Bad gateway</html>")) as server:
        answer = _exchange(server.url)
    assert (answer.status, answer.json) == (502, None)


def test_the_correlation_id_of_the_body_counts_when_the_header_is_missing() -> None:
    with wire(say(404, b'{"contextId": "c-2"}')) as server:
        assert _exchange(server.url).correlation_id == "c-2"


def test_an_empty_success_has_no_json() -> None:
    with wire(say(204, b"")) as server:
        assert _exchange(server.url, "DELETE").json is None


def test_a_packed_body_is_opened() -> None:
    with wire(say(200, gzip.compress(b'{"a": 1}'), Content_Encoding="gzip")) as server:
        assert _exchange(server.url).json == {"a": 1}


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"<html>Welcome</html>", {}, "not.json"),
        (b'{"half": ', {}, "not.json"),
        (b"\xff\xfe\xff", {}, "not.json"),
        (b"[" * 900, {}, "not.json"),
        (b'{"a": "' + b"x" * 1000 + b'"}', {}, "too.large"),
        (gzip.compress(b" " * 100_000), {"Content_Encoding": "gzip"}, "too.large"),
        (gzip.compress(b'{"a": 1}')[:-4], {"Content_Encoding": "gzip"}, "encoding"),
        (b"plain", {"Content_Encoding": "gzip"}, "encoding"),
        (b"packed", {"Content_Encoding": "br"}, "encoding"),
    ],
)
def test_a_success_that_cannot_be_read_is_not_understood(body: bytes, headers: dict[str, str], code: str) -> None:
    with wire(say(200, body, **headers)) as server, pytest.raises(NotUnderstood) as caught:
        _exchange(server.url)
    assert (caught.value.code, caught.value.status) == (code, 200)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with (
        wire(say(200)) as elsewhere,
        wire(say(status, Location=f"{elsewhere.url}/y")) as server,
        pytest.raises(NotUnderstood) as caught,
    ):
        _exchange(server.url)
    assert caught.value.code == "redirect"
    assert len(server.calls) == 1 and elsewhere.calls == []


@pytest.mark.parametrize("writes", [False, True])
def test_a_server_that_never_answers_ends_in_time(silent: str, writes: bool) -> None:
    began = time.monotonic()
    with pytest.raises(Unreachable) as caught:
        _exchange(silent, "DELETE" if writes else "GET")
    assert time.monotonic() - began < 1
    assert (caught.value.code, caught.value.outcome_unknown) == ("timeout", writes)
    assert ("may or may not have been made" in caught.value.remedy) is writes


def test_nobody_listening_means_that_nothing_was_sent(closed: str) -> None:
    with pytest.raises(Unreachable) as caught:
        _exchange(closed, "DELETE")
    assert (caught.value.code, caught.value.outcome_unknown) == ("connection", False)


def test_a_name_that_does_not_exist_means_that_nothing_was_sent() -> None:
    with pytest.raises(Unreachable) as caught:
        _exchange("http://genesys.invalid", "DELETE")
    assert (caught.value.code, caught.value.outcome_unknown) == ("dns", False)


def test_a_server_that_speaks_no_tls_is_not_trusted() -> None:
    with wire(say(200)) as server, pytest.raises(Unreachable) as caught:
        _exchange(server.url.replace("http://", "https://"))
    assert caught.value.code == "tls"


def test_a_connection_that_breaks_off_leaves_a_write_unknown() -> None:
    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)

    with wire(hang_up) as server, pytest.raises(Unreachable) as caught:
        _exchange(server.url, "DELETE")
    assert (caught.value.code, caught.value.outcome_unknown) == ("broken", True)


def test_half_a_body_is_no_answer() -> None:
    def half(handler: BaseHTTPRequestHandler) -> None:
        say(200, b'{"a": 1}', Content_Length="1000")(handler)
        handler.close_connection = True

    with wire(half) as server, pytest.raises(Unreachable):
        _exchange(server.url, limits=Limits(1, 1, 1))


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_drips_cannot_outlive_the_deadline(chunked: bool) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", "900")))
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"1\r\n \r\n" if chunked else b" ")
            handler.wfile.flush()
            time.sleep(0.03)

    began = time.monotonic()
    with wire(drip) as server, pytest.raises(Unreachable) as caught:
        _exchange(server.url)
    assert caught.value.code == "timeout"
    assert time.monotonic() - began < 1


def test_cookies_and_the_environments_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers.get("Cookie"))
        say(200, Set_Cookie="a=b")(handler)

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with wire(look) as server, make_session() as session:
        for _ in range(2):
            request = requests.Request("GET", server.url)
            exchange(session, request, path="/", limits=LIMITS, writes=False)
    assert seen == [None, None]


def test_no_failure_shows_the_query(closed: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Unreachable) as caught:
        _exchange(closed)
    assert "jane" not in f"{caught.value}{caught.value.remedy}"
    assert caught.value.__suppress_context__
