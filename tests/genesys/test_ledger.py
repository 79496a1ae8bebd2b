"""The pace that processes share: one file, under any order of answers, broken files and clocks."""

from __future__ import annotations

import random
import statistics
import time
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from offboarding.genesys import connect
from offboarding.genesys.client import hurried
from offboarding.genesys.errors import RetryLater
from offboarding.genesys.ledger import Counts, FileLedger
from offboarding.genesys.pacing import Pacing
from offboarding.sandbox.testing import SandboxThread
from tests.genesys.conftest import Clock
from tests.genesys.test_pacing import ROUTING, USERS, _call, _told


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pace" / "one.json"


def shared(path: Path, clock: Any = time.time) -> Pacing:
    """The pacing of one more process."""
    return Pacing(clock, FileLedger(path))


def test_what_one_process_learns_and_uses_holds_the_others(path: Path, clock: Clock) -> None:
    one, other = shared(path, clock), shared(path, clock)
    _call(one, USERS, _told(299, 300, 40))
    assert other.reserve(USERS) == 0.0
    assert one.reserve(USERS) == 40.0
    assert other.reserve(ROUTING) == 40.0


def test_a_429_of_one_process_does_not_silence_the_others(path: Path, clock: Clock) -> None:
    one, other = shared(path, clock), shared(path, clock)
    one.pause(50)
    assert (one.reserve(USERS), other.reserve(USERS)) == (50.0, 0.0)


def test_processes_with_a_token_each_stay_under_one_limit_together(path: Path, clock: Clock) -> None:
    one, other = shared(path, clock), shared(path, clock)
    for number in range(1, 6):
        _call(one, USERS, _told(number, 10, 60))
        _call(other, USERS, _told(number, 10, 30))
    assert one.reserve(USERS) == 30.0 == other.reserve(USERS)


def test_what_a_dead_process_had_reserved_ends_by_itself(path: Path, clock: Clock) -> None:
    living, dead = shared(path, clock), shared(path, clock)
    _call(living, USERS, _told(0, 5, 0))
    assert [dead.reserve(USERS) for _ in range(5)] == [0.0] * 5
    assert living.reserve(USERS) == 60.0
    clock.now += 60
    assert living.reserve(USERS) == 0.0


def test_a_clock_that_was_put_back_holds_nobody_for_long(path: Path, clock: Clock) -> None:
    pacing = shared(path, clock)
    _call(pacing, USERS, _told(300, 300, 60))
    pacing.pause(100)
    clock.now -= 500
    assert pacing.reserve(USERS) == 0.0


@pytest.mark.parametrize("text", ["", "[1.0, 0", "{}", "[1, 2, 3]", "[1.0, {}, [[1]]]", "null", "\x00"])
def test_a_file_that_makes_no_sense_is_as_if_nothing_was_known(path: Path, text: str, clock: Clock) -> None:
    pacing = shared(path, clock)
    path.write_text(text)
    assert pacing.reserve(USERS) == 0.0
    pacing.release(USERS, _told(300, 300, 9))
    assert pacing.reserve(USERS) == 9.0


def test_a_file_that_cannot_be_opened_holds_nobody_and_is_complained_of(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "pace").write_text("not a folder")
    pacing = shared(tmp_path / "pace" / "one.json", clock)
    _call(pacing, USERS, _told(300, 300, 60))
    assert pacing.reserve(USERS) == 0.0
    assert "the pace of calls is not shared" in caplog.text


def test_a_full_disk_loses_no_answer(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("offboarding.genesys.ledger.os.pwrite", full)
    pacing = shared(path, clock)
    _call(pacing, USERS, _told(1, 300, 60))
    assert "the pace of calls is not shared" in caplog.text
    assert pacing.reserve(USERS) == 0.0


def test_counts_survive_the_file() -> None:
    counts = Counts(5.0, {"users": 300}, {300: {60.25: 4}, 0: {61.0: 1}})
    assert Counts.from_json(counts.to_json()) == counts


def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    shared(path).reserve(USERS)
    assert path.stat().st_mode & 0o777 == 0o600


def test_against_any_order_of_answers_no_token_is_overdrawn_nor_all_together() -> None:
    """Three processes, a token each, windows that begin at different times: the calls that count never exceed."""
    for seed in range(100):
        chance, clock = random.Random(seed), Clock()
        ledger = Pacing(clock)._ledger
        processes, allowed = [Pacing(clock, ledger) for _ in range(3)], chance.randint(3, 30)
        windows, waiting = [(clock.now, 0)] * 3, list[tuple[Pacing, dict[str, str]]]()
        for _ in range(300):
            which = chance.randrange(3)
            if waiting and chance.random() < 0.5:
                pacing, headers = waiting.pop(chance.randrange(len(waiting)))
                pacing.release(USERS, headers)
            elif (wait := processes[which].reserve(USERS)) == 0.0:
                began, count = windows[which]
                began, count = (clock.now, 0) if clock.now - began >= 60 else (began, count)
                windows[which] = began, count + 1
                assert sum(each for start, each in windows if clock.now - start < 60) <= allowed, seed
                waiting.append((processes[which], _told(count + 1, allowed, ceil(began + 60 - clock.now))))
            else:
                while waiting:
                    pacing, headers = waiting.pop()
                    pacing.release(USERS, headers)
                clock.now += wait
            clock.now += chance.random() * 0.1


def test_a_call_costs_less_than_a_millisecond(path: Path) -> None:
    pacing, spent = shared(path), list[float]()
    for _ in range(300):
        began = time.perf_counter()
        _call(pacing, USERS, _told(5, 100_000, 40))
        spent.append(time.perf_counter() - began)
    assert statistics.median(spent) < 0.001


def test_clients_of_the_settings_share_the_file_and_only_the_worker_spares_a_part(
    sandbox: SandboxThread, settings: Any
) -> None:
    settings.GENESYS_DOMAIN, settings.GENESYS_CLIENT_ID = sandbox.url, sandbox.client_id
    settings.GENESYS_CLIENT_SECRET = sandbox.client_secret
    connect.forget()
    sandbox.options(rate_limit=10, rate_window=60.0)
    worker, person = connect.client_for_worker(), sandbox.person()["id"]
    for _ in range(8):
        worker.get_user(person)
    with pytest.raises(RetryLater):
        worker.get_user(person)
    hurried(worker).get_user(person)
    connect._after_fork()  # another process: a token and connections of its own
    connect.client_for_page().get_user(person)
    with pytest.raises(RetryLater):
        connect.client_for_page().get_user(person)
    connect.forget()
