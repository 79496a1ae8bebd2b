"""Nothing about an archive changes unnoticed: bytes, lines, manifest, and archives that were never right."""

from __future__ import annotations

import gzip
import hashlib
import json
import operator
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
    TOOL,
    VERSION,
    Manifest,
    WindowFacts,
    gaps_between,
)
from offboarding.archives.verify import _Ids, verify
from offboarding.archives.windows import Window
from offboarding.archives.writer import write_archive
from tests.archives.history import DAY, END, QUERY, START, History, nothing


@pytest.fixture
def archive(tmp_path: Path) -> tuple[Path, Manifest]:
    history = History(40)
    manifest = write_archive(folder=tmp_path, query=QUERY, interval=(START, END), fetch=history.fetch, progress=nothing)
    verify(tmp_path / ARCHIVE_NAME, manifest)
    return tmp_path / ARCHIVE_NAME, manifest


def refused(path: Path, manifest: Manifest) -> str:
    with pytest.raises(ArchiveBroken) as broken:
        verify(path, manifest)
    assert "written again" in broken.value.remedy
    return broken.value.problem


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

D = datetime(2026, 1, 10, tzinfo=UTC)


def row(key: str, start: datetime) -> dict[str, Any]:
    return {"conversationId": key, "conversationStart": start.isoformat()}


def line(record: Any) -> bytes:
    return json.dumps(record).encode() + b"\n"


def forge(folder: Path, *windows: tuple[Window, list[bytes]], **changed: Any) -> tuple[Path, Manifest]:
    facts = []
    file = b""
    for window, lines in windows:
        member = gzip.compress(b"".join(lines), mtime=0)
        file += member
        times = []
        for one in lines:
            try:
                times.append(datetime.fromisoformat(json.loads(one)["conversationStart"]))
            except (ValueError, TypeError, KeyError, RecursionError):
                continue
        facts.append(
            WindowFacts(
                start=window.start,
                end=window.end,
                count=len(lines),
                repeated=0,
                total=len(lines),
                size=len(member),
                size_of_lines=len(b"".join(lines)),
                sha256=hashlib.sha256(member).hexdigest(),
                first_at=min(times, default=None),
                last_at=max(times, default=None),
                way=BY_QUERY,
            )
        )
    whole = b"".join(one for _, lines in windows for one in lines)
    manifest = Manifest(
        version=VERSION,
        tool=TOOL,
        query=QUERY,
        start=windows[0][0].start,
        end=windows[-1][0].end,
        windows=tuple(facts),
        count=sum(part.count for part in facts),
        size=len(file),
        size_of_lines=len(whole),
        sha256=hashlib.sha256(file).hexdigest(),
        sha256_of_lines=hashlib.sha256(whole).hexdigest(),
        first_at=min((part.first_at for part in facts if part.first_at), default=None),
        last_at=max((part.last_at for part in facts if part.last_at), default=None),
        gaps=gaps_between(facts, windows[0][0].start, windows[-1][0].end),
        written_at=D,
    )
    return store(folder, file, replace(manifest, **changed))


def store(folder: Path, file: bytes, manifest: Manifest) -> tuple[Path, Manifest]:
    (folder / ARCHIVE_NAME).write_bytes(file)
    (folder / MANIFEST_NAME).write_bytes(manifest.to_bytes())
    return folder / ARCHIVE_NAME, manifest


ONE = Window(D, D + 10 * DAY)
TWO = Window(D + 10 * DAY, D + 20 * DAY)
THREE = Window(D + 20 * DAY, D + 30 * DAY)
A, B, C = row("a", D + DAY), row("b", D + 12 * DAY), row("c", D + 22 * DAY)


def test_what_was_forged_right_passes(tmp_path: Path) -> None:
    told: list[int] = []
    forged = forge(tmp_path, (ONE, [line(A)]), (TWO, [line(B)]), (THREE, [line(C)]))
    verify(*forged, progress=lambda done, total, what: told.append(done))
    assert told == [1, 2, 3]


def test_a_conversation_that_stands_twice_is_found(tmp_path: Path) -> None:
    twice = [line(A), line(row("d", D)), line(A | {"more": 1})]
    assert "conversation a stands in the archive 2 times" in refused(*forge(tmp_path, (ONE, twice)))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (b"[]\n", "is not an object"),
        (b"{}\n", "has no conversationId"),
        (b'{"conversationId":"x"}\n', "conversationStart"),
        (b'{"conversationId":"x","conv\n', "is wrong"),
        (b"\xff\n", "is wrong"),
        (b"[" * 100_000 + b"\n", "is wrong"),
        (line(row("early", D - timedelta(seconds=1))), "started outside"),
        (line(row("late", D + 11 * DAY)), "started outside"),
    ],
)
def test_a_line_that_is_no_conversation_of_its_window_is_found(tmp_path: Path, wrong: bytes, said: str) -> None:
    problem = refused(*forge(tmp_path, (ONE, [line(A), wrong])))
    assert said in problem
    assert "Line 2 of the window 2026-01-10 to 2026-01-19" in problem


def test_a_last_line_without_its_end_is_found(tmp_path: Path) -> None:
    assert "no end" in refused(*forge(tmp_path, (ONE, [line(A)[:-1]])))


def test_a_window_left_out_is_found(tmp_path: Path) -> None:
    parts = (ONE, [line(A)]), (THREE, [line(C)])
    assert "leaves out 2026-01-20 to 2026-01-29" in refused(*forge(tmp_path, *parts))
    assert "leaves out 2026-01-20 to 2026-01-29" in refused(*forge(tmp_path, *parts, gaps=()))
    late = refused(*forge(tmp_path, *parts[:1], gaps=(), end=D + 20 * DAY))
    assert "leaves out 2026-01-20 to 2026-01-29" in late


def test_windows_that_overlap_are_found(tmp_path: Path) -> None:
    path, manifest = forge(tmp_path, (ONE, [line(A)]), (TWO, [line(B)]))
    windows = (manifest.windows[0], replace(manifest.windows[1], start=D + 5 * DAY))
    store(tmp_path, path.read_bytes(), manifest := replace(manifest, windows=windows))
    assert "does not follow" in refused(path, manifest)


def test_a_window_that_lacks_conversations_is_found(tmp_path: Path) -> None:
    path, manifest = forge(tmp_path, (ONE, [line(A)]), (TWO, [line(B)]))
    windows = (manifest.windows[0], replace(manifest.windows[1], total=3, repeated=1))
    store(tmp_path, path.read_bytes(), manifest := replace(manifest, windows=windows))
    assert "2026-01-20 to 2026-01-29 lacks 1 " in refused(path, manifest)


def test_lines_nobody_counted_are_found(tmp_path: Path) -> None:
    counted, hidden = line(A), line(row("hidden", D))
    path, manifest = forge(tmp_path, (ONE, [counted, hidden]))
    facts: dict[str, Any] = {"count": 1, "size_of_lines": len(counted)}
    first = replace(manifest.windows[0], total=1, first_at=D + DAY, **facts)
    sha256 = hashlib.sha256(counted).hexdigest()
    manifest = replace(manifest, windows=(first,), first_at=D + DAY, sha256_of_lines=sha256, **facts)
    store(tmp_path, path.read_bytes(), manifest)
    assert "more than the 1 conversations" in refused(path, manifest)


@pytest.mark.parametrize(
    "changed",
    [
        {"count": 1},
        {"size": 1},
        {"size_of_lines": 1},
        {"sha256": "0" * 64},
        {"sha256_of_lines": "0" * 64},
        {"first_at": D},
        {"last_at": None},
        {"start": D + DAY},
        {"end": D + 19 * DAY},
    ],
)
def test_a_fact_that_was_never_true_is_found(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert refused(*forge(tmp_path, (ONE, [line(A)]), (TWO, [line(B)]), **changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"count": 2},
        {"count": 0, "total": 0},
        {"size": 5},
        {"size_of_lines": 5},
        {"sha256": "0" * 64},
        {"first_at": D},
        {"last_at": None},
    ],
)
def test_a_windows_fact_that_was_never_true_is_found(tmp_path: Path, changed: dict[str, Any]) -> None:
    path, manifest = forge(tmp_path, (ONE, [line(A)]), (TWO, [line(B)]))
    first = replace(manifest.windows[0], **changed)
    sums = {
        name: getattr(manifest, name) + getattr(first, name) - getattr(manifest.windows[0], name)
        for name in ("count", "size", "size_of_lines")
    }
    manifest = replace(manifest, windows=(first, manifest.windows[1]), **sums)
    store(tmp_path, path.read_bytes(), manifest)
    assert refused(path, manifest)


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
