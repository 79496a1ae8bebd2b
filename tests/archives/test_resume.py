"""How writing an archive goes on after it was cut short, and what is not taken up again."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from offboarding.archives import pages
from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.manifest import ARCHIVE_NAME, MANIFEST_NAME
from offboarding.archives.pages import Page
from offboarding.archives.verify import verify
from offboarding.archives.windows import Window, windows
from tests.archives.history import END, START, History
from tests.archives.writing import SliceEnded, ends_at_call, names, rows, write


def test_cut_off_after_any_page_it_goes_on_to_the_same_archive(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole", History(730).fetch)
    for number in range(1, 20):
        folder = tmp_path / str(number)
        try:
            write(folder, History(730).fetch, ends_at_call(number))
        except SliceEnded:
            assert not (folder / MANIFEST_NAME).exists()
            assert not list(folder.glob("*.tmp"))
        else:
            assert number > 10, "the progress was hardly called"
            break
        again = write(folder, History(730).fetch)
        assert again.sha256 == whole.sha256
        verify(folder / ARCHIVE_NAME, again)
    else:
        raise AssertionError("the last round must have reached the end")


def test_one_window_a_slice_is_enough_to_arrive(tmp_path: Path) -> None:
    history = History(730)
    slices = 0

    def progress(done: int, total: int | None, what: str) -> None:
        if (tmp_path / f"{slices - 1:03}.json").exists() and "page" in what:
            raise SliceEnded

    while not (tmp_path / MANIFEST_NAME).exists():
        slices += 1
        assert slices <= len(windows(START, END))
        try:
            write(tmp_path, history.fetch, progress)
        except SliceEnded:
            continue
    assert slices == len(windows(START, END))
    assert rows(tmp_path) == list(history.all())


def test_finished_windows_are_not_asked_for_again(tmp_path: Path) -> None:
    first, second = History(730), History(730)
    with pytest.raises(SliceEnded):
        write(tmp_path, first.fetch, ends_at_call(6))
    assert names(tmp_path) == {"000.json", "000.part"}
    write(tmp_path, second.fetch)
    assert windows(START, END)[0] not in {window for window, _ in second.calls}
    assert {window for window, _ in second.calls} == set(windows(START, END)[1:])


def test_progress_counts_what_earlier_slices_finished(tmp_path: Path) -> None:
    told: list[int] = []
    with pytest.raises(SliceEnded):
        write(tmp_path, History(730).fetch, ends_at_call(6))
    write(tmp_path, History(730).fetch, lambda done, total, what: told.append(done))
    assert told == sorted(told)
    assert told[0] > 270
    assert told[-1] == 730


def test_an_error_of_the_call_leaves_finished_windows_and_nothing_else(tmp_path: Path) -> None:
    history = History(730)

    def fetch(window: Window, page: int, size: int) -> Page:
        if window.start > START and page == 2:
            raise ConnectionError("the line is down")
        return history.fetch(window, page, size)

    with pytest.raises(ConnectionError, match="the line is down"):
        write(tmp_path, fetch)
    assert names(tmp_path) == {"000.json", "000.part"}


@pytest.mark.parametrize("harm", ["shorter", "flipped", "gone", "facts gone", "facts torn"])
def test_a_harmed_part_is_read_again(tmp_path: Path, harm: str) -> None:
    with pytest.raises(SliceEnded):
        write(tmp_path, History(730).fetch, ends_at_call(6))
    part, facts = tmp_path / "000.part", tmp_path / "000.json"
    data = bytearray(part.read_bytes())
    if harm == "shorter":
        part.write_bytes(data[:-1])
    elif harm == "flipped":
        data[len(data) // 2] ^= 1
        part.write_bytes(data)
    elif harm == "facts torn":
        facts.write_bytes(facts.read_bytes()[:-9])
    else:
        (part if harm == "gone" else facts).unlink()
    history = History(730)
    verify(tmp_path / ARCHIVE_NAME, write(tmp_path, history.fetch))
    assert history.calls[0][0] == windows(START, END)[0]
    assert rows(tmp_path) == list(history.all())


@pytest.mark.parametrize(
    "changed", [{"query": {"person": "somebody else"}}, {"interval": (START, END - timedelta(hours=1))}]
)
def test_parts_of_another_query_or_interval_are_not_taken(tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(SliceEnded):
        write(tmp_path, History(730).fetch, ends_at_call(6))
    history = History(200)
    manifest = write(tmp_path, history.fetch, **changed)
    assert rows(tmp_path) == list(history.all())
    assert names(tmp_path) == {ARCHIVE_NAME, MANIFEST_NAME}
    verify(tmp_path / ARCHIVE_NAME, manifest)


def test_a_part_that_does_not_follow_the_one_before_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SliceEnded):
        write(tmp_path, History(730).fetch, ends_at_call(8))
    assert (tmp_path / "001.json").exists()
    (tmp_path / "000.json").unlink()
    monkeypatch.setattr(pages, "MOST_ROWS", 150)  # now the first part ends earlier than the old second one begins
    with pytest.raises(SliceEnded):
        write(tmp_path, History(730).fetch, ends_at_call(3))
    manifest = write(tmp_path, History(730).fetch)
    assert rows(tmp_path) == list(History(730).all())
    verify(tmp_path / ARCHIVE_NAME, manifest)


def test_what_a_killed_process_left_behind_is_swept(tmp_path: Path) -> None:
    (tmp_path / "000.part.0a1b2c3d.tmp").write_bytes(b"half")
    write(tmp_path, History(5).fetch)
    assert names(tmp_path) == {ARCHIVE_NAME, MANIFEST_NAME}


def test_a_finished_archive_is_returned_without_a_call(tmp_path: Path) -> None:
    first = write(tmp_path, History(50).fetch)
    history = History(50)
    assert write(tmp_path, history.fetch) == first
    assert history.calls == []


def test_a_finished_archive_that_was_harmed_is_written_again(tmp_path: Path) -> None:
    write(tmp_path, History(50).fetch)
    for path in (tmp_path / ARCHIVE_NAME, tmp_path / MANIFEST_NAME):
        path.write_bytes(path.read_bytes()[:-1])
        verify(tmp_path / ARCHIVE_NAME, write(tmp_path, History(50).fetch))
        assert rows(tmp_path) == list(History(50).all())
    (tmp_path / ARCHIVE_NAME).unlink()
    verify(tmp_path / ARCHIVE_NAME, write(tmp_path, History(50).fetch))
    assert rows(tmp_path) == list(History(50).all())


def test_another_interval_replaces_the_archive(tmp_path: Path) -> None:
    write(tmp_path, History(50).fetch)
    later = (START + timedelta(days=1), END + timedelta(days=1))
    history = History(70, *later)
    manifest = write(tmp_path, history.fetch, interval=later)
    assert rows(tmp_path) == list(history.all())
    verify(tmp_path / ARCHIVE_NAME, manifest)


def test_a_part_changed_before_joining_is_noticed(tmp_path: Path) -> None:
    def meddle(done: int, total: int | None, what: str) -> None:
        part = tmp_path / "001.part"
        if "joined" in what and part.exists():
            part.write_bytes(gzip.compress(b'{"conversationId":"other"}\n'))

    with pytest.raises(ArchiveBroken, match=r"001\.part changed"):
        write(tmp_path, History(730).fetch, meddle)
    assert not (tmp_path / MANIFEST_NAME).exists()
    verify(tmp_path / ARCHIVE_NAME, write(tmp_path, History(730).fetch))
