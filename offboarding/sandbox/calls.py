"""The recorded calls: a bounded ring, oldest out first. Secrets of the token endpoint are not kept."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from typing import Any
from urllib.parse import parse_qs

from .call import Call
from .clock import now_text

_MOST = 20_000


class Calls:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ring: deque[dict[str, Any]] = deque(maxlen=_MOST)
        self._seq = 0

    def record(self, call: Call, status: int, correlation_id: str, fault: int | None, milliseconds: int) -> None:
        """Status 0: the connection was closed without an answer."""
        entry = {
            "seq": 0,
            "time": now_text(),
            "method": call.method,
            "path": call.path,
            "query": {name: ",".join(values) for name, values in call.query.items()},
            "body": body_of(call),
            "status": status,
            "correlation_id": correlation_id,
            "client": call.client,
            "fault": fault,
            "milliseconds": milliseconds,
        }
        with self._lock:
            self._seq += 1
            entry["seq"] = self._seq
            self._ring.append(entry)

    def found(self, *, after: int = 0, method: str = "", path: str = "") -> list[dict[str, Any]]:
        """The calls after a sequence number, of one method, with a path that the expression finds."""
        with self._lock:
            rows = list(self._ring)
        wanted = re.compile(path)
        return [
            row
            for row in rows
            if row["seq"] > after and (not method or row["method"] == method) and wanted.search(row["path"])
        ]

    def clear(self) -> None:
        with self._lock:
            self._ring.clear()


def body_of(call: Call) -> Any:
    """What was sent, read: None for nothing, the text where it is not JSON, and the form of the token endpoint."""
    if not call.raw:
        return None
    text = call.raw.decode("utf-8", "replace")
    if call.path == "/oauth/token":
        return {name: values[-1] for name, values in parse_qs(text).items() if name != "client_secret"}
    try:
        return json.loads(text)
    except ValueError:
        return text
