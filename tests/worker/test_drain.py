"""SIGTERM in the middle of a long archive: the worker is gone within 30 s, and no finished window is read again."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from offboarding.archives.manifest import ARCHIVE_NAME, MANIFEST_NAME, Manifest
from offboarding.archives.verify import verify
from offboarding.sandbox.testing import SandboxThread
from tests.console import Console, processes_of, wait
from tests.worker.many import ask_for, last_call

pytestmark = pytest.mark.slow
DRAIN = 30.0


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with SandboxThread(people=40, conversations=130, group_delay=0.0) as sandbox:
        made = Console(tmp_path, sandbox)
        yield made
        made.close()


def windows_asked(console: Console, after: int) -> list[str]:
    """The windows of the archive in the order of their first call; those that only count it anew are left out."""
    calls = console.sandbox.calls(after=after, method="POST", path="/conversations/details/query$")
    read = [call["body"] for call in calls if call["status"] == 200 and call["body"]["paging"]["pageSize"] > 1]
    return list(dict.fromkeys(body["interval"] for body in read))


def test_a_worker_with_a_long_archive_drains_and_the_archive_goes_on(console: Console) -> None:
    person = console.sandbox.person("plain agent")["id"]
    console.sandbox.change(person, conversations=1_900)
    ask_for(console, [person])
    asked = last_call(console)
    worker = console.start("worker")
    wait(lambda: windows_asked(console, asked), "the archive")
    console.sandbox.options(latency_ms=700)  # from here on it takes half a minute
    wait(lambda: len(windows_asked(console, asked)) >= 4, "some windows")
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(DRAIN) == 0
    assert time.monotonic() - began < DRAIN
    wait(lambda: not processes_of(console.folder), "the end of every process", 10)
    ((state, lease),) = console.rows("SELECT state, lease_until FROM offboarding_run")
    assert (state, lease) == ("running", None)
    assert not list(console.folder.rglob(MANIFEST_NAME))
    before, then = windows_asked(console, asked), last_call(console)
    console.sandbox.options(latency_ms=0)
    console.start("worker")
    wait(lambda: console.rows("SELECT 1 FROM offboarding_run WHERE state = 'completed'"), "the end of the run", 90)
    after = windows_asked(console, then)
    assert set(after) & set(before[:-1]) == set()
    assert after[0] == before[-1] or after[0] > before[-1]
    (note,) = console.folder.rglob(MANIFEST_NAME)
    manifest = Manifest.from_file(note)
    verify(note.with_name(ARCHIVE_NAME), manifest)
    assert manifest.count == 1_900


def test_a_worker_whose_call_hangs_is_gone_in_time_and_that_is_no_death(console: Console) -> None:
    """Killed by its own supervisor, and not by what the step did: another worker goes on at once."""
    ask_for(console, [console.sandbox.person("plain agent")["id"]])
    console.sandbox.faults({"method": "DELETE", "path": "/members/", "delay": 60.0})
    worker, asked = console.start("worker"), last_call(console)
    wait(lambda: console.sandbox.calls(after=asked, method="GET", path="/queues"), "the look")
    wait(
        lambda: console.rows("SELECT 1 FROM offboarding_steprun WHERE key = 'leave_queues' AND asked <> '[]'"),
        "the call",
    )
    time.sleep(0.5)
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    worker.wait(DRAIN)
    assert time.monotonic() - began < DRAIN
    wait(lambda: not processes_of(console.folder), "the end of every process", 10)
    assert console.rows("SELECT state, lease_until, deaths FROM offboarding_run") == [("running", None, 0)]
    console.start("worker")
    wait(lambda: console.rows("SELECT 1 FROM offboarding_run WHERE state = 'completed'"), "the end of the run", 90)
