"""The only import of django_q: wakes the worker, and is the queue's cluster for it. Wake-ups carry no state.

A lost, doubled or late wake-up is harmless by design. Called inside a transaction, a wake-up is a row of the same
database and commits or vanishes with it.
"""

from __future__ import annotations

import mmap
import os
import signal
import socket
import time
from collections.abc import Mapping
from typing import Any

from django_q.brokers import get_broker
from django_q.cluster import Cluster
from django_q.signals import post_execute_in_worker, post_spawn, pre_execute
from django_q.status import Stat
from django_q.tasks import async_task

# Bytes that this process shares with all it forks: a worker process counts in its own what it begins and ends, so
# that an odd number means busy; the last byte tells that the cluster is to end.
_SLOTS = 4096
_shared = mmap.mmap(-1, _SLOTS + 1)


def wake_lookout() -> None:
    """Ask a worker to see what the connection to Genesys Cloud lets us do."""
    async_task("offboarding.tasks.look")


def wake_planner(request_id: int) -> None:
    """Ask a worker to read the holdings and store the plan of a request."""
    async_task("offboarding.tasks.plan", request_id)


def wake_runner(run_id: int) -> None:
    """Ask a worker to drive a run."""
    async_task("offboarding.tasks.drive", run_id)


def wake_deliveries() -> None:
    """Ask a worker to send what is due in the outbox."""
    async_task("offboarding.tasks.deliver")


def waiting() -> int:
    """How many wake-ups no cluster has taken yet."""
    return int(get_broker().queue_size())


def is_ending() -> bool:
    """Whether the cluster that this process works for was told to end: a run gives its slice back at the next item."""
    return _shared[_SLOTS] == 1


def serve(parent: int) -> None:
    """Be the main process of a cluster until SIGTERM or until `parent` is gone; tasks in hand are finished first.

    The stop happens here and not in a signal handler, where django-q2 may dead-lock (its issue 346).
    """
    _shared[:] = bytes(len(_shared))
    cluster = Cluster()

    def end(*_: object) -> None:
        _shared[_SLOTS] = 1

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cluster.start()
    while not is_ending() and os.getppid() == parent and cluster.sentinel.is_alive():
        time.sleep(0.1)
    end()
    cluster.stop()


def look_into(main: int) -> tuple[Mapping[int, int], int, int] | None:
    """How the cluster with this main process stands; None when it does not tell (it does so twice a second).

    Its worker processes, each with what it counted; the wake-ups it holds and no worker took; results nobody took.
    Raises what the cache raises when that cannot be reached.
    """
    for stat in Stat.get_all():
        if (stat.pid, stat.host) == (main, socket.gethostname()):
            counted = {pid: _shared[pid % _SLOTS] for pid in stat.workers}
            return counted, max(stat.task_q_size, 0), max(stat.done_q_size, 0)
    return None


def _count_from_zero(**_: Any) -> None:
    _shared[os.getpid() % _SLOTS] = 0


def _count(**_: Any) -> None:
    mine = os.getpid() % _SLOTS
    _shared[mine] = (_shared[mine] + 1) % 256


post_spawn.connect(_count_from_zero)
pre_execute.connect(_count)
post_execute_in_worker.connect(_count)
