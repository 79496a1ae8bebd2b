"""Keeps everybody who calls for one OAuth client under the rate limits that Genesys Cloud tells. Bookkeeping:
nobody sleeps here.

Every answer carries `inin-ratelimit-count`, `-allowed` and `-reset` (seconds); the ceiling differs by
operation (300 a minute for a token, fewer for some). Operations with the same ceiling are taken for one
bucket, which errs on the careful side, and one that was never called for one of the widest. As long as nothing
is known, nothing is held back.

A call counts until the window it fell into ends, which its own answer tells. So it does not matter whether the
callers share a token: all of them together stay under the ceiling, and with them each of their tokens.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from offboarding.genesys.ledger import Counts, Ledger, MemoryLedger

# A call without an answer counts for a whole window: it may have begun one.
WINDOW = 60.0
# A longer Retry-After is a daily quota of one operation (official Java SDK): no reason to hold the others
# back.
LONGEST_PAUSE = 180.0


# Part of a path with a digit in it, which no name has but the version's.
_ID = re.compile(r"(?<=/)(?!v\d+(?:/|$))[^/]*\d[^/]*")


class Pacing:
    """Shared by all threads of a process, and through its ledger by all processes.

    `clock` gives seconds; with a ledger that other processes use too it must be the same for all.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, ledger: Ledger | None = None) -> None:
        self._clock = clock
        self._ledger = ledger or MemoryLedger()
        self._lock = threading.Lock()
        self._paused_until = 0.0
        self._flying: dict[str, deque[float]] = {}  # when each call under way stops counting, by operation

    def reserve(self, call: str, spare: float = 0.0) -> float:
        """0.0 and the call is counted: send it, then `release`. Otherwise the seconds until asking again.

        `call` is its verb and path, without a query. `spare` is the part of the ceiling that this caller leaves
        to others.
        """
        operation = operation_of(call)
        with self._opened() as (counts, now):
            if 0 < self._paused_until - now <= LONGEST_PAUSE:  # a clock that was put back pauses nobody
                return self._paused_until - now
            if wait := _wait(counts, operation, now, spare):
                return wait
            self._flying.setdefault(operation, deque()).append(counts.add(operation, now + WINDOW))
            return 0.0

    def release(self, call: str, headers: Mapping[str, str] | None = None) -> None:
        """The call ended; `headers` are those of its answer, None when there was none."""
        operation = operation_of(call)
        told = _told(headers or {})
        with self._opened() as (counts, now):
            # Which one of several is released does not matter: the oldest end goes, the others last longer.
            end = self._flying[operation].popleft()
            if told is None:
                return
            count, allowed, reset = told
            counts.remove(operation, end)
            counts.learn(operation, allowed)
            counts.add(operation, now + reset)
            unknown = count - counts.total(operation)  # calls of somebody else with this token
            if unknown > 0:
                counts.add(operation, now + reset, unknown)

    def pause(self, seconds: float) -> None:
        """A 429 was seen: no thread of this process sends for that long; what others may send, their own token
        decides. A wait beyond LONGEST_PAUSE is not shared.
        """
        if seconds <= LONGEST_PAUSE:
            with self._lock:
                self._paused_until = max(self._paused_until, self._clock() + seconds)

    def forget(self) -> None:
        """As if no call had been made, by any process."""
        with self._lock:
            self._paused_until = 0.0
            self._ledger.forget()

    @contextmanager
    def _opened(self) -> Iterator[tuple[Counts, float]]:
        with self._lock, self._ledger.open() as counts:
            now = self._clock()
            counts.tidy(now)
            yield counts, now


def _wait(counts: Counts, operation: str, now: float, spare: float) -> float:
    """0.0 when a call fits under the ceiling without the spare part, else the seconds until enough calls ended."""
    ceiling = counts.ceiling(operation)
    if not ceiling:
        return 0.0
    too_many = counts.total(operation) + 1 - max(1, int(ceiling * (1 - spare)))
    if too_many <= 0:
        return 0.0
    for end, number in sorted(counts.ends(operation).items()):
        too_many -= number
        if too_many <= 0:
            return end - now
    return 0.0


def operation_of(call: str) -> str:
    """ "PUT /api/v2/users/{id}/state" for "PUT /api/v2/users/0a1b/state": the grain at which ceilings differ."""
    return _ID.sub("{id}", call)


def _told(headers: Mapping[str, str]) -> tuple[int, int, float] | None:
    """(count, allowed, seconds to the reset); None when a header is absent or makes no sense."""
    try:
        count, allowed, reset = (int(headers[f"inin-ratelimit-{name}"]) for name in ("count", "allowed", "reset"))
    except (KeyError, ValueError):
        return None
    return (count, allowed, float(reset)) if count >= 0 and allowed > 0 and 0 <= reset <= 86_400 else None
