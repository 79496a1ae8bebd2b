"""Reading one window from Genesys page by page, and judging how much of it came. Writes no file itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from offboarding.archives.conversation import identify, line_of
from offboarding.archives.errors import HistoryNotUnderstood
from offboarding.archives.windows import Window
from offboarding.audit.times import utc_words

# Genesys Cloud API, POST /api/v2/analytics/conversations/details/query: 100 conversations a page.
PAGE_SIZE = 100
# A window is the unit that is kept or read again, so it must fit well into one time slice of the worker: 50
# pages are 10 s at 300 calls a minute. It also stays far below the 100,000 rows that are said to be the
# query's ceiling.
MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: the objects as Genesys sent them, and its `totalHits`, which moves while data arrives."""

    conversations: Sequence[Any]
    total: int


FetchPage = Callable[[Window, int, int], Page]
Progress = Callable[[int, int | None, str], None]


class TooManyRows(Exception):
    """The window holds more than MOST_ROWS: nothing of it was written; read `half` of it first."""

    def __init__(self, half: Window) -> None:
        super().__init__(half.label)
        self.half = half


@dataclass(slots=True)
class Reading:
    """One pass over a window: the ids it was sent, and how many of them were not in the window before."""

    ids: set[str] = field(default_factory=set)
    count: int = 0
    total: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def lacks(self) -> int:
        """How many of those that were announced did not come."""
        return max(self.total - len(self.ids), 0)

    def saw(self, moment: datetime) -> None:
        self.first_at = moment if self.first_at is None else min(self.first_at, moment)
        self.last_at = moment if self.last_at is None else max(self.last_at, moment)


def read_window(
    window: Window,
    fetch: FetchPage,
    before: Collection[str],
    write: Callable[[bytes], None],
    progress: Callable[[int, int], None],
) -> Reading:
    """One pass over all pages; each conversation that is new and not in `before` goes to `write` as a line.

    `progress(count, page)` is called after each page. Pages are read until one is not full and the total that
    came with it is reached, or until one brings nothing new: that is the end, or a page that is missing, and
    `Reading.lacks` tells which. Raises TooManyRows, HistoryNotUnderstood, and whatever fetch and progress
    raise.
    """
    reading = Reading()
    page = 0
    more = True
    while more:
        page += 1
        answer = fetch(window, page, PAGE_SIZE)
        # An empty page may come without a total as well: it must not lower the total, or a missing page would
        # look like the end.
        reading.total = answer.total if answer.conversations else max(reading.total, answer.total)
        if page == 1 and answer.total > MOST_ROWS and (half := window.first_half()):
            raise TooManyRows(half)
        known = len(reading.ids)
        lines = b"".join(_new_lines(reading, answer.conversations, page, window, before))
        if lines:
            write(lines)
        progress(reading.count, page)
        full = len(answer.conversations) >= PAGE_SIZE or page * PAGE_SIZE < reading.total
        more = full and len(reading.ids) > known
    return reading


def _new_lines(
    reading: Reading, records: Sequence[Any], page: int, window: Window, before: Collection[str]
) -> list[bytes]:
    lines = []
    for position, record in enumerate(records, start=1):
        try:
            key, start = identify_in(window, record)
            if key in reading.ids:
                continue
            reading.ids.add(key)
            if key in before:
                continue
            lines.append(line_of(record))
        except ValueError as error:
            raise HistoryNotUnderstood(
                f"In the history of {window.label}, conversation {position} on page {page} {error}.",
                "Nothing was deleted. Retry the run; if it comes again, ask Genesys Cloud support about it.",
            ) from error
        reading.count += 1
        reading.saw(start)
    return lines


def identify_in(window: Window, record: Any) -> tuple[str, datetime]:
    """Id and start of a conversation that belongs to the window; ValueError, in words, when it does not."""
    key, start = identify(record)
    if not window.touches(start):
        raise ValueError(f"{key} started at {utc_words(start)}, outside of it")
    return key, start
