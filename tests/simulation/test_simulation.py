"""Seeds that hold every invariant, and that play the same every time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.bug import CRASHES, EXPIRES, KILLS, ONE_AN_HOUR, Tuned
from tests.simulation.house import House
from tests.simulation.simulation import Played, play

ROOT = Path(__file__).parents[2]
FIRST, SEEDS, HUNDRED, LEAST = 10_001, 1_000, 100, 3


def told(played: Played) -> str:
    """What to read when it is red, and how to play it again."""
    lines = [*played.trace[-60:], *map(str, played.violations), f"Again: ./dev simulate --seed {played.seed}"]
    return "\n".join(lines)


def test_a_few_seeds_hold_every_invariant(house: House) -> None:
    ends: Counter[str] = Counter()
    for seed in range(1, 7):
        played = play(seed, house)
        assert played.is_green, told(played)
        ends.update(played.ends)
    assert ends["completed"] > 2, "hardly anybody is deleted, so hardly anything was tried"


@pytest.mark.slow
@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, HUNDRED))
def test_a_hundred_of_a_thousand_seeds_hold_every_invariant(
    first: int, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """The thousand take a quarter of an hour. SIMULATION_SECONDS bounds that; how many were played is printed."""
    bound = float(os.environ.get("SIMULATION_SECONDS", "inf")) / (SEEDS / HUNDRED)
    until, seed = time.monotonic() + bound, first
    while seed < first + LEAST or (time.monotonic() < until and seed < first + HUNDRED):
        played = play(seed, house)
        assert played.is_green, told(played)
        seed += 1
    with capsys.disabled():
        print(f" {seed - first} seeds from {first} on, of {HUNDRED}", end=" ")


@pytest.mark.parametrize(
    ("tuned", "seen"),
    [
        (EXPIRES, "records run.approval_ended  The approval by "),
        (ONE_AN_HOUR, "the most is 1 an hour: the circuit breaker."),
        (KILLS, "records run.failed  5 workers in a row ended in the middle of this step, without a word."),
        (KILLS | {"deadly": ("POST", "/workitems/query")}, "records plan.failed  10 workers in a row began"),
        (CRASHES | {"noticed": True}, "gives back 1 runs of the dead"),
    ],
    ids=[
        "an approval that expires",
        "the circuit breaker",
        "a deadly step",
        "a deadly plan",
        "a death that is noticed",
    ],
)
def test_what_is_rare_is_played_and_ends_well(house: House, tuned: Tuned, seen: str) -> None:
    """Within a few seeds of a weather made for it: the invariants about it have something to look at."""
    for seed in range(1, 7):
        played = play(seed, house, tuned)
        assert played.is_green, told(played)
        if any(seen in event for event in played.trace):
            return
    pytest.fail(f"not once: {seen}")


def test_others_come_into_the_middle_of_a_transaction_where_the_database_lets_them(house: House) -> None:
    """And wait for its locks, or the turn would never come back."""
    played = [play(seed, house, {"inside": 0.3}) for seed in range(1, 7)]
    waited = [any("waits for a lock" in event for event in each.trace) for each in played]
    assert any(waited) == house.database.lets_others_in
    assert all(each.is_green for each in played), "\n".join(map(told, played))


def test_a_seed_plays_the_same_again(house: House) -> None:
    first, second, other = play(4, house), play(4, house), play(5, house)
    assert first.trace == second.trace
    assert first.ends == second.ends
    assert other.trace != first.trace


def alone() -> dict[str, str]:
    """The environment of a process that shares nothing with this one."""
    folder = tempfile.mkdtemp(prefix="offboarding-simulate-")
    env = {"PATH": os.environ["PATH"], "DEPROV_ENV_FILE": "none", "VAR_DIR": folder, "PYTHONHASHSEED": "0"}
    return env | {"DJANGO_SETTINGS_MODULE": "deprov_site.settings"}


def simulate(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=alone(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_planted_bug_is_printed_with_its_trace_and_how_to_play_it_again() -> None:
    with simulate("--seeds", "1", "--planted", "message_id_not_stable") as process:
        printed, complained = process.communicate(timeout=120)
    assert process.returncode == 1, complained
    assert "seed 1 VIOLATES every_end_is_delivered: " in printed
    assert "records run." in printed
    assert printed.endswith("Again: ./dev simulate --seed 1 --planted message_id_not_stable\n")


def test_a_planted_bug_that_is_not_known_is_refused() -> None:
    with simulate("--planted", "nonsense") as process:
        _, complained = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "No planted bug is called nonsense. There is: " in complained


def test_an_interrupt_ends_it_with_what_was_done() -> None:
    with simulate("--seeds", "100000", "--json") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith('{"seed": 1, ')
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        printed, complained = process.communicate(timeout=60)
    assert process.returncode == 130
    assert printed.splitlines()[-1].startswith('{"interrupted": {"seeds": ')
    assert complained == ""
