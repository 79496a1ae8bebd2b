"""A worker that dies, or stalls, at one point of one step, as a killed or a sleeping process would.

Nothing of the product is replaced: a call is caught where it leaves `requests`, and a record where it is stored.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from django.db import connection
from django.db.models.signals import post_save

from offboarding.models import AuditRecord, Run, StepRun
from tests.call_bounds import is_write

BEFORE, HALF_WAY, AFTER = "before the call", "half way through the calls", "after the call"
UNRECORDED, RECORDED = "before the record is committed", "after the record"
STALLED = "stalls before the call, and goes on when the run is done"
POINTS = (BEFORE, HALF_WAY, AFTER, UNRECORDED, RECORDED, STALLED)


class Death(BaseException):
    """No except clause of the product catches this, and neither does a killed process."""


def deciding(calls: dict[str, int]) -> int:
    """How many calls a step makes that it may die at: those that change something or, when there is none, all."""
    return sum(count for call, count in calls.items() if is_write(call)) or sum(calls.values())


@contextmanager
def calls_of(run: Run, key: str, whole: dict[str, int], heard: Callable[[int, str], None]) -> Iterator[None]:
    """`heard(number, moment)` before and after each deciding call of a step, numbered from 1.

    `whole` are the calls of that step in a run that nobody disturbs: what decides is known from them. Calls of other
    threads are the reading of holdings and decide nothing.
    """
    writes = any(is_write(call) for call in whole)
    send, mine, made = requests.Session.send, threading.get_ident(), [0]

    def is_it(request: requests.PreparedRequest) -> bool:
        call = f"{request.method} {str(request.url).partition('?')[0]}"
        if threading.get_ident() != mine or "/oauth/" in call or (writes and not is_write(call)):
            return False
        return StepRun.objects.filter(run=run, key=key, state="running").exists()

    def caught(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if not is_it(request):
            return send(session, request, **options)
        made[0] += 1
        number = made[0]
        heard(number, BEFORE)
        answer = send(session, request, **options)
        heard(number, AFTER)
        return answer

    requests.Session.send = caught  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        requests.Session.send = send  # type: ignore[method-assign]


@contextmanager
def dying_at_the_call(run: Run, key: str, point: str, whole: dict[str, int]) -> Iterator[None]:
    """Die before the first deciding call of a step, after the first of several, or after the last."""
    where = {BEFORE: (1, BEFORE), HALF_WAY: (1, AFTER), AFTER: (deciding(whole), AFTER)}[point]

    def heard(number: int, moment: str) -> None:
        if (number, moment) == where:
            raise Death(f"{key}, {point}")

    with calls_of(run, key, whole, heard):
        yield


@contextmanager
def stalling_at_the_call(run: Run, key: str, whole: dict[str, int], meanwhile: Callable[[], None]) -> Iterator[None]:
    """Let `meanwhile` happen before the first deciding call of a step, and then send that call all the same."""
    begun: list[int] = []

    def heard(number: int, moment: str) -> None:
        if not begun:
            begun.append(number)
            meanwhile()

    with calls_of(run, key, whole, heard):
        yield


@contextmanager
def dying_at_the_record(key: str, point: str) -> Iterator[None]:
    """Die where the end of a step is written but not committed, or at the first query after its commit."""
    depth, written = len(connection.savepoint_ids), [False]

    def stored(instance: AuditRecord, **_: object) -> None:
        if not instance.action.startswith("step.") or instance.data.get("key") != key:
            return
        if point == UNRECORDED:
            raise Death(f"{key}, {point}")
        written[0] = True

    def query(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        if written[0] and len(connection.savepoint_ids) == depth and "SAVEPOINT" not in sql:
            raise Death(f"{key}, {point}")
        return execute(sql, *more)

    post_save.connect(stored, sender=AuditRecord, weak=False, dispatch_uid="dying")
    try:
        with connection.execute_wrapper(query):
            yield
    finally:
        post_save.disconnect(sender=AuditRecord, dispatch_uid="dying")
