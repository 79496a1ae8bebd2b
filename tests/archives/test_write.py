"""What ends up in an archive, and how writing goes on after it was cut short."""

from __future__ import annotations

import gzip
import hashlib
import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from offboarding.archives import pages, recount
from offboarding.archives.errors import ArchiveBroken, HistoryIncomplete, HistoryNotUnderstood, NotReady
from offboarding.archives.gap import Gap
from offboarding.archives.manifest import ARCHIVE_NAME, MANIFEST_NAME, TOOL, Manifest
from offboarding.archives.pages import FetchPage, Page
from offboarding.archives.verify import verify
from offboarding.archives.windows import Window, windows
from offboarding.archives.writer import Progress, write_archive
from tests.archives.history import END, QUERY, START, History, nothing


def write(folder: Path, fetch: FetchPage, progress: Progress = nothing, **changed: Any) -> Manifest:
    asked: dict[str, Any] = {"query": QUERY, "interval": (START, END), "settles": timedelta(0), **changed}
    return write_archive(folder=folder, fetch=fetch, progress=progress, **asked)


def rows(folder: Path) -> list[dict[str, Any]]:
    with gzip.open(folder / ARCHIVE_NAME) as lines:
        return [json.loads(line) for line in lines]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


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


# Cut short and gone on with


class SliceEnded(Exception):
    """What a worker's progress raises when its time slice is over."""


def ends_at_call(number: int) -> Progress:
    calls = 0

    def progress(done: int, total: int | None, what: str) -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            raise SliceEnded

    return progress


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


# Complete, or refused

Change = Callable[[Window, int, Page], Page]


def changing(history: History, change: Change) -> FetchPage:
    return lambda window, page, size: change(window, page, history.fetch(window, page, size))


@pytest.fixture
def minutes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The clock of the recount stands still; what is put in moves it on."""
    gone = [0]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return END + timedelta(minutes=sum(gone))

    monkeypatch.setattr(recount, "datetime", Clock)
    return gone


def is_refused(folder: Path, fetch: FetchPage, words: str | None = None, **changed: Any) -> None:
    """Not before the total was read again some minutes later."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recount, "APART", timedelta(0))
        with pytest.raises(NotReady):
            write(folder, fetch, **changed)
        with pytest.raises(HistoryIncomplete, match=words):
            write(folder, fetch, **changed)


def short(history: History, lacks: list[int]) -> FetchPage:
    """The first window comes without a row, as long as its announced total is above that by `lacks`."""

    def change(window: Window, page: int, answer: Page) -> Page:
        missing = lacks[0] if window.start == START else 0
        return Page(answer.conversations, answer.total + missing)

    return changing(history, change)


def test_a_shortage_is_believed_when_the_same_total_comes_again_some_minutes_later(
    tmp_path: Path, minutes: list[int]
) -> None:
    fetch = short(History(200), [3])
    for gone, left in ((0, 5), (1, 4), (3, 1)):
        minutes.append(gone)
        with pytest.raises(NotReady) as waits:
            write(tmp_path, fetch)
        assert waits.value.after == timedelta(minutes=left)
        assert "2025-03-10 to 2025-04-09" in waits.value.problem
    minutes.append(1)
    with pytest.raises(HistoryIncomplete):
        write(tmp_path, fetch)
    with pytest.raises(HistoryIncomplete):
        write(tmp_path, fetch)


def test_an_accepted_gap_is_written_with_what_came_and_proved_only_for_those_who_accepted_it(tmp_path: Path) -> None:
    first, second = windows(START, END)[:2]
    fetch = short(History(200), [3])
    is_refused(tmp_path, fetch)
    sent = History(200).fetch(first, 1, 100).total
    gap = Gap(first, sent + 3, sent)
    with pytest.raises(HistoryIncomplete), pytest.MonkeyPatch.context() as patch:
        patch.setattr(recount, "APART", timedelta(0))
        write(tmp_path, fetch, accepted=[replace(gap, sent=sent + 1), replace(gap, window=second)])
    manifest = write(tmp_path, fetch, accepted=[gap])
    assert rows(tmp_path) == list(History(200).all())
    assert manifest.gaps == (first,)
    assert [window.lacks for window in manifest.windows] == [3, 0, 0]
    verify(tmp_path / ARCHIVE_NAME, manifest, accepted=[gap])
    for accepted in ([], [replace(gap, sent=sent + 1)], [replace(gap, window=second)]):
        with pytest.raises(ArchiveBroken, match="lacks 3 conversations"):
            verify(tmp_path / ARCHIVE_NAME, manifest, accepted=accepted)
    for gaps in ((), (second,), (first, second)):
        denied = replace(manifest, gaps=gaps)
        (tmp_path / MANIFEST_NAME).write_bytes(denied.to_bytes())
        with pytest.raises(ArchiveBroken, match="gaps differs"):
            verify(tmp_path / ARCHIVE_NAME, denied, accepted=[gap])


def test_what_was_accepted_as_missing_is_still_read_four_times(tmp_path: Path) -> None:
    first = windows(START, END)[0]
    reads: list[int] = []

    def change(window: Window, page: int, answer: Page) -> Page:
        if window == first and page == 1:
            reads.append(page)
            return Page(answer.conversations, answer.total + (1 if len(reads) < 4 else 0))
        return answer

    manifest = write(tmp_path, changing(History(200), change), accepted=[Gap(first, 75, 74)])
    assert (len(reads), manifest.gaps) == (4, ())


def test_a_total_that_moves_is_waited_for_anew_and_one_that_falls_is_reached(
    tmp_path: Path, minutes: list[int]
) -> None:
    lacks = [3]
    fetch = short(History(200), lacks)
    for now in (3, 2, 4):
        lacks[0] = now
        minutes.append(6)
        with pytest.raises(NotReady) as waits:
            write(tmp_path, fetch)
        assert waits.value.after == timedelta(minutes=5)
    lacks[0] = 0
    verify(tmp_path / ARCHIVE_NAME, write(tmp_path, fetch))
    assert rows(tmp_path) == list(History(200).all())
    assert names(tmp_path) == {ARCHIVE_NAME, MANIFEST_NAME}


def waits_for(folder: Path, fetch: FetchPage, minutes: int) -> None:
    with pytest.raises(NotReady) as waits:
        write(folder, fetch, settles=recount.APART)
    assert waits.value.after == timedelta(minutes=minutes)


@pytest.mark.parametrize("window_from_the_end", [1, 2, 3])
@pytest.mark.parametrize("missing", [2, 93])
def test_what_a_window_did_not_tell_of_at_first_is_in_the_archive(
    tmp_path: Path, minutes: list[int], missing: int, window_from_the_end: int
) -> None:
    """Two that analytics learned of late; and a page that did not come, with a total that was too low by as many."""
    history, lacks = History(730), [missing]
    tells_late = windows(START, END)[-window_from_the_end]

    def change(window: Window, page: int, answer: Page) -> Page:
        late = lacks[0] if window == tells_late else 0
        came = max(answer.total - late - (page - 1) * 100, 0)
        return Page(answer.conversations[:came], answer.total - late)

    fetch = changing(history, change)
    waits_for(tmp_path, fetch, 5)
    minutes.append(4)
    waits_for(tmp_path, fetch, 1)
    minutes.append(1)
    lacks[0] = 0
    waits_for(tmp_path, fetch, 0)
    waits_for(tmp_path, fetch, 5)
    minutes.append(5)
    manifest = write(tmp_path, fetch, settles=recount.APART)
    verify(tmp_path / ARCHIVE_NAME, manifest)
    assert rows(tmp_path) == list(history.all())
    assert names(tmp_path) == {ARCHIVE_NAME, MANIFEST_NAME}


def test_each_window_is_counted_again_by_one_call(tmp_path: Path, minutes: list[int]) -> None:
    history = History(200)
    waits_for(tmp_path, history.fetch, 5)
    minutes.append(5)
    read = len(history.calls)
    write(tmp_path, history.fetch, settles=recount.APART)
    assert history.calls[read:] == [(window, 1) for window in windows(START, END)]


def test_a_history_that_ended_a_day_ago_is_not_waited_for(tmp_path: Path, minutes: list[int]) -> None:
    minutes.append(24 * 60)
    assert write(tmp_path, History(200).fetch, settles=recount.APART).count == 200


def test_a_missing_page_is_refused_after_four_reads_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recount, "APART", timedelta(0))
    history = History(730)
    fetch = changing(history, lambda w, page, answer: Page((), answer.total) if page == 2 else answer)
    with pytest.raises(NotReady):
        write(tmp_path, fetch)
    with pytest.raises(HistoryIncomplete) as refused:
        write(tmp_path, fetch)
    assert "2025-03-10 to 2025-04-09" in refused.value.problem
    assert "sent 100" in refused.value.problem
    assert "Retry" in refused.value.remedy
    assert [page for _, page in history.calls] == [1, 2] * 8
    assert names(tmp_path) == {"recount.note"}


def test_an_empty_page_without_its_total_is_a_missing_page_too(tmp_path: Path) -> None:
    fetch = changing(History(730), lambda w, page, answer: Page((), 0) if page == 2 else answer)
    is_refused(tmp_path, fetch)


def test_a_page_sent_twice_instead_of_the_next_is_refused(tmp_path: Path) -> None:
    history = History(730)
    is_refused(tmp_path, lambda window, page, size: history.fetch(window, 1 if page == 2 else page, size))


def test_a_row_that_is_missing_once_is_read_again(tmp_path: Path) -> None:
    history = History(730)
    spoiled: list[int] = []

    def change(window: Window, page: int, answer: Page) -> Page:
        if len(spoiled) < 3 and page == 2:
            spoiled.append(page)
            return Page(answer.conversations[:-1], answer.total)
        return answer

    manifest = write(tmp_path, changing(history, change))
    assert len(spoiled) == 3
    assert rows(tmp_path) == list(history.all())
    verify(tmp_path / ARCHIVE_NAME, manifest)


def test_a_row_that_stays_missing_is_refused_though_every_page_came(tmp_path: Path) -> None:
    fetch = changing(
        History(730),
        lambda w, page, answer: Page(answer.conversations[1:], answer.total) if page == 1 else answer,
    )
    is_refused(tmp_path, fetch)


@pytest.mark.parametrize(("page", "complete"), [(1, True), (2, True), (3, False)])
def test_the_total_that_came_last_is_the_one_to_reach(tmp_path: Path, page: int, complete: bool) -> None:
    """Totals move while data arrives: too high at first is forgotten, higher at the end counts."""
    interval = (START, START + timedelta(days=3))
    history = History(250, *interval)
    fetch = changing(
        history, lambda w, now, answer: Page(answer.conversations, answer.total + (5 if now == page else 0))
    )
    if complete:
        assert write(tmp_path, fetch, interval=interval).count == 250
    else:
        is_refused(tmp_path, fetch, "announced 255 .* sent 250", interval=interval)


def test_rows_beyond_a_total_that_is_too_low_are_kept(tmp_path: Path) -> None:
    history = History(730)
    manifest = write(tmp_path, changing(history, lambda w, page, answer: Page(answer.conversations, 1)))
    assert rows(tmp_path) == list(history.all())
    verify(tmp_path / ARCHIVE_NAME, manifest)


def test_rows_that_shift_to_the_next_page_are_kept_once(tmp_path: Path) -> None:
    history = History(150, START, START + timedelta(days=5))

    def fetch(window: Window, page: int, size: int) -> Page:
        if window.start > START:
            return Page((), 0)
        numbers = range((page - 1) * 90, min((page - 1) * 90 + 100, 150))  # every next page repeats ten rows
        return Page([history.conversation(number) for number in numbers], 150)

    write(tmp_path, fetch)
    assert rows(tmp_path) == list(history.all())


def test_a_conversation_two_windows_send_stands_once_also_after_a_restart(tmp_path: Path) -> None:
    cut = windows(START, END)[0].end
    shared = {"conversationId": "shared", "conversationStart": (cut + timedelta(hours=3)).isoformat()}

    def fetch(window: Window, page: int, size: int) -> Page:
        return Page([shared], 1) if window.touches(cut) else Page((), 0)

    for number in (2, 99):
        try:
            write(tmp_path, fetch, ends_at_call(number))
        except SliceEnded:
            assert (tmp_path / "000.json").exists()
    assert rows(tmp_path) == [shared]
    manifest = Manifest.from_file(tmp_path / MANIFEST_NAME)
    assert [(window.count, window.repeated, window.total) for window in manifest.windows] == [
        (1, 0, 1),
        (0, 1, 1),
        (0, 0, 0),
    ]


def test_a_full_window_is_halved_until_it_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_ROWS", 150)
    history = History(2000)
    with pytest.raises(SliceEnded):
        write(tmp_path, history.fetch, ends_at_call(9))
    manifest = write(tmp_path, history.fetch)
    assert rows(tmp_path) == list(history.all())
    assert len(manifest.windows) > 15
    assert all(window.total <= 150 for window in manifest.windows)
    verify(tmp_path / ARCHIVE_NAME, manifest)


def test_a_single_day_is_read_whole_however_full_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_ROWS", 10)
    day = datetime(2025, 5, 1, tzinfo=UTC)
    history = History(321, day, day + timedelta(days=1))
    write(tmp_path, history.fetch, interval=(day, day + timedelta(days=1)))
    assert rows(tmp_path) == list(history.all())


GOOD = {"conversationId": "c-1", "conversationStart": "2025-03-12T10:00:00.000Z"}


@pytest.mark.parametrize(
    ("record", "wrong"),
    [
        ("text", "is not an object"),
        (None, "is not an object"),
        (["c-1"], "is not an object"),
        ({"conversationStart": GOOD["conversationStart"]}, "has no conversationId"),
        ({**GOOD, "conversationId": ""}, "has no conversationId"),
        ({**GOOD, "conversationId": 7}, "has no conversationId"),
        ({"conversationId": "c-1"}, "c-1 has no conversationStart"),
        ({**GOOD, "conversationStart": "yesterday"}, "c-1 has no conversationStart"),
        ({**GOOD, "conversationStart": 1741773600}, "c-1 has no conversationStart"),
        ({**GOOD, "conversationStart": "2025-03-12T10:00:00"}, "c-1 has no conversationStart"),
        ({**GOOD, "conversationStart": "2025-03-09T23:59:59Z"}, "c-1 started at 9 Mar 2025, 23:59:59 UTC"),
        ({**GOOD, "conversationStart": "2025-04-11T00:00:00Z"}, "c-1 started at 11 Apr 2025, 00:00:00 UTC"),
        ({**GOOD, "value": float("nan")}, "JSON"),
    ],
)
def test_an_answer_that_is_no_conversation_of_the_window_is_refused(tmp_path: Path, record: object, wrong: str) -> None:
    with pytest.raises(HistoryNotUnderstood) as refused:
        write(tmp_path, lambda window, page, size: Page([GOOD | {"conversationId": "c-0"}, record], 2))
    assert wrong in refused.value.problem
    assert "conversation 2 on page 1" in refused.value.problem
    assert "Nothing was deleted" in refused.value.remedy
    assert names(tmp_path) == set()


def test_a_stored_answer_given_for_every_window_is_refused(tmp_path: Path) -> None:
    history = History(50)
    first = history.fetch(windows(START, END)[0], 1, 100)
    with pytest.raises(HistoryNotUnderstood, match="outside of it"):
        write(tmp_path, lambda window, page, size: first if page == 1 else Page((), first.total))
