"""HTTP without sockets: requests' adapters that call the sandbox's WSGI callable, and a webhook receiver.

The product's own sessions, transports and errors stay as they are; only the adapter below them is another one.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

from offboarding.sandbox.app import Sandbox
from offboarding.sandbox.errors import DropConnection
from tests.simulation.stage import Stage
from tests.simulation.weather import Weather
from tests.simulation.witness import Witness


@dataclass(frozen=True)
class Received:
    """One message as the receiver got it, and how it answered."""

    id: str
    body: bytes
    status: int


class _Body(io.BytesIO):
    """A body that may end in the middle, as a connection does."""

    def __init__(self, data: bytes, *, is_whole: bool) -> None:
        super().__init__(data)
        self._is_whole = is_whole

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(-1 if size is None else size)
        if not data and not self._is_whole:
            raise ProtocolError("the connection ended in the middle of the body")
        return data

    def read1(self, size: int | None = -1) -> bytes:
        return self.read(size)


class _Adapter(BaseAdapter):
    def close(self) -> None:
        """Nothing is kept open."""

    def _answer(
        self, request: requests.PreparedRequest, status: int, headers: Mapping[str, str], body: bytes, is_whole: bool
    ) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = status, str(request.url), request
        answer.headers = CaseInsensitiveDict(headers)
        answer.raw = HTTPResponse(
            _Body(body, is_whole=is_whole), status=status, headers=dict(headers), preload_content=False
        )
        return answer


class GenesysAdapter(_Adapter):
    """Calls the sandbox in this thread. Each call takes a seeded time, and may meet a fault of the weather."""

    def __init__(self, stage: Stage, sandbox: Sandbox, weather: Weather, witness: Witness) -> None:
        super().__init__()
        self._stage, self._sandbox, self._weather = stage, sandbox, weather
        self._witness = witness
        self.tokens: set[str] = set()  # every token that was sent, none of which may be kept anywhere

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, timeout: tuple[float, float] = (5.0, 60.0), **_: Any
    ) -> requests.Response:
        stage = self._stage
        parts = urlsplit(str(request.url))
        method, told = str(request.method), f"{request.method} {parts.path}"
        token, let_go_at = str(request.headers["Authorization"]), stage.clock.elapsed
        if token.startswith("Bearer "):
            self.tokens.add(token[7:])
        stage.boundary(told)
        fault = self._weather.fault(method, parts.path, stage.chance)
        seconds = stage.chance.uniform(0.1, 1.0) * self._weather.pace
        slow = stage.chance.random() < self._weather.slow
        if fault:
            self._sandbox.faults.clear()
            self._sandbox.faults.add([fault[1]])
        after = self._witness.call(method, parts.path)
        try:
            status, headers, body = self._call(request, parts.path, parts.query)
        except DropConnection:
            status, headers, body = 0, {}, b""
        finally:
            self._sandbox.faults.clear()
        after()
        if status == 429 and not fault:
            now = stage.clock.elapsed
            self._witness.window.refused(token, told, now - let_go_at, now)
        if not fault and self._weather.lost_on and parts.path.endswith("/details/query"):
            body = _announcing_one_more(body, bytes(request.body or b""), self._weather.lost_on)
            headers["Content-Length"] = str(len(body))
        outcome = f"{told} -> {status or 'closed'}{f' ({fault[0]})' if fault else ''}"
        if slow:
            stage.note(f"{outcome}, and the answer does not come in time")
            stage.sleep(timeout[1])
            self._witness.window.answered(token, told, {}, stage.clock.elapsed)
            raise requests.ReadTimeout(request=request)
        stage.sleep(seconds)
        stage.boundary(outcome)
        self._witness.window.answered(token, told, headers, stage.clock.elapsed)
        if not status:
            raise requests.ConnectionError(ProtocolError("Connection aborted."), request=request)
        whole = int(headers.get("Content-Length", len(body))) == len(body)
        if whole and not (fault and "garbage" in fault[1]):
            self._witness.answered(method, parts.path, status, body)
        return self._answer(request, status, headers, body, whole)

    def _call(self, request: requests.PreparedRequest, path: str, query: str) -> tuple[int, dict[str, str], bytes]:
        raw = request.body.encode() if isinstance(request.body, str) else request.body or b""
        environ: dict[str, Any] = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in request.headers.items()}
        environ |= {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(raw)),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(raw),
        }
        started: list[Any] = []
        body: Iterable[bytes] = self._sandbox(environ, lambda status, headers: started.extend((status, headers)))
        return int(started[0].split()[0]), dict(started[1]), b"".join(body)


def _announcing_one_more(answer: bytes, question: bytes, day: str) -> bytes:
    """The answer of a conversation query with a total of one too many when its interval holds that day."""
    start, end = json.loads(question)["interval"].split("/")
    told = json.loads(answer)
    if start[:10] <= day < end[:10] and "totalHits" in told:
        told["totalHits"] += 1
    return json.dumps(told).encode()


class Receiver(_Adapter):
    """What listens at DEPROVISION_WEBHOOK_URL: keeps every message, and refuses or loses some by the weather."""

    STATUSES = (0, 200, 429, 500, 503)  # 0: it took the message, and the answer was lost

    def __init__(self, stage: Stage, weather: Weather) -> None:
        super().__init__()
        self._stage, self._weather = stage, weather
        self.messages: list[Received] = []

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        stage = self._stage
        stage.boundary("POST to the receiver")
        bad = stage.chance.random() < self._weather.receiver
        status = stage.chance.choice(self.STATUSES) if bad else 200
        body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        self.messages.append(Received(str(request.headers["webhook-id"]), body, status))
        stage.sleep(stage.chance.uniform(0.05, 0.5))
        stage.boundary(f"the receiver -> {status or 'closed'}")
        if not status:
            raise requests.ConnectionError(ProtocolError("Connection aborted."), request=request)
        return self._answer(request, status, {"Content-Type": "text/plain"}, b"", True)
