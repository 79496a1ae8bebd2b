"""What ends up in an archive when Genesys sends all there is."""

from __future__ import annotations

import gzip
import hashlib
import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from offboarding.archives.manifest import ARCHIVE_NAME, MANIFEST_NAME, TOOL
from offboarding.archives.verify import verify
from offboarding.archives.windows import windows
from tests.archives.history import END, QUERY, START, History
from tests.archives.writing import names, rows, write


def test_everything_genesys_sent_is_in_the_archive_once_and_in_order(tmp_path: Path) -> None:
    history = History(730)
    manifest = write(tmp_path, history.fetch)
    assert rows(tmp_path) == list(history.all())
    assert (manifest.count, manifest.gaps) == (730, ())
    assert sum(window.repeated for window in manifest.windows) > 0, "neighbours must have shared a day"
    verify(tmp_path / ARCHIVE_NAME, manifest)


def test_the_manifest_tells_what_can_be_counted_without_us(tmp_path: Path) -> None:
    history = History(250)
    manifest = write(tmp_path, history.fetch)
    file = (tmp_path / ARCHIVE_NAME).read_bytes()
    lines = gzip.decompress(file)
    assert manifest.to_dict() == json.loads((tmp_path / MANIFEST_NAME).read_text())
    assert manifest.query == QUERY
    assert (manifest.start, manifest.end) == (START, END)
    assert (manifest.size, manifest.sha256) == (len(file), hashlib.sha256(file).hexdigest())
    assert (manifest.size_of_lines, manifest.sha256_of_lines) == (
        len(lines),
        hashlib.sha256(lines).hexdigest(),
    )
    starts = [datetime.fromisoformat(row["conversationStart"]) for row in history.all()]
    assert (manifest.first_at, manifest.last_at) == (min(starts), max(starts))
    assert [window.window for window in manifest.windows] == list(windows(START, END))
    assert manifest.tool == TOOL
    assert abs(datetime.now(UTC) - manifest.written_at) < timedelta(minutes=1)


def test_the_tool_is_named_with_the_projects_version() -> None:
    project = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text())["project"]
    assert f"{project['name']} {project['version']}" == TOOL


def test_a_person_without_history_has_a_complete_archive_without_lines(tmp_path: Path) -> None:
    history = History(0)
    manifest = write(tmp_path, history.fetch)
    assert rows(tmp_path) == []
    assert (manifest.count, manifest.first_at, manifest.last_at) == (0, None, None)
    assert len(history.calls) == len(windows(START, END))
    verify(tmp_path / ARCHIVE_NAME, manifest)


def test_the_same_history_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, History(120).fetch) for name in ("one", "two"))
    assert first.sha256 == second.sha256


def test_files_and_folders_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "archives" / "org" / "person"
    write(folder, History(10).fetch)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (folder, folder.parent, folder.parent.parent)} == {0o700}
    assert names(folder) == {ARCHIVE_NAME, MANIFEST_NAME}


ODD: dict[str, Any] = {
    "line ends": "a\nb\r\u2028\u2029\x00\x85",
    "half a pair": "cut off \ud83d",
    "scripts": "Ωmega 王 עברית 🎧",
    "numbers": [1e300, -0.1, 10**30, 4.8820000001, True, None],
    "deep": [[[[{"": {}}]]]],
}


def test_odd_values_come_back_as_they_were_sent(tmp_path: Path) -> None:
    history = History(3)
    history.make = lambda number: ODD
    manifest = write(tmp_path, history.fetch)
    assert rows(tmp_path) == list(history.all())
    verify(tmp_path / ARCHIVE_NAME, manifest)
