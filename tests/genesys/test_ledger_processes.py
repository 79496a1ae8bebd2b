"""Real processes that share one pace, and here also one token, so that the sandbox itself counts their sum."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from offboarding.genesys.auth import FixedToken
from offboarding.genesys.client import GenesysClient, hurried
from offboarding.genesys.ledger import Counts
from offboarding.sandbox.testing import SandboxThread
from tests.genesys.conftest import credentials_of, transport_to
from tests.genesys.test_ledger import shared
from tests.genesys.test_pacing import USERS

SPARE = 0.2
spawn = get_context("spawn")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pace" / "one.json"


def hammer(url: str, token: str, person: str, path: str, seconds: float, heard: Any) -> None:
    """A process of four threads that reads as fast as it may, and leaves a part of the limit to others."""
    client = client_of(url, token, path)
    statuses = Counter[int | None]()
    client.transport._on_call = lambda method, path, status, spent: statuses.update([status])
    ends = time.monotonic() + seconds

    def read(_: int) -> None:
        while time.monotonic() < ends:
            client.get_user(person)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(read, range(4)))
    heard.put(statuses)


def client_of(url: str, token: str, path: str) -> GenesysClient:
    pacing = shared(Path(path))
    return GenesysClient(transport_to(url, auth=FixedToken(token), pacing=pacing, spare=SPARE, wait_in_place=60))


@contextmanager
def hammering(sandbox: SandboxThread, token: str, path: Path, seconds: float) -> Iterator[tuple[list[Any], Any]]:
    heard = spawn.Queue()
    given = (sandbox.url, token, sandbox.person()["id"], str(path), seconds, heard)
    processes = [spawn.Process(target=hammer, args=given) for _ in range(3)]
    for process in processes:
        process.start()
    try:
        yield processes, heard
    finally:
        for process in processes:
            process.kill()
            process.join()
        heard.close()
        heard.join_thread()


@pytest.fixture
def token(sandbox: SandboxThread) -> str:
    sandbox.options(rate_limit=40, rate_window=2.0)
    return credentials_of(sandbox).token()


def statuses_of(sandbox: SandboxThread) -> Counter[int]:
    return Counter(call["status"] for call in sandbox.calls(path="^/api/v2/users/"))


def test_three_processes_never_see_a_429_and_cutting_access_overtakes_them(
    sandbox: SandboxThread, token: str, path: Path
) -> None:
    sandbox.options(rate_window=4.0)
    with hammering(sandbox, token, path, 6.0) as (processes, heard):
        until_saturated(path)
        first, waits = hurried(client_of(sandbox.url, token, str(path))), list[float]()
        person = sandbox.person()["id"]
        for _ in range(6):
            began = time.monotonic()
            first.get_user(person)
            waits.append(time.monotonic() - began)
        every = sum((heard.get(timeout=30) for _ in processes), Counter[int | None]())
    assert set(every) == {200}
    assert set(statuses_of(sandbox)) == {200}
    assert every[200] >= 2 * 40 * (1 - SPARE)
    assert max(waits) < 1.0, "the others wait until the window ends"


def until_saturated(path: Path) -> None:
    """Returns when somebody who spares a part would have to wait."""
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        counts = Counts.from_json(path.read_bytes() if path.exists() else b"")
        counts.tidy(time.time())
        if counts.total("users") >= 40 * (1 - SPARE):
            return
        time.sleep(0.02)
    raise AssertionError("the processes never used their part up")


@pytest.mark.slow
def test_a_process_that_is_killed_in_a_call_holds_the_others_a_window_at_most(
    sandbox: SandboxThread, token: str, path: Path
) -> None:
    with hammering(sandbox, token, path, 5.0) as (processes, heard):
        until_saturated(path)
        os.kill(processes[0].pid, signal.SIGKILL)
        processes[0].join()
        before = statuses_of(sandbox)[200]
        others = [heard.get(timeout=30) for _ in processes[1:]]
    assert set(sum(others, Counter[int | None]())) == {200}
    assert statuses_of(sandbox)[200] > before + 20
    later = shared(path, lambda: time.time() + 61)
    assert [later.reserve(USERS) for _ in range(40)] == [0.0] * 40
