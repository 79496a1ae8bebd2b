"""kill -9 at any moment: the archive is absent or complete and verifying, and writing again mends it."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from offboarding.archives.manifest import ARCHIVE_NAME, MANIFEST_NAME, Manifest
from offboarding.archives.verify import verify
from offboarding.archives.writer import write_archive
from tests.archives.history import END, QUERY, START, History, nothing

ROOT = Path(__file__).parents[2]


def test_killed_before_any_file_operation_nothing_is_torn(tmp_path: Path) -> None:
    """Every operation in turn, in a process without threads, so that forking is safe."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.archives.crash_everywhere", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    fresh, replaced = (line.split() for line in done.stdout.splitlines())
    assert int(fresh[1]) > 30
    assert int(replaced[1]) > 30
    assert fresh[2:] == ["absent", "new"]
    assert replaced[2:] == ["old", "absent", "new"]


@pytest.mark.slow
def test_killed_at_sixty_random_moments_nothing_is_torn(tmp_path: Path) -> None:
    chance = random.Random()
    found = {"absent": 0, "complete": 0}
    for _ in range(60):
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.archives.crash_now", tmp_path],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(chance.random() * 0.2)
            child.kill()
        if (tmp_path / MANIFEST_NAME).exists():
            verify(tmp_path / ARCHIVE_NAME, Manifest.from_file(tmp_path / MANIFEST_NAME))
            found["complete"] += 1
        else:
            found["absent"] += 1
    assert found["complete"] > 5
    mended = write_archive(
        folder=tmp_path, query=QUERY, interval=(START, END), fetch=History(150).fetch, progress=nothing
    )
    verify(tmp_path / ARCHIVE_NAME, mended)
    assert {path.name for path in tmp_path.iterdir()} == {ARCHIVE_NAME, MANIFEST_NAME}
