"""Every planted bug is seen: the simulator and the tests, not only the code, are under test here."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from django.conf import settings

from tests.simulation.house import House
from tests.simulation.planted import PLANTED, planted
from tests.simulation.simulation import play
from tests.simulation.test_simulation import ROOT, alone

TRIES = 20
# In the ordinary run: one of each kind, each seen in its first seeds.
ALWAYS = {
    "delete_before_archive",
    "etag_not_sent",
    "file_not_synced",
    "message_id_not_stable",
    "step_end_not_recorded",
    "tokens_not_deleted",
}


def bugs(kind: str) -> list[object]:
    """The names of those that have a `kind` of catcher and show on this database; all but a few are slow.

    On PostgreSQL that are those that show nowhere else: the others do not hang on it.
    """
    inside = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    names = [name for name, bug in PLANTED.items() if getattr(bug, kind) and bug.shows_inside == inside]
    return [pytest.param(name, marks=[] if name in ALWAYS else pytest.mark.slow) for name in names]


@pytest.mark.parametrize("name", bugs("caught_by"))
def test_a_planted_bug_is_caught(house: House, name: str) -> None:
    bug = PLANTED[name]
    seen: set[str] = set()
    with planted(name) as weather:
        for seed in range(1, TRIES + 1):
            seen |= {violation.name for violation in play(seed, house, weather).violations}
            if seen & set(bug.caught_by):
                break
    assert seen & set(bug.caught_by), f"{bug.what}: not seen in {TRIES} seeds, but {sorted(seen)}"


@pytest.mark.parametrize("name", bugs("unit_test"))
def test_a_planted_bug_that_no_seed_shows_fails_its_own_test(name: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.simulation.plant", "--plant", name]
    ended = subprocess.run([*command, PLANTED[name].unit_test], cwd=ROOT, env=alone(), capture_output=True, text=True)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert re.search(r"^1 failed in ", ended.stdout, re.MULTILINE), ended.stdout
    assert "Error" in ended.stdout


def test_each_has_its_catcher() -> None:
    assert len(PLANTED) >= 20
    assert set(PLANTED) >= ALWAYS
    assert all(bool(bug.caught_by) != bool(bug.unit_test) for bug in PLANTED.values())
