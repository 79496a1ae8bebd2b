"""The worker process: keeps the queue's cluster going, gives signs of life, and sweeps for what lies ready."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections import deque
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from offboarding.actions.heartbeat import beat
from offboarding.genesys.connect import org
from offboarding.genesys.errors import GenesysError
from offboarding.pipeline.cluster import Cluster
from offboarding.pipeline.orphans import end_orphans
from offboarding.pipeline.sweep import Sweeper
from offboarding.queue import wake_lookout
from offboarding.start import WrongDatabase, accounts_must_fit, database_must_be_ready, database_must_fit

TICK, BEAT, ASK_AGAIN = 0.5, 5.0, 5.0
PATIENCE = 8.0
MOST_ENDS, WITHIN = 5, 60.0
WRONG_SETUP, BROKEN = 2, 70


class TooManyEnds(Exception):
    """The cluster ends again as soon as it is started: something is broken that a new one does not mend."""


class Command(BaseCommand):
    help = (
        "Carry out approved requests and send deliveries until stopped (SIGTERM or Ctrl-C), which takes 10 seconds at "
        "most; a run that was in the middle of a step goes on at the next start. "
        "Exit 0 stopped, 2 wrong set-up, 70 broken. Example: manage.py worker"
    )

    cluster: Cluster | None = None
    stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        self.ends: deque[float] = deque(maxlen=MOST_ENDS)
        self.told = ""
        self.asked_at = self.beaten_at = float("-inf")
        self.sweeper = Sweeper()
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        try:
            database_must_be_ready()
            accounts_must_fit()
            if ended := end_orphans():
                self.stderr.write(f"{ended} queue of a worker that was killed was ended: its processes still lived.")
            while not self.stopping:
                self._tick()
                time.sleep(TICK)
        except WrongDatabase as wrong:
            self.stderr.write(f"{wrong.problem} {wrong.remedy}")
            sys.exit(WRONG_SETUP)
        except TooManyEnds as broken:
            self.stderr.write(str(broken))
            sys.exit(BROKEN)
        finally:
            if self.cluster is not None and not self.cluster.end(PATIENCE):
                self.stderr.write("A task did not end in time. Its run goes on at the next start.")

    def _tick(self) -> None:
        try:
            close_old_connections()
            if self.cluster is None:
                self._begin()
            else:
                self._keep(self.cluster)
                self.sweeper.sweep()
                self._beat()
                self.told = ""
        except (OperationalError, InterfaceError) as error:
            self._tell(f"The database does not answer: {str(error).strip()}")

    def _beat(self) -> None:
        """Only while its cluster stands: a worker that cannot begin, as Genesys does not answer, does no work."""
        if self.cluster is not None and time.monotonic() - self.beaten_at >= BEAT:
            beat(name=self.name, at=timezone.now())
            self.beaten_at = time.monotonic()

    def _begin(self) -> None:
        """Start to work once it is known that this database belongs to the configured org.

        What the OAuth client may do is looked at by the cluster, so that nothing waits for it.
        """
        if time.monotonic() - self.asked_at < ASK_AGAIN:
            return
        try:
            here = org()
        except GenesysError as error:
            self.asked_at = time.monotonic()
            self._tell(f"{error} {error.remedy} The work begins as soon as Genesys Cloud answers.")
            return
        database_must_fit(here.id)
        wake_lookout()
        self.cluster = Cluster()
        self.stdout.write(f"worker {self.name} is ready")
        self.stdout.flush()

    def _keep(self, cluster: Cluster) -> None:
        """Replace the cluster when it does not work any more."""
        trouble = cluster.trouble()
        if not trouble:
            return
        self.stderr.write(f"The queue is started again: {trouble}. Runs go on where they stand.")
        self.cluster = None
        cluster.end(PATIENCE)
        self.ends.append(time.monotonic())
        if len(self.ends) == MOST_ENDS and self.ends[-1] - self.ends[0] < WITHIN:
            raise TooManyEnds(f"The queue ended {MOST_ENDS} times within a minute. See the lines above.")
        if not self.stopping:
            self.cluster = Cluster()

    def _tell(self, words: str) -> None:
        """Once, not at every tick."""
        if words != self.told:
            self.stderr.write(words)
            self.told = words

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
