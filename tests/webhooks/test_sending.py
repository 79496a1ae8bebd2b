"""One attempt over a real socket: whatever the receiver does ends in words, and in time."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from typing import Any

import pytest

from offboarding.webhooks.deadline import Deadline
from offboarding.webhooks.guard import session_for
from offboarding.webhooks.sending import READ_AT_MOST, Limits, send
from tests.sink import Answer, Sink

SHORT = Limits(connect=0.5, read=0.15, total=0.3)


def test_it_posts_the_exact_bytes_once(to_sink: Sink) -> None:
    body = '{"name": "Zoë 王"}\n'.encode()
    assert send(to_sink.url, body, {"webhook-id": "msg_1"}).status == 200
    [received] = to_sink.requests
    assert (received.method, received.path, received.body) == ("POST", "/hook", body)
    assert received.headers["content-type"] == "application/json"
    assert received.headers["content-length"] == str(len(body))
    assert received.headers["webhook-id"] == "msg_1"
    assert received.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_is_taken(status: int, to_sink: Sink) -> None:
    to_sink.answers([Answer(status)])
    answer = send(to_sink.url, b"{}", {})
    assert (answer.status, answer.problem, answer.remedy) == (status, "", "")


@pytest.mark.parametrize(
    "status", [300, 304, 400, 401, 403, 404, 405, 409, 410, 413, 418, 422, 429, 499, 500, 503, 599]
)
def test_everything_else_is_a_problem_with_a_remedy(status: int, to_sink: Sink) -> None:
    to_sink.answers([Answer(status)])
    answer = send(to_sink.url, b"{}", {})
    assert answer.status == status
    assert str(status) in answer.problem
    assert answer.remedy
    assert answer.ends is (status == 410)


@pytest.mark.parametrize(("status", "heard"), [(429, "7"), (503, "7"), (500, ""), (404, "")])
def test_retry_after_is_heard_with_429_and_503(status: int, heard: str, to_sink: Sink) -> None:
    to_sink.answers([Answer(status, {"Retry-After": "7"})])
    assert send(to_sink.url, b"{}", {}).retry_after == heard


def test_it_quotes_the_start_of_a_refusal_on_one_printable_line(to_sink: Sink) -> None:
    to_sink.answers([Answer(422, body="no such\r\n\x00\x1b[31m\u202eperson ".encode() + b"\xff" + b"!" * 500)])
    said = send(to_sink.url, b"{}", {}).said
    assert said.startswith("no such [31m person \ufffd!")
    assert said.isprintable()
    assert len(said) == 201 and said.endswith("…")


def test_an_endless_answer_is_read_to_64_kb_at_most(to_sink: Sink) -> None:
    to_sink.answers([Answer(500, endless=True)])
    started = time.monotonic()
    assert send(to_sink.url, b"{}", {}).status == 500
    assert time.monotonic() - started < 3  # it hung up by itself, before sink or deadline
    to_sink.__exit__(None, None, None)
    assert to_sink.sent < READ_AT_MOST + 8 * 2**20  # what the sockets' own buffers took


def test_a_packed_answer_is_not_unpacked(to_sink: Sink) -> None:
    to_sink.answers([Answer(500, {"Content-Encoding": "gzip"}, body=gzip.compress(b"bomb" * 2**18))])
    assert "bomb" not in send(to_sink.url, b"{}", {}).said


@pytest.mark.parametrize(("status", "taken"), [(200, True), (500, False)])
def test_a_body_that_trickles_ends_at_the_deadline_and_the_status_counts(
    status: int, taken: bool, to_sink: Sink
) -> None:
    to_sink.answers([Answer(status, drip_body=True)])
    started = time.monotonic()
    answer = send(to_sink.url, b"{}", {}, SHORT)
    assert 0.25 < time.monotonic() - started < 3
    assert answer.status == status
    assert (answer.problem == "") is taken


def test_a_head_that_trickles_ends_at_the_deadline(to_sink: Sink) -> None:
    to_sink.answers([Answer(drip_head=True)])
    started = time.monotonic()
    answer = send(to_sink.url, b"{}", {}, SHORT)
    assert 0.25 < time.monotonic() - started < 3
    assert answer.status is None
    assert answer.problem == f"{to_sink.url.removesuffix('/hook')} did not finish its answer within 0.3 seconds."


def test_a_connection_that_opens_after_the_deadline_is_cut_as_well(to_sink: Sink) -> None:
    to_sink.answers([Answer(drip_body=True)])
    with session_for(to_sink.url) as session, Deadline(0.01) as deadline:
        time.sleep(0.05)
        started = time.monotonic()
        with session.post(to_sink.url, data=b"{}", timeout=5, stream=True) as response:
            response.raw.read()
    assert deadline.passed
    assert time.monotonic() - started < 3


def test_silence_ends_at_the_read_timeout(to_sink: Sink) -> None:
    to_sink.answers([Answer(delay=5)])
    started = time.monotonic()
    answer = send(to_sink.url, b"{}", {}, Limits(read=0.15))
    assert time.monotonic() - started < 3
    assert "sent nothing for 0.15 seconds" in answer.problem


def test_a_receiver_that_hangs_up_is_a_problem(to_sink: Sink) -> None:
    to_sink.answers([Answer(close=True)])
    answer = send(to_sink.url, b"{}", {})
    assert answer.status is None
    assert "broke" in answer.problem


def test_an_answer_that_is_not_http_is_a_problem(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.DEPROVISION_WEBHOOK_URL = f"http://127.0.0.1:{server.getsockname()[1]}/"

        def answer_nonsense() -> None:
            opened, _ = server.accept()
            with opened:
                opened.recv(65536)
                opened.sendall(b"220 mail.example.com ESMTP\r\n\r\n")

        thread = threading.Thread(target=answer_nonsense)
        thread.start()
        answer = send(settings.DEPROVISION_WEBHOOK_URL, b"{}", {})
        thread.join()
    assert answer.status is None and "broke" in answer.problem


def test_a_closed_port_is_told_in_words(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
    settings.DEPROVISION_WEBHOOK_URL = f"{address}/key-in-the-path?sig=secret"
    answer = send(settings.DEPROVISION_WEBHOOK_URL, b"{}", {})
    assert answer.problem == f"Nothing takes connections at {address}."
    assert "DEPROVISION_WEBHOOK_URL" in answer.remedy


KEYED = "https://hr.example.com/key"


def test_a_name_that_does_not_exist_is_told_in_words(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    listed = ["hr.example.com"]
    for settings.DEPROVISION_WEBHOOK_URL, settings.WEBHOOK_ALLOWED_HOSTS in ((KEYED, []), ("", []), ("", listed)):
        answer = send(KEYED, b"{}", {})
        assert answer.problem == "The host of https://hr.example.com cannot be found."


@pytest.mark.parametrize("host", ["hr..example.com", "a" * 64 + ".example.com", "\u00df" * 70, "[::1]x"])
def test_a_host_that_cannot_exist_is_a_problem(host: str, settings: Any) -> None:
    settings.DEPROVISION_WEBHOOK_URL = f"http://{host}/"
    answer = send(settings.DEPROVISION_WEBHOOK_URL, b"{}", {})
    assert answer.status is None and answer.problem and answer.remedy


def test_a_receiver_without_tls_is_told_in_words(sink: Sink, settings: Any) -> None:
    settings.DEPROVISION_WEBHOOK_URL = sink.url.replace("http:", "https:")
    answer = send(settings.DEPROVISION_WEBHOOK_URL, b"{}", {})
    assert "is not secure" in answer.problem
    assert sink.requests == []


def test_no_thread_is_left_behind(to_sink: Sink) -> None:
    to_sink.answers([Answer(), Answer(close=True), Answer(drip_head=True)])
    for _ in range(3):
        send(to_sink.url, b"{}", {}, SHORT)
    assert not [thread for thread in threading.enumerate() if thread.name == "delivery deadline"]
