"""Which calls still count against a rate limit, kept in memory for one process or in a file for all of a machine.

Every call has a time at which it stops counting, so whatever a process that died had counted goes away by itself.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Protocol

log = logging.getLogger(__name__)
STEPS = 4  # ends are kept in quarters of a second: a window's calls are then a few rows and not hundreds
MOST_BYTES = 1 << 20


@dataclass(slots=True)
class Counts:
    """`used[ceiling][end]` is how many calls count until that second; under 0 while no ceiling is known at all."""

    seen: float = 0.0
    ceiling_of: dict[str, int] = field(default_factory=dict)
    used: dict[int, dict[float, int]] = field(default_factory=dict)

    def tidy(self, now: float) -> None:
        """Forgets what has ended; and all of it when the clock was put back, for then no end means anything."""
        if now < self.seen - 1:
            self.used = {}
        self.seen = now
        for ends in self.used.values():
            for end in [end for end in ends if end <= now]:
                del ends[end]

    def ceiling(self, operation: str) -> int:
        """One that no answer has told of is under the highest ceiling, the token's own; 0 when none is known."""
        return self.ceiling_of.get(operation) or max(self.ceiling_of.values(), default=0)

    def ends(self, operation: str) -> dict[float, int]:
        return self.used.setdefault(self.ceiling(operation), {})

    def total(self, operation: str) -> int:
        return sum(self.ends(operation).values())

    def add(self, operation: str, until: float, number: int = 1) -> float:
        """Counts calls until then, or up to a quarter of a second longer; the end, for `remove`."""
        ends = self.ends(operation)
        end = ceil(until * STEPS) / STEPS
        ends[end] = ends.get(end, 0) + number
        return end

    def remove(self, operation: str, end: float) -> None:
        ends = self.ends(operation)
        if end in ends:
            ends[end] -= 1
            if not ends[end]:
                del ends[end]

    def learn(self, operation: str, ceiling: int) -> None:
        """The operation's calls count under this ceiling from now on; under the first one also all calls until now."""
        before = self.used.pop(0, {})
        self.ceiling_of[operation] = ceiling
        for end, number in before.items():
            self.add(operation, end, number)

    def to_json(self) -> bytes:
        used = [[ceiling, end, number] for ceiling, ends in self.used.items() for end, number in ends.items()]
        return json.dumps([self.seen, self.ceiling_of, used]).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Counts:
        """What `to_json` wrote; anything else, such as half of it, is as if nothing was known."""
        try:
            seen, ceiling_of, rows = json.loads(text)
            found = cls(seen, ceiling_of)
            for ceiling, end, number in rows:
                found.used.setdefault(ceiling, {})[end] = number
        except (ValueError, TypeError, AttributeError):
            return cls()
        return found


class Ledger(Protocol):
    """Where Counts are kept."""

    def open(self) -> AbstractContextManager[Counts]:
        """The counts, to be read and changed by nobody else until the block ends. It never raises."""

    def forget(self) -> None:
        """Nothing is known any more."""


class MemoryLedger:
    """For one process; its one Pacing sees to it that one thread at a time opens it."""

    def __init__(self) -> None:
        self._counts = Counts()

    @contextmanager
    def open(self) -> Iterator[Counts]:
        yield self._counts

    def forget(self) -> None:
        self._counts = Counts()


class FileLedger:
    """For all processes of a machine, under a lock that the system lifts when its holder dies.

    A file that cannot be read or written holds nobody back: Genesys Cloud's own 429 is then what limits.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            self._complain(error)

    @contextmanager
    def open(self) -> Iterator[Counts]:
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self._complain(error)
            yield Counts()
            return
        # Opened anew each time: a kept handle would share its lock with every thread and forked child.
        with os.fdopen(handle, "r+b", buffering=0) as file:
            counts = self._read(file.fileno())
            yield counts
            self._write(file.fileno(), counts.to_json())

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

    def _read(self, handle: int) -> Counts:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            return Counts.from_json(os.read(handle, MOST_BYTES))
        except OSError as error:
            self._complain(error)
            return Counts()

    def _write(self, handle: int, text: bytes) -> None:
        try:
            os.pwrite(handle, text, 0)
            os.ftruncate(handle, len(text))
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        log.warning("the pace of calls is not shared: %s: %s", self._path, error.strerror)
