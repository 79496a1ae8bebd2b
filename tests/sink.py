"""A webhook receiver on loopback: records what it gets, and answers as a test tells it to.

with Sink() as sink:
    sink.answers([Answer(429, {"Retry-After": "2"}), Answer(200)])
    ... send something to sink.url ...
    assert sink.requests[0].json()["status"] == "COMPLETED"
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, cast


@dataclass(frozen=True)
class Answer:
    """How one request is answered. `delay` (seconds) comes before the first byte of the answer.

    `meanwhile` is called once the request is recorded, before anything is answered.
    `close` hangs up without an answer. `endless` sends body bytes as fast as they are taken.
    `drip_head` and `drip_body` send one byte of the head or body at a time, `drip` seconds apart.
    Endless and dripping answers go on until the sender hangs up, for 5 seconds at most.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0
    meanwhile: Callable[[], object] | None = None
    close: bool = False
    endless: bool = False
    drip_head: bool = False
    drip_body: bool = False
    drip: float = 0.02


@dataclass(frozen=True)
class Received:
    """One request as it came in. Header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Sink:
    """Answers 200 to everything until `answers` says otherwise, and again when those answers are used up.

    It speaks TLS when it is given a context for that.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Received] = []
        self.sent = 0  # bytes of endless and dripping answers that were taken
        self.closing = threading.Event()
        self._answers: list[Answer] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.sink = self
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}/hook"

    def answers(self, answers: Iterable[Answer]) -> None:
        """The next answers, in order; those not given yet are forgotten."""
        with self._lock:
            self._answers = list(answers)

    def answer_to(self, received: Received) -> Answer:
        with self._lock:
            self.requests.append(received)
            return self._answers.pop(0) if self._answers else Answer()

    def __enter__(self) -> Sink:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close() then waits for every answer: no thread outlives its test
    sink: Sink

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that hangs up in the middle is what some tests are about; anything else is printed."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_POST(self) -> None:
        sink = cast(_Server, self.server).sink
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = sink.answer_to(Received(self.command, self.path, headers, body))
        self.close_connection = True
        if answer.meanwhile is not None:
            answer.meanwhile()
        sink.closing.wait(answer.delay)
        if answer.close or sink.closing.is_set():
            return
        if answer.drip_head:
            return self._pour(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a", answer.drip)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        if not (answer.endless or answer.drip_body):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.endless:
            self._pour(b"", b"x" * 65536, 0)
        elif answer.drip_body:
            self._pour(b"", b"x", answer.drip)
        else:
            self.wfile.write(answer.body)

    do_GET = do_POST

    def _pour(self, start: bytes, piece: bytes, pause: float) -> None:
        """Send `start`, then `piece` over and over until the sender hangs up, the sink closes or 5 seconds are over."""
        sink = cast(_Server, self.server).sink
        self.wfile.write(start)
        end = time.monotonic() + 5
        while not sink.closing.wait(pause) and time.monotonic() < end:
            self.wfile.write(piece)
            sink.sent += len(piece)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: what came in is in `requests`."""
