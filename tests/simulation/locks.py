"""Others come into the middle of a transaction on PostgreSQL, and whoever waits for a lock lets them go on.

SQLite's transactions are immediate, so that none begins while another one lasts: nothing of this plays there. On
PostgreSQL the turn is handed on between two statements of a transaction as well. A statement, or a commit, that then
has to wait for a lock of somebody who stands still would wait for ever, if the turn were not handed on from there too:
PostgreSQL is asked who is blocked. It is asked again after everything that may let go of a lock, until each of those
who wait has either got on or is blocked anew, so that who may act next does not hang on how fast this machine is. Of
several who wait for one row, PostgreSQL itself decides who gets it first: with three of them a seed may play otherwise.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import sleep  # bound before the clock of a seed replaces it
from typing import Any
from unittest import mock

from django.db.backends.utils import CursorWrapper
from django_q.brokers.orm import ORM

from tests.simulation.databases import Database, connected
from tests.simulation.stage import Actor, Stage

SOON = 0.003  # seconds in which nearly every answer of PostgreSQL is here


class Locks:
    """Who waits for a lock. `accuse` is told of a deadlock, which PostgreSQL ends by failing one of those in it."""

    def __init__(self, stage: Stage, accuse: Callable[[str, str], None]) -> None:
        self._stage = stage
        self._accuse = accuse
        self._watcher: Any = None
        self._waiting: dict[int, Actor] = {}  # by the number of their connection

    @contextmanager
    def watched(self, database: Database) -> Iterator[None]:
        """While this lasts, the connections of actors wait as told above."""
        import psycopg

        wait = psycopg.Connection.wait
        execute = CursorWrapper._execute_with_wrappers
        queue = ORM.get_connection

        def waits(of: Any, generator: Any, *told: Any, **named: Any) -> Any:
            actor = self._stage.me()
            if actor is None or of is self._watcher or not self._stage.others_are_inside(actor):
                return wait(of, generator, *told, **named)
            return self._wait(actor, of, generator)

        def executed(self_: CursorWrapper, *told: Any, **named: Any) -> Any:
            self._stage.between_statements()
            try:
                return execute(self_, *told, **named)
            except Exception as error:
                if getattr(error.__cause__, "sqlstate", "") == "40P01":
                    self._accuse("nobody_waits_in_a_circle", f"{error}")
                raise
            finally:
                self.settle()

        def ordered(*key: str) -> Any:  # unordered rows come as they lie in the pages, which no seed decides
            return queue(*key).order_by("id")

        with (
            connected(database.settings) as self._watcher,
            mock.patch.object(ORM, "get_connection", staticmethod(ordered)),
            mock.patch.object(psycopg.Connection, "wait", waits),
            mock.patch.object(CursorWrapper, "_execute_with_wrappers", executed),
        ):
            yield

    def settle(self) -> None:
        """Return when each of those who wait has got on, and waits for its turn, or is blocked by somebody."""
        while pids := [pid for pid, actor in self._waiting.items() if actor.waits]:
            blocked = self._are_blocked(pids)
            if all(blocked) and all(self._waiting[pid].waits for pid in pids):
                return
            sleep(SOON / 10)

    def _wait(self, actor: Actor, of: Any, generator: Any) -> Any:
        """As psycopg's own wait: send the generator whenever its connection is ready; its value is the answer."""
        pid = of.info.backend_pid
        try:
            wanted = next(generator)
            while True:
                ready = _ready(of, wanted, SOON)
                if ready or not all(self._are_blocked([pid])):
                    wanted = generator.send(ready)
                    continue
                self._waiting[pid] = actor
                ready = self._stage.let_others_act(actor, partial(_ready, of, wanted, None))
                del self._waiting[pid]
                wanted = generator.send(ready)
        except StopIteration as end:
            return end.value

    def _are_blocked(self, pids: list[int]) -> list[bool]:
        asked = self._watcher.execute("SELECT cardinality(pg_blocking_pids(pid)) FROM unnest(%s::int[]) pid", [pids])
        return [number > 0 for (number,) in asked.fetchall()]


def _ready(of: Any, wanted: int, seconds: float | None) -> int:
    """1: there is something to read, 2: something can be written, as psycopg counts them; 0 when neither is soon."""
    socket = of.pgconn.socket
    reads, writes, _ = select.select([socket] if wanted & 1 else [], [socket] if wanted & 2 else [], [], seconds)
    return (1 if reads else 0) | (2 if writes else 0)
