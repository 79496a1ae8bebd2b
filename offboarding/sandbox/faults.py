"""Faults on demand: which calls go wrong, how, and how often."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .call import Call


@dataclass
class Fault:
    """What to match (method, path, query, body: regular expressions), and what happens to such a call.

    times       how many calls it hits; None is every one
    after       how many matching calls pass unharmed before
    skew        the org's clock is so many seconds ahead of ours (negative: behind) for this call and its Date
    delay       seconds to wait, before anything else
    close       close the connection without an answer
    status, code, message, body, headers    answer this instead; without `body` an ErrorBody is made
    garbage     answer with a body that is not JSON (an HTML page), as `status` or 200
    truncate    send only half of the body, then close
    perform     carry the call out first, then let the answer go wrong
    drop_page   a conversation query for this page comes back without its conversations
    remove      leave these keys out of the JSON answer
    """

    method: str = ""
    path: str = ""
    query: str = ""
    match_body: str = ""
    times: int | None = 1
    after: int = 0
    skew: float = 0.0
    delay: float = 0.0
    close: bool = False
    status: int = 0
    code: str = ""
    message: str = ""
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    garbage: bool = False
    truncate: bool = False
    perform: bool = False
    drop_page: int | None = None
    remove: list[str] = field(default_factory=list)
    id: int = 0
    seen: int = 0
    hits: int = 0

    def fits(self, call: Call) -> bool:
        if self.method and self.method.upper() != call.method:
            return False
        if self.drop_page is not None and _page_of(call) != self.drop_page:
            return False
        return bool(
            re.search(self.path, call.path)
            and re.search(self.query, call.query_string)
            and re.search(self.match_body, call.raw.decode("utf-8", "replace"))
        )

    @property
    def error_code(self) -> str:
        return self.code or _CODES.get(self.status, "internal.server.error")

    @property
    def answers(self) -> bool:
        """Does it make an answer of its own?"""
        return bool(self.status or self.garbage)


_CODES = {
    400: "bad.request",
    401: "bad.credentials",
    403: "missing.permissions",
    404: "not.found",
    408: "client.timeout",
    409: "general.conflict",
    413: "request.entity.too.large",
    429: "too.many.requests.retry.after",
    503: "service.unavailable",
    504: "request.timeout",
}


def _page_of(call: Call) -> int | None:
    try:
        return int(json.loads(call.raw)["paging"]["pageNumber"])
    except (ValueError, KeyError, TypeError):
        return None


_SETTABLE = {each.name for each in fields(Fault)} - {"id", "seen", "hits"}


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._last = 0

    def add(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """All or none. Raises ValueError for an unknown name or a broken expression."""
        new = []
        for row in rows:
            if unknown := set(row) - _SETTABLE:
                raise ValueError(f"no fault has {', '.join(sorted(unknown))}; known: {', '.join(sorted(_SETTABLE))}")
            fault = Fault(**row)
            try:
                for expression in (fault.path, fault.query, fault.match_body):
                    re.compile(expression)
            except (re.error, TypeError) as error:
                raise ValueError(f"not a regular expression: {error}") from error
            new.append(fault)
        with self._lock:
            for fault in new:
                self._last += 1
                fault.id = self._last
            self._faults += new
        return [asdict(fault) for fault in new]

    def take(self, call: Call) -> Fault | None:
        """The first fault that hits this call; counts what it passed over."""
        with self._lock:
            for fault in self._faults:
                if (fault.times is not None and fault.hits >= fault.times) or not fault.fits(call):
                    continue
                fault.seen += 1
                if fault.seen > fault.after:
                    fault.hits += 1
                    return fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
