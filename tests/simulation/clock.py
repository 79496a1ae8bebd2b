"""The one clock of a seed: it stands still until everybody sleeps, and then jumps to whoever wakes first."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from types import TracebackType
from unittest import mock

import time_machine

from offboarding.genesys.auth import ClientCredentials
from offboarding.genesys.transport import Transport

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class VirtualClock:
    """While it is entered it replaces, for the whole process, everything the product asks the time of:

    datetime.now and time.time (by time-machine, standing still), time.monotonic and time.sleep (as attributes of the
    module `time`, and as the default arguments that Transport and ClientCredentials have bound), and the sleep that
    django-q2's broker has bound. `sleep` is what a sleeping actor does; other threads do not sleep at all.
    """

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.sleep: Callable[[float], None] = lambda seconds: None
        self._stack = ExitStack()

    def advance(self, to: float) -> None:
        """Later only: a clock of a seed is never put back."""
        if to > self.elapsed:
            self._travel.shift(to - self.elapsed)
            self.elapsed = to

    def now(self) -> datetime:
        return datetime.now(UTC)

    def _monotonic(self) -> float:
        return 1_000.0 + self.elapsed

    def _sleep(self, seconds: float) -> None:
        self.sleep(seconds)

    def __enter__(self) -> VirtualClock:
        self._travel = self._stack.enter_context(time_machine.travel(BEGIN, tick=False))
        put = self._stack.enter_context
        put(mock.patch.object(time, "monotonic", self._monotonic))
        put(mock.patch.object(time, "sleep", self._sleep))
        put(mock.patch("django_q.brokers.orm.sleep", self._sleep))
        bound = {"clock": self._monotonic, "sleep": self._sleep}
        put(mock.patch.dict(Transport.__init__.__kwdefaults__, bound))
        put(mock.patch.dict(ClientCredentials.__init__.__kwdefaults__, {"clock": self._monotonic}))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
