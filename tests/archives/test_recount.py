"""Totals are approximate: each is read twice, minutes apart, before it is believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from offboarding.archives import recount
from offboarding.archives.errors import ArchiveBroken, HistoryIncomplete, NotReady
from offboarding.archives.gap import Gap
from offboarding.archives.manifest import ARCHIVE_NAME, MANIFEST_NAME
from offboarding.archives.pages import FetchPage, Page
from offboarding.archives.verify import verify
from offboarding.archives.windows import Window, windows
from tests.archives.history import END, START, History
from tests.archives.writing import changing, is_refused, names, rows, write


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
