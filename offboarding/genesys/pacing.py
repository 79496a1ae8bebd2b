"""Keeps the threads of one process under the rate limits that Genesys Cloud tells. Bookkeeping: nobody sleeps
here.

Every answer carries `inin-ratelimit-count`, `-allowed` and `-reset` (seconds); the ceiling differs by
operation (300 a minute for a token, fewer for some areas). Operations with the same ceiling are taken for one
bucket, which errs on the careful side. As long as nothing is known, nothing is held back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WINDOW = 60.0
# A longer Retry-After is a daily quota of one operation (official Java SDK): no reason to hold the others
# back.
LONGEST_PAUSE = 180.0


@dataclass
class _Bucket:
    allowed: int
    used: int
    ends: float
    told: bool = True


class Pacing:
    """Shared by all threads that use one token. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[int, _Bucket] = {}
        self._ceiling_of: dict[str, int] = {}
        self._in_flight: dict[str, int] = {}
        self._paused_until = 0.0

    def reserve(self, path: str) -> float:
        """0.0 and the call is counted: send it, then `release`. Otherwise the seconds until asking again."""
        area = _area(path)
        with self._lock:
            now = self._clock()
            if now < self._paused_until:
                return self._paused_until - now
            bucket = self._bucket_of(area)
            if bucket is not None:
                if now >= bucket.ends:
                    bucket.used, bucket.ends = self._flying(bucket.allowed), now + WINDOW
                    bucket.told = False
                if bucket.used >= bucket.allowed:
                    return bucket.ends - now
                bucket.used += 1
            self._in_flight[area] = self._in_flight.get(area, 0) + 1
            return 0.0

    def release(self, path: str, headers: Mapping[str, str] | None = None) -> None:
        """The call ended; `headers` are those of its answer, None when there was none."""
        area = _area(path)
        told = _told(headers or {})
        with self._lock:
            self._in_flight[area] -= 1
            if told is None:
                return
            count, allowed, reset = told
            ends = self._clock() + reset
            self._ceiling_of[area] = allowed
            bucket = self._buckets.get(allowed)
            # Whole seconds: the same window may seem to end a second sooner or later from one answer to the next.
            if bucket is None or ends > bucket.ends + 1.5:
                self._buckets[allowed] = _Bucket(allowed, count + self._flying(allowed), ends)
            else:
                # A late answer may still tell of the window before, so it never makes this one shorter.
                bucket.used = max(bucket.used, count)
                bucket.ends = max(bucket.ends, ends) if bucket.told else ends
                bucket.told = True

    def pause(self, seconds: float) -> None:
        """A 429 was seen: nobody sends for that long. A wait beyond LONGEST_PAUSE is not shared."""
        if seconds <= LONGEST_PAUSE:
            with self._lock:
                self._paused_until = max(self._paused_until, self._clock() + seconds)

    def _bucket_of(self, area: str) -> _Bucket | None:
        ceiling = self._ceiling_of.get(area)
        return None if ceiling is None else self._buckets.get(ceiling)

    def _flying(self, allowed: int) -> int:
        """Calls on their way in the areas of this bucket: the answer's count may not have them yet."""
        return sum(number for area, number in self._in_flight.items() if self._ceiling_of.get(area) == allowed)


def _area(path: str) -> str:
    """ "users" for /api/v2/users/..., "scim" for /api/v2/scim/v2/...: the grain at which ceilings differ."""
    parts = path.strip("/").split("/")
    return parts[2] if len(parts) > 2 and parts[:2] == ["api", "v2"] else parts[0]


def _told(headers: Mapping[str, str]) -> tuple[int, int, float] | None:
    """(count, allowed, seconds to the reset); None when a header is absent or makes no sense."""
    try:
        count, allowed, reset = (int(headers[f"inin-ratelimit-{name}"]) for name in ("count", "allowed", "reset"))
    except (KeyError, ValueError):
        return None
    return (count, allowed, float(reset)) if count >= 0 and allowed > 0 and 0 <= reset <= 86_400 else None
