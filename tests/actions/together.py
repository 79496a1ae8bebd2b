"""Several people or workers who act at the same moment, each on a database connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection, connections, transaction

from offboarding.actions.errors import Refused
from offboarding.models import AuditHead


def at_once(*acts: Callable[[], Any], seconds: float = 120) -> list[Any]:
    """What each act returned, or the Refused that it raised, in the order given. Any other error is raised here."""
    gate = threading.Barrier(len(acts))
    ends: list[Any] = [None] * len(acts)
    errors: list[BaseException] = []

    def act(number: int) -> None:
        try:
            gate.wait(30)
            ends[number] = acts[number]()
        except Refused as refused:
            ends[number] = refused
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=(number,), daemon=True) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    assert not any(thread.is_alive() for thread in threads), "somebody still waits: a deadlock"
    if errors:
        raise errors[0]
    return ends


def refused(ends: Sequence[Any]) -> list[Refused]:
    return [end for end in ends if isinstance(end, Refused)]


def in_line(
    first: Callable[[], Any],
    second: Callable[[], Any],
    *,
    ready: Callable[[], bool] = lambda: True,
    taken: threading.Event | None = None,
) -> list[Any]:
    """What two acts returned that wait for the head of the audit trail at the same moment.

    The head is `taken` from both once the world is `ready`, and the first act begins then; the second begins at once.
    One of them has to wait on its way for `until_waiting(1)`, and gets the head after the other one.
    """
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL locks rows: SQLite has one writer, who waits for nobody")
    taken = taken or threading.Event()

    def hold_the_head() -> None:
        until(ready, "the second act")
        with transaction.atomic():
            AuditHead.objects.select_for_update().get()
            taken.set()
            until_waiting(2)

    def act_first() -> Any:
        assert taken.wait(30)
        return first()

    return at_once(hold_the_head, act_first, second)[1:]


def until_waiting(number: int) -> None:
    """Until so many wait for a lock of this database."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    def enough() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction would see the same all along
            cursor.execute(asked)
            return bool(cursor.fetchone()[0] >= number)

    until(enough, f"{number} who wait")


def until(true: Callable[[], bool], what: str) -> None:
    ends_at = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends_at, f"waited in vain for {what}"
        time.sleep(0.01)
