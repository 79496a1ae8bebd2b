"""The worker process: supervises the queue's cluster, gives signs of life, and sweeps for what lies ready."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from offboarding.actions.heartbeat import beat
from offboarding.genesys.connect import org
from offboarding.genesys.errors import GenesysError
from offboarding.pipeline.sweep import Sweeper
from offboarding.start import WrongDatabase, database_must_fit

TICK = 0.5
STOP_WAIT = 30.0


class Command(BaseCommand):
    help = "Carry out approved requests until stopped (SIGTERM or Ctrl-C). Example: manage.py worker"
    stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            database_must_fit(org().id)
        except WrongDatabase as wrong:
            self.stderr.write(f"{wrong.problem} {wrong.remedy}")
            sys.exit(2)
        except GenesysError as error:
            self.stderr.write(f"{error} {error.remedy} The worker starts, and waits for Genesys to answer.")
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        cluster = self._start_cluster()
        try:
            code = self._watch(cluster)
        finally:
            self._end(cluster)
        sys.exit(code)

    def _start_cluster(self) -> subprocess.Popen[bytes]:
        """django-q2 in a session of its own: SIGTERM to its whole group dead-locks it, so only its main gets one."""
        return subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"], start_new_session=True
        )

    def _watch(self, cluster: subprocess.Popen[bytes]) -> int:
        sweeper = Sweeper()
        name = f"{socket.gethostname()}:{os.getpid()}"
        self.stdout.write(f"worker {name} is ready")
        while not self.stopping:
            if cluster.poll() is not None:
                self.stderr.write(f"The queue's process ended by itself with {cluster.returncode}.")
                return 70
            try:
                close_old_connections()
                beat(name=name, at=timezone.now())
                sweeper.sweep()
            except OperationalError as error:
                self.stderr.write(f"The database does not answer: {error}")
            time.sleep(TICK)
        return 0

    def _end(self, cluster: subprocess.Popen[bytes]) -> None:
        if cluster.poll() is None:
            cluster.terminate()
            try:
                cluster.wait(STOP_WAIT)
            except subprocess.TimeoutExpired:
                self.stderr.write(
                    "The queue's process did not end in time and is killed; leases bring the work back."
                )
        try:
            os.killpg(cluster.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
