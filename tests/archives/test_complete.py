"""Complete, or refused: what Genesys may leave out, send twice or send wrongly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from offboarding.archives import pages, recount
from offboarding.archives.errors import HistoryIncomplete, HistoryNotUnderstood, NotReady
from offboarding.archives.manifest import ARCHIVE_NAME, MANIFEST_NAME, Manifest
from offboarding.archives.pages import Page
from offboarding.archives.verify import verify
from offboarding.archives.windows import Window, windows
from tests.archives.history import END, START, History
from tests.archives.writing import SliceEnded, changing, ends_at_call, is_refused, names, rows, write


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
    assert names(tmp_path) == {"recount.note"}, "no part, and no archive"


def test_a_page_sent_twice_instead_of_the_next_is_refused(tmp_path: Path) -> None:
    history = History(730)
    is_refused(tmp_path, lambda window, page, size: history.fetch(window, 1 if page == 2 else page, size))
    assert names(tmp_path) == {"recount.note"}, "no part, and no archive"


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
    assert names(tmp_path) == {"recount.note"}, "no part, and no archive"


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
