"""The worker as a process: it does the work, stops cleanly, and a kill at any moment loses nothing."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offboarding.sandbox.testing import SandboxThread
from tests.console import Console, kill_all, processes_of, wait

pytestmark = pytest.mark.slow


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with SandboxThread(people=40, conversations=900, latency_ms=15) as sandbox:
        made = Console(tmp_path, sandbox)
        yield made
        made.close()


def begin(console: Console, person: str) -> Any:
    """A deprovision command that is left alone once its run is approved."""
    words = ["--requested-by", "staff", "--approved-by", "approver", "--reason", "Voluntary"]
    command = console.start("deprovision", person, *words)
    wait(lambda: console.rows("SELECT 1 FROM offboarding_run"), "the approval")
    return command


def state(console: Console) -> str:
    return str(console.rows("SELECT state FROM offboarding_run")[0][0])


def test_it_finishes_what_a_killed_command_began_and_leaves_no_process(console: Console) -> None:
    person = console.sandbox.person("holds everything")["id"]
    begin(console, person).kill()
    console.end_leases()
    worker = console.start("worker")
    wait(lambda: state(console) == "completed", "the end of the run", 150)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    wait(lambda: not processes_of(console.folder), "the end of every process", 10)
    assert console.sandbox.state(person)["state"] == "deleted"


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_of_everything_at_any_moment_loses_nothing(console: Console, seed: int) -> None:
    chance = random.Random(seed)
    person = console.sandbox.person("holds everything")["id"]
    begin(console, person).kill()
    console.end_leases()
    for _ in range(3):
        console.start("worker")
        before = len(console.sandbox.calls())
        enough = before + chance.randrange(5, 60)
        wait(
            lambda enough=enough: len(console.sandbox.calls()) >= enough or state(console) == "completed", "calls", 150
        )
        kill_all(console.folder)
        console.end_leases()
    console.start("worker")
    wait(lambda: state(console) == "completed", "the end of the run", 200)
    deletes = [c for c in console.sandbox.calls(method="DELETE", path="/scim/v2/users/") if c["status"] == 204]
    assert len(deletes) == 1
    assert console.sandbox.state(person)["state"] == "deleted"
    count = console.rows("SELECT count FROM offboarding_archive")[0][0]
    assert count == console.sandbox.state(person)["conversations"]
    console.run("verify_audit")


def test_idle_queue_workers_that_are_killed_are_noticed(console: Console) -> None:
    """django-q2 is deaf after that (its issue 23); the supervisor starts it again and the work goes on."""
    worker = console.start("worker")
    wait(lambda: len(processes_of(console.folder)) >= 6, "the cluster")
    newest = sorted(set(processes_of(console.folder)) - {worker.pid})
    for pid in newest[2:4]:
        os.kill(pid, signal.SIGKILL)
    person = console.sandbox.person("plain agent")["id"]
    begin(console, person).kill()
    console.end_leases()
    wait(lambda: state(console) == "completed", "the end of the run", 150)
    assert console.sandbox.state(person)["state"] == "deleted"
