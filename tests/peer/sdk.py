"""The vendor's SDK as a transport: whatever the client asks for is carried out by the SDK, in its own process."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from offboarding.genesys.auth import FixedToken
from offboarding.genesys.errors import error_from
from offboarding.genesys.exchange import Limits, Response
from offboarding.genesys.transport import Query, Transport
from offboarding.sandbox.testing import SandboxThread
from tests.documented import operation_of

# What a model of the SDK puts in the place of a value that is not among the documented ones.
UNKNOWN = "outdated_sdk_version"


class Sdk:
    """The process that runs `speak.py`; `lost` tells what its models did not know of the answers so far."""

    def __init__(self, python: str, sandbox: SandboxThread) -> None:
        command = [python, "-W", "ignore", str(Path(__file__).with_name("speak.py")), sandbox.url]
        command += [sandbox.client_id, sandbox.client_secret]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lock = threading.Lock()
        self.lost: set[str] = set()
        self.asked: set[str] = set()

    def __enter__(self) -> Sdk:
        self._heard()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=20)

    def ask(self, operation: str, **asked: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        with self._lock:
            self.asked.add(operation)
            line = {"operation": operation, "path": {}, "query": {}, "headers": {}, "body": None} | asked
            self._process.stdin.write(json.dumps(line) + "\n")
            self._process.stdin.flush()
            answer = self._heard()
            if answer["status"] < 300:
                self.lost |= {f"{operation}: {each}" for each in lost(answer["raw"], answer["seen"])}
            return answer

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the SDK's process ended with {self._process.wait(10)}; its traceback is above"
        found: dict[str, Any] = json.loads(line)
        return found


def lost(raw: Any, seen: Any, at: str = "") -> set[str]:
    """Where the answer has something that the SDK's model has not: a field it does not know, or a value."""
    if seen == UNKNOWN and raw != UNKNOWN:
        return {f"{at} = {raw!r}"}
    if isinstance(raw, dict):
        if not isinstance(seen, dict):
            return {f"{at} is an object"} if raw else set()
        found: set[str] = set()
        for name, value in raw.items():
            if name in seen:
                found |= lost(value, seen[name], f"{at}.{name}".strip("."))
            elif value is not None:
                found.add(f"{at}.{name}".strip("."))
        return found
    if isinstance(raw, list):
        pairs = zip(raw, seen if isinstance(seen, list) else [None] * len(raw), strict=True)
        return {each for one, other in pairs for each in lost(one, other, f"{at}[]")}
    return set()


class SdkTransport(Transport):
    """Gives the client what the SDK's models made of each answer, and the API's errors as the own transport does."""

    def __init__(self, sdk: Sdk, url: str) -> None:
        super().__init__(url, FixedToken("unused"), wait_in_place=0, limits=Limits(connect=1, read=1, total=1))
        self._sdk = sdk

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        permission: str = "",
        writes: bool | None = None,
        right_before: Callable[[], None] | None = None,
    ) -> Response:
        if right_before:
            right_before()
        operation = operation_of(method, path)
        assert operation is not None, f"{method} {path} is not documented"
        names = re.findall(r"\{(\w+)\}", operation.path)
        values = re.fullmatch(re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(operation.path)), path)
        assert values is not None
        answer = self._sdk.ask(
            operation.name,
            path=dict(zip(names, map(unquote, values.groups()), strict=True)),
            query={name: _plain(value) for name, value in (query or {}).items() if value is not None},
            headers=dict(headers or {}),
            body=json,
        )
        seen = {name.lower(): value for name, value in answer["headers"].items()}
        correlation_id = seen.get("inin-correlation-id", "")
        if answer["status"] >= 400:
            raise error_from(
                answer["status"],
                answer["raw"],
                method=method,
                path=path,
                correlation_id=correlation_id,
                permission=permission,
            )
        # The ETag is in the header alone for some, and the SDK keeps the headers of its last answer.
        return Response(answer["status"], answer["seen"], {"ETag": seen.get("etag", "")}, correlation_id)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
