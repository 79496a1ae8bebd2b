"""The queue's processes as their supervisor sees them: starts them, notices a standstill, leaves none behind."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Hashable
from multiprocessing import get_context

from django.db import InterfaceError, OperationalError, connections

from offboarding import queue
from offboarding.actions.heartbeat import give_back
from offboarding.pipeline import orphans

log = logging.getLogger(__name__)
# A healthy cluster takes a wake-up within a fraction of a second once one of its workers is free.
DEAF_AFTER = 15.0
SILENT_AFTER = 30.0


class Cluster:
    """One django-q2 cluster, forked into a session of its own.

    Only its main process is ever sent SIGTERM: sent to the whole group it dead-locks. A worker process that is killed
    while it waits takes the queue's lock with it, and the cluster is deaf from then on (django-q2, issue 23): nothing
    but a new cluster helps.
    """

    def __init__(self) -> None:
        connections.close_all()  # a database connection must not be shared with a forked process
        self._process = get_context("fork").Process(target=_serve, args=(os.getpid(),), name="queue")
        with orphans.marked() as mark:
            self._process.start()
            mark.write(str(self._process.pid))
        self._workers: set[int] = set()
        self._deaf, self._unread, self._untold = _Standstill(), _Standstill(), _Standstill()

    def trouble(self) -> str:
        """Why this cluster has to be replaced; empty while it is well. To be asked every second or so."""
        if not self._process.is_alive():
            return f"it ended by itself ({self._process.exitcode})"
        try:
            seen = queue.look_into(self._process.pid or 0)
        except Exception as error:  # whatever the cache's library raises: not knowing is not a reason to end it
            log.warning("the queue's state cannot be read: %s", error)
            return ""
        if self._untold.seconds("nothing" if seen is None else None) > SILENT_AFTER:
            return "it gave no sign of life"
        if seen is None:
            return ""
        counted, held, unread = seen
        self._workers_gone(self._workers - counted.keys(), died=True)
        self._workers = set(counted)
        if self._unread.seconds("results" if unread else None) > SILENT_AFTER:
            return "its results are not read"
        free = any(count % 2 == 0 for count in counted.values())
        still = tuple(counted.items()) if free and (held or queue.waiting()) else None
        return "a wake-up was not taken" if self._deaf.seconds(still) > DEAF_AFTER else ""

    def end(self, patience: float) -> bool:
        """SIGTERM to its main process and, after `patience` seconds or when that is gone, SIGKILL to what is left.

        True when it ended in time. Runs that its workers held can be claimed again at once.
        """
        self._process.terminate()
        self._process.join(patience)
        in_time = not self._process.is_alive()
        try:
            os.killpg(self._process.pid or 0, signal.SIGKILL)
        except ProcessLookupError:
            self._process.kill()
        self._process.join()
        orphans.unmark()
        try:
            self._workers_gone(self._workers, died=False)
        except (OperationalError, InterfaceError) as error:
            log.warning("the database does not answer, so runs go on when their leases end: %s", error)
        return in_time

    def _workers_gone(self, pids: set[int], *, died: bool) -> None:
        if pids:
            give_back(owners=[f"{socket.gethostname()}:{pid}" for pid in pids], died=died)


class _Standstill:
    """How long something has been as it is."""

    def __init__(self) -> None:
        self._what: Hashable = None
        self._since = 0.0

    def seconds(self, what: Hashable) -> float:
        """Since when it is this, without a change in between; 0 for None."""
        if what is None or what != self._what:
            self._what, self._since = what, time.monotonic()
        return time.monotonic() - self._since


def _serve(parent: int) -> None:
    os.setsid()
    queue.serve(parent)
