"""Boundaries around transactions, which are the real ones: before one begins, before and after it commits.

The queue is the real one too, rows of the same database. A wake-up that is put on it is heard by workers that doze, so
that they need not ask five times a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db.transaction import Atomic, get_connection
from django_q.brokers.orm import ORM

from tests.simulation.stage import Stage


@contextmanager
def boundaries_around_transactions(
    stage: Stage, at_begin: Callable[[], None], before_commit: Callable[[], None]
) -> Iterator[None]:
    """`at_begin` may raise what a transaction ends with that waited too long to begin."""
    enter, leave = Atomic.__enter__, Atomic.__exit__

    def entered(self: Atomic) -> None:
        if stage.me() and not get_connection(self.using).in_atomic_block:
            stage.boundary("begin", quiet=True)
            at_begin()
        enter(self)

    def ended(self: Atomic, kind: Any, error: Any, trace: Any) -> None:
        """It lets go of its locks."""
        try:
            leave(self, kind, error, trace)
        finally:
            stage.settle()

    def left(self: Atomic, kind: Any, error: Any, trace: Any) -> None:
        if not stage.me() or kind is not None or get_connection(self.using).savepoint_ids:
            ended(self, kind, error, trace)
            return
        try:
            before_commit()
            stage.boundary("commit", quiet=True)
        except BaseException as crash:
            ended(self, type(crash), crash, crash.__traceback__)
            raise
        ended(self, None, None, None)
        stage.tell("commit")
        if stage.told["rung"]:
            stage.told["rung"] = 0
            stage.tell("bell")
        stage.boundary("committed", quiet=True)

    def rung(self: ORM, task: Any) -> Any:
        key = enqueue(self, task)
        stage.tell("rung" if stage.me() and get_connection().in_atomic_block else "bell")
        return key

    enqueue = ORM.enqueue
    with (
        mock.patch.object(Atomic, "__enter__", entered),
        mock.patch.object(Atomic, "__exit__", left),
        mock.patch.object(ORM, "enqueue", rung),
    ):
        yield
