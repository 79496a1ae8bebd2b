"""The worker as a process: it does the work, stops cleanly, and a kill at any moment loses nothing."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offboarding.pipeline.runner import MOST_DEATHS
from offboarding.sandbox.testing import SandboxThread
from tests.console import Console, kill_all, processes_of, wait

pytestmark = pytest.mark.slow
IN_THE_STEP = """SELECT lease_owner FROM offboarding_run JOIN offboarding_steprun ON run_id = offboarding_run.id
    WHERE lease_until IS NOT NULL AND key = 'clear_skills' AND offboarding_steprun.state = 'running'"""


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
    before = len(console.sandbox.calls())
    worker = console.start("worker")
    wait(lambda: state(console) == "completed", "the end of the run", 150)
    assert console.sandbox.calls(path="/authorization/divisions$", after=before), "the permissions were not looked at"
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


def test_a_run_whose_worker_is_killed_each_time_it_holds_it_is_given_to_a_human(console: Console) -> None:
    """The supervisor gives the lease back at once, so that no lease runs out: the deaths are counted all the same."""
    console.sandbox.faults(
        {"method": "PUT", "path": "/routingskills/bulk", "delay": 30.0, "close": True, "times": None}
    )
    begin(console, console.sandbox.person("holds everything")["id"]).kill()
    console.end_leases()
    console.start("worker")
    first_seen: dict[int, float] = {}
    killed: set[int] = set()

    def kill_or_ended() -> bool:
        """Whoever holds the run is killed once it hangs in the call, and not before it could ask how many died."""
        for (owner,) in console.rows(IN_THE_STEP):
            pid = int(owner.rpartition(":")[2])
            if time.monotonic() - first_seen.setdefault(pid, time.monotonic()) > 1.5 and pid not in killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        return state(console) == "failed"

    wait(kill_or_ended, "a human to be asked", 150)
    assert console.rows("SELECT error_code FROM offboarding_run") == [("worker_died",)]
    assert len(killed) == MOST_DEATHS


def test_queue_processes_whose_supervisor_and_main_process_were_killed_are_ended_by_the_next_worker(
    console: Console,
) -> None:
    worker = console.start("worker")
    wait(lambda: len(processes_of(console.folder)) >= 6, "the cluster")
    main = next(iter(set(children_of(worker.pid))))
    for pid in (worker.pid, main):
        os.kill(pid, signal.SIGKILL)
    worker.wait()
    left = set(processes_of(console.folder)) - {worker.pid, main}
    assert left, "they outlive both, which is what this is about"
    console.start("worker")
    wait(lambda: not left & set(processes_of(console.folder)), "the end of the orphans", 20)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
