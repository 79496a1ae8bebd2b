"""Nothing about an archive changes unnoticed: bytes, lines, manifest, and archives that were never right."""

from __future__ import annotations

import gzip
import json
import operator
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.manifest import (
    ARCHIVE_NAME,
    BY_JOB,
    BY_QUERY,
    FIRST_VERSION,
    MANIFEST_NAME,
    VERSION,
    Manifest,
)
from offboarding.archives.verify import _Ids, verify
from offboarding.archives.writer import write_archive
from tests.archives.forging import refused, store
from tests.archives.history import END, QUERY, START, History, nothing


@pytest.fixture
def archive(tmp_path: Path) -> tuple[Path, Manifest]:
    history = History(40)
    manifest = write_archive(folder=tmp_path, query=QUERY, interval=(START, END), fetch=history.fetch, progress=nothing)
    verify(tmp_path / ARCHIVE_NAME, manifest)
    return tmp_path / ARCHIVE_NAME, manifest


def changed_bytes(data: bytes) -> Iterator[bytes]:
    """Every byte flipped in one bit, every length cut to, a byte more and less everywhere, and swaps."""
    chance = random.Random(3)
    for at in range(len(data)):
        yield data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        yield data[:at]
        yield data[:at] + bytes([chance.randrange(256)]) + data[at:]
        yield data[:at] + data[at + 1 :]
    for _ in range(200):
        one, two, three = sorted(chance.sample(range(len(data) + 1), 3))
        yield data[:one] + data[two:three] + data[one:two] + data[three:]
    yield data + b"\0"
    yield data + data
    yield data + gzip.compress(b"")


def all_noticed(path: Path, manifest: Manifest) -> int:
    data = path.read_bytes()
    archive = path.with_name(ARCHIVE_NAME)
    tried = 0
    for mutant in changed_bytes(data):
        if mutant == data:
            continue
        path.write_bytes(mutant)
        with pytest.raises(ArchiveBroken):
            verify(archive, manifest)
        tried += 1
    path.write_bytes(data)
    verify(archive, manifest)
    return tried


def test_every_changed_byte_of_the_archive_is_noticed(archive: tuple[Path, Manifest]) -> None:
    assert all_noticed(*archive) > 3000


def test_every_changed_byte_of_the_manifest_is_noticed(archive: tuple[Path, Manifest]) -> None:
    path, manifest = archive
    assert all_noticed(path.with_name(MANIFEST_NAME), manifest) > 3000


def test_changed_lines_are_noticed_though_the_file_is_sound(archive: tuple[Path, Manifest]) -> None:
    path, manifest = archive
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    for at, line in enumerate(lines):
        others = lines[:at], lines[at + 1 :]
        for mutant in (
            [*others[0], *others[1]],
            [*lines[:at], line, *lines[at:]],
            [*others[0], line.replace(b"inbound", b"outband"), *others[1]],
            [*lines[-at - 1 :], *lines[: -at - 1]] if at + 1 < len(lines) else lines[::-1],
        ):
            path.write_bytes(gzip.compress(b"".join(mutant), mtime=0))
            assert refused(path, manifest)


def leaves(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else None
    if items is None or not data:
        yield path
    for key, value in items or ():
        yield from leaves(value, (*path, key))


def put(data: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    copy = json.loads(json.dumps(data))
    place = copy
    for key in path[:-1]:
        place = place[key]
    change(place, path[-1])
    return copy


def other(value: Any) -> list[Any]:
    if isinstance(value, int):
        return [value + 1, value - 1, str(value), float(value), value == 1, None]
    if isinstance(value, str):
        return [value + "x", value[:-1], value[::-1] + "y", 0, None]
    return [1, "x", [1], {"a": 1}]


def test_every_changed_field_of_the_manifest_is_noticed(archive: tuple[Path, Manifest]) -> None:
    data = archive[1].to_dict()
    assert Manifest.from_dict(json.loads(json.dumps(data))) == archive[1]
    places = list(leaves(data))
    assert len(places) > 40
    for path in places:
        mutants = [put(data, path, lambda place, key: place.pop(key))]
        old = data
        for key in path:
            old = old[key]
        for value in other(old):
            mutants.append(put(data, path, lambda place, key: operator.setitem(place, key, value)))  # noqa: B023
        if isinstance(path[-1], str):
            mutants.append(put(data, path, lambda place, key: operator.setitem(place, key + "2", place.pop(key))))
            mutants.append(put(data, path, lambda place, key: operator.setitem(place, "more", 1)))
        for mutant in mutants:
            with pytest.raises(ArchiveBroken):
                Manifest.from_dict(mutant)


def test_windows_in_another_order_or_number_are_noticed(archive: tuple[Path, Manifest]) -> None:
    data = archive[1].to_dict()
    windows = data["windows"]
    for mutant in (windows[::-1], windows[:-1], windows[1:], [*windows, windows[-1]], []):
        with pytest.raises(ArchiveBroken):
            Manifest.from_dict({**data, "windows": mutant})


def test_an_archive_of_the_first_version_is_read_and_proved(archive: tuple[Path, Manifest]) -> None:
    path, manifest = archive
    path, old = store(path.parent, path.read_bytes(), replace(manifest, version=FIRST_VERSION))
    data = old.to_dict()
    assert "way" not in json.dumps(data)
    assert Manifest.from_dict(data) == old
    verify(path, old)
    for mutant in (
        {**data, "version": VERSION},
        {**data, "windows": [{**one, "way": BY_JOB} for one in data["windows"]]},
        {**data, "windows": [{**one, "way": BY_QUERY} for one in data["windows"]]},
        {**data, "windows": {}},
        {name: value for name, value in data.items() if name != "windows"},
        {**manifest.to_dict(), "version": FIRST_VERSION},
    ):
        with pytest.raises(ArchiveBroken):
            Manifest.from_dict(mutant)


@pytest.mark.parametrize("data", [None, [], "x", {}, {"version": 3}, {"version": 2}, {"version": 1}])
def test_what_is_no_manifest_is_refused(data: Any) -> None:
    with pytest.raises(ArchiveBroken):
        Manifest.from_dict(data)


def test_a_recorded_manifest_that_is_not_the_one_beside_the_file_is_refused(
    archive: tuple[Path, Manifest],
) -> None:
    path, manifest = archive
    for other_one in (
        replace(manifest, tool="another"),
        replace(manifest, query={}),
        replace(manifest, written_at=manifest.written_at + timedelta(seconds=1)),
        replace(manifest, count=manifest.count + 1),
    ):
        assert "not the one that was recorded" in refused(path, other_one)


def test_missing_files_are_named(archive: tuple[Path, Manifest]) -> None:
    path, manifest = archive
    data = path.read_bytes()
    path.unlink()
    assert ARCHIVE_NAME in refused(path, manifest)
    path.write_bytes(data)
    path.with_name(MANIFEST_NAME).unlink()
    assert MANIFEST_NAME in refused(path, manifest)


def test_the_place_of_a_difference_is_named(archive: tuple[Path, Manifest]) -> None:
    path, manifest = archive
    data = bytearray(path.read_bytes())
    data[manifest.windows[0].size + 30] ^= 1
    path.write_bytes(data)
    assert manifest.windows[1].window.label in refused(path, manifest)


# Archives that were made wrong: file and both manifests agree in every sum, and still they must not pass.


def test_equal_hashes_of_different_ids_are_no_double(archive: tuple[Path, Manifest], monkeypatch: Any) -> None:
    path, manifest = archive
    monkeypatch.setattr(_Ids, "add", lambda self, key: self._shares[0].append(hash("c-00000001")))
    told: list[int] = []
    verify(path, manifest, progress=lambda done, total, what: told.append(done))
    assert told[-1] == manifest.count == 40


def test_progress_is_told_after_each_window_and_may_stop(archive: tuple[Path, Manifest]) -> None:
    told: list[tuple[int, int | None]] = []
    verify(*archive, progress=lambda done, total, what: told.append((done, total)))
    assert len(told) == 3
    assert told[-1] == (40, 40)

    def stop(done: int, total: int | None, what: str) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        verify(*archive, progress=stop)
