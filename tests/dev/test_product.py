"""`./dev run` with the real programs: it gets ready, lets the demo accounts in, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from deprov_site.processes import carriers
from tests.dev.conftest import ROOT, command_line, eventually, free_port, parent

pytestmark = pytest.mark.slow


class Running:
    """`./dev run` of this project with a VAR_DIR of its own, once it said that it is ready."""

    def __init__(self, folder: Path) -> None:
        self.web = f"http://127.0.0.1:{(port := free_port())}"
        self.out = folder / "out"
        env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        env.update(DEPROV_ENV_FILE="none", VAR_DIR=str(folder / "var"))
        self.mark = f"VAR_DIR={env['VAR_DIR']}"
        ports = ["--port", str(port), "--sandbox-port", str(free_port()), "--people", "40"]
        with self.out.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "dev", "run", *ports], cwd=ROOT, env=env, stdout=out, stderr=out
            )
        assert eventually(lambda: "Ready: " in self.said() or self.process.poll() is not None, 90)
        assert "Ready: " in self.said(), self.said()

    def said(self) -> str:
        return self.out.read_text()

    def alive(self) -> set[int]:
        return carriers(self.mark)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.process.kill()
    made.process.wait()
    assert eventually(lambda: not made.alive(), 60)


def test_a_demo_account_can_sign_in(running: Running) -> None:
    with requests.Session() as browser:
        page = browser.get(f"{running.web}/accounts/login/", timeout=10)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token
        answer = browser.post(
            f"{running.web}/accounts/login/",
            data={"csrfmiddlewaretoken": token[1], "username": "staff", "password": "offboard-demo"},
            timeout=10,
        )

    assert answer.status_code == 200
    assert answer.url == f"{running.web}/"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_time_and_leaves_no_process(running: Running, number: signal.Signals) -> None:
    assert eventually(lambda: len(running.alive()) > 6)  # the queue of the worker forks its last one a moment later

    running.process.send_signal(number)

    assert running.process.wait(timeout=40) == 0, running.said()
    assert running.alive() == set()
    assert "Traceback" not in running.said()


def test_a_killed_worker_ends_it_with_the_queue_of_the_worker(running: Running) -> None:
    # The processes of the queue are forked from the worker and carry its command line; the parent tells them apart.
    ours = {pid for pid in running.alive() if parent(pid) == running.process.pid}
    [worker] = [pid for pid in ours if command_line(pid).endswith("manage.py worker")]

    os.kill(worker, signal.SIGKILL)

    assert running.process.wait(timeout=40) == 1
    assert "worker was killed by signal 9" in running.said()
    assert eventually(lambda: not running.alive())


def test_killed_itself_it_leaves_no_process(running: Running) -> None:
    running.process.kill()
    running.process.wait()

    assert eventually(lambda: not running.alive(), 60)
