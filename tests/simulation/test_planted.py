"""Every planted bug is seen: the simulator, not only the code, is under test here."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from tests.simulation.house import House
from tests.simulation.planted import PLANTED, planted
from tests.simulation.simulation import play

TRIES = 25
# In the ordinary run: one of each kind, each seen in its first seed.
ALWAYS = {
    "delete_before_archive",
    "file_not_synced",
    "message_id_not_stable",
    "step_end_not_recorded",
    "tokens_not_deleted",
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in ALWAYS else pytest.mark.slow)
        for name, bug in PLANTED.items()
        if bug.caught_by
    ],
)
def test_a_planted_bug_is_caught(house: House, name: str) -> None:
    bug = PLANTED[name]
    seen: set[str] = set()
    with planted(name):
        for seed in range(bug.first, bug.first + TRIES):
            seen |= {violation.name for violation in play(seed, house).violations}
            if seen & set(bug.caught_by):
                break
    assert seen & set(bug.caught_by), f"{bug.what}: not seen in {TRIES} seeds from {bug.first} on, but {sorted(seen)}"


@pytest.mark.parametrize("name", [name for name, bug in PLANTED.items() if bug.unit_test])
def test_a_planted_bug_that_no_seed_shows_fails_its_own_test(name: str, tmp_path: Path) -> None:
    module, _, function = PLANTED[name].unit_test.partition(":")
    test = getattr(import_module(module), function)
    with planted(name), pytest.raises(AssertionError):
        test(tmp_path)


def test_each_has_its_catcher() -> None:
    assert len(PLANTED) >= 20
    assert set(PLANTED) >= ALWAYS
    assert all(bool(bug.caught_by) != bool(bug.unit_test) for bug in PLANTED.values())
