"""The WSGI callable: faults, latency, rate limit, token, permission, handler; and every call recorded."""

from __future__ import annotations

import ipaddress
import json
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Iterable
from http.client import responses
from typing import Any

from . import clock, oauth
from .call import Answer, Call
from .calls import Calls
from .errors import DropConnection, Refusal, api_error, not_found
from .faults import Fault, Faults
from .limits import RateLimit
from .routes import ARTICLE, PLATFORM
from .routes.control import ROOT, Control
from .state import Org

_NO_BODY = (204, 304)


class Sandbox:
    """One org behind one WSGI callable.

    A fault that closes the connection raises DropConnection; one that truncates sends less than
    Content-Length says. The server has to carry both out.
    """

    def __init__(self, org: Org) -> None:
        self.org = org
        self.faults, self.calls, self.limits = Faults(), Calls(), RateLimit()
        self.control = Control(org, self.faults, self.calls, self.limits)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        call = self._read(environ)
        if call.path == ROOT or call.path.startswith(ROOT + "/"):
            answer = self._control(call)
        else:
            answer = self._platform(call)
        body = _encode(answer)
        headers = {"Content-Type": "application/json", "Cache-Control": "no-cache, no-store, must-revalidate"}
        headers |= {"Content-Length": str(len(body)), "Date": clock.http_date()} | answer.headers
        truncated = headers.pop("X-Sandbox-Truncate", "")
        start_response(f"{answer.status} {responses.get(answer.status, 'Unknown')}", list(headers.items()))
        return [body[: len(body) // 2] if truncated else body]

    def _read(self, environ: dict[str, Any]) -> Call:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
        headers["content-type"] = environ.get("CONTENT_TYPE", "")
        return Call(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
            query_string=environ.get("QUERY_STRING", ""),
            headers=headers,
            raw=environ["wsgi.input"].read(length) if length else b"",
            org=self.org,
            remote=environ.get("REMOTE_ADDR", ""),
        )

    def _control(self, call: Call) -> Answer:
        try:
            if not ipaddress.ip_address(call.remote).is_loopback:
                raise api_error(403, "not.authorized", "The control plane answers loopback only.")
            found = self.control.router.find(call.method, call.path if call.path != ROOT else ROOT + "/")
            if not found:
                raise not_found(f"see GET {ROOT}/ for what there is")
            route, call.params = found
            with self.org.lock:
                return route.handler(call)
        except (AttributeError, TypeError, ValueError) as error:
            return Answer(400, {"status": 400, "code": "bad.request", "message": f"not understood: {error}"})
        except Refusal as refusal:
            return Answer(refusal.status, refusal.body, refusal.headers)

    def _platform(self, call: Call) -> Answer:
        began, correlation_id = time.monotonic(), str(uuid.uuid4())
        fault, status = self.faults.take(call), 0
        try:
            time.sleep(self.org.options.latency_ms / 1000 + (fault.delay if fault else 0))
            with clock.ahead_by(fault.skew if fault else 0.0):
                answer = self._answer(call, fault, correlation_id)
                answer.headers.setdefault("Date", clock.http_date())
            status = answer.status
        finally:
            spent = round((time.monotonic() - began) * 1000)
            self.calls.record(call, status, correlation_id, fault.id if fault else None, spent)
        answer.headers["ININ-Correlation-Id"] = correlation_id
        return answer

    def _answer(self, call: Call, fault: Fault | None, correlation_id: str) -> Answer:
        limit_headers, too_many = self.limits.count(call.headers.get("authorization", ""), call.path, self.org.options)
        try:
            if too_many:
                raise too_many
            if fault and fault.close and not fault.perform:
                raise DropConnection
            answer = Answer()
            if fault is None or fault.perform or not fault.answers:
                answer = self._perform(call)
            if fault:
                answer = _spoiled(answer, fault)
        except Refusal as refusal:
            body = refusal.body | ({"contextId": correlation_id} if "code" in refusal.body else {})
            answer = Answer(refusal.status, body, dict(refusal.headers))
        answer.headers = limit_headers | answer.headers
        return answer

    def _perform(self, call: Call) -> Answer:
        if (call.method, call.path) == ("POST", "/oauth/token"):
            call.client = "oauth"
            return oauth.token(call)
        with self.org.lock:
            call.client, call.person = oauth.authenticate(self.org, call.headers.get("authorization", ""))
            self.org.settle()
        found = (ARTICLE.find(call.method, call.path) if self.org.article else None) or PLATFORM.find(
            call.method, call.path
        )
        if not found:
            raise not_found()
        route, call.params = found
        if call.person and call.path != "/api/v2/tokens/me":
            raise api_error(403, "missing.permissions", "A personal token of the sandbox opens /api/v2/tokens/me only.")
        route.check_permission(self.org.removed_permissions)
        try:
            if not route.locked:
                return route.handler(call)
            with self.org.lock:
                return route.handler(call)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # A body of an unforeseen form ends here, as at the real service; the trace is for the owner.
            traceback.print_exc(file=sys.stderr)
            raise api_error(
                500, "internal.server.error", f"The sandbox could not make sense of this: {error}"
            ) from error


def _spoiled(answer: Answer, fault: Fault) -> Answer:
    if fault.close:
        raise DropConnection
    headers = answer.headers | fault.headers
    if fault.garbage:
        headers["Content-Type"] = "text/html"
        return Answer(fault.status or 200, b"<html><body>Service temporarily unavailable</body></html>", headers)
    if fault.status and fault.body is None and fault.status >= 400:
        refusal = api_error(fault.status, fault.error_code, fault.message or "A fault was asked for.")
        refusal.headers.update(fault.headers)
        raise refusal
    if fault.status:
        return Answer(fault.status, fault.body, headers)
    gone = {*fault.remove, *(["conversations"] if fault.drop_page is not None else [])}
    if gone and isinstance(answer.body, dict):
        answer.body = {name: value for name, value in answer.body.items() if name not in gone}
    if fault.truncate:
        headers["X-Sandbox-Truncate"] = "yes"
    return Answer(answer.status, answer.body, headers)


def _encode(answer: Answer) -> bytes:
    if answer.status in _NO_BODY or answer.body is None:
        return b""
    if isinstance(answer.body, bytes):
        return answer.body
    return json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
