"""The pieces of time in which a history is read. Pure: no files, no Genesys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)
MILLISECOND = timedelta(milliseconds=1)
# Genesys Cloud API, POST /api/v2/analytics/conversations/details/query: an interval of at most 31 days.
MOST_DAYS = 31


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From `start` up to, not including, `end`; both UTC and whole milliseconds."""

    start: datetime
    end: datetime

    @property
    def interval(self) -> str:
        """As the query's `interval` is documented: two instants with milliseconds, no ISO duration."""
        return f"{_instant(self.start)}/{_instant(self.end)}"

    @property
    def label(self) -> str:
        """For people: the UTC days it holds."""
        return f"{self.start:%Y-%m-%d} to {self.end - MILLISECOND:%Y-%m-%d}"

    def touches(self, moment: datetime) -> bool:
        """Whether the window's query may answer with a conversation that started at `moment`.

        The query matches conversations that started on a UTC day its interval touches (same document), so the
        days of `start` and `end` count whole. That is why two neighbours can both send one conversation.
        """
        return midnight(self.start) <= moment < midnight(self.end) + DAY

    @property
    def own_days(self) -> Window:
        """Its UTC days and no other: ended a millisecond early, so that a query leaves out the day its end begins."""
        return Window(self.start, self.end - MILLISECOND)

    def holds(self, moment: datetime) -> bool:
        """Whether `moment` is on a UTC day of its own; of windows cut at midnight only one holds a moment."""
        return midnight(self.start) <= moment < midnight(self.end - MILLISECOND) + DAY

    def first_half(self) -> Window | None:
        """The first half of its UTC days; None when it lies within one day."""
        first = midnight(self.start)
        days = -((first - self.end) // DAY)
        return Window(self.start, first + days // 2 * DAY) if days > 1 else None


def windows(start: datetime, end: datetime, *, days: int = MOST_DAYS) -> tuple[Window, ...]:
    """Cover [start, end) without gap or overlap, cut at UTC midnight, at most `days` UTC days each.

    The same arguments give the same windows: an archive that is resumed must be asked with the same interval.
    """
    for moment in (start, end):
        if moment.tzinfo is None or moment.microsecond % 1000:
            raise ValueError(f"{moment.isoformat()}: a window needs a time zone and whole milliseconds")
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        raise ValueError(f"{start.isoformat()} is not before {end.isoformat()}")
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"a window holds 1 to {MOST_DAYS} days, not {days}")
    found = []
    while start < end:
        cut = min(midnight(start) + days * DAY, end)
        found.append(Window(start, cut))
        start = cut
    return tuple(found)


def last_year(now: datetime) -> tuple[datetime, datetime]:
    """The interval that is archived unless somebody says otherwise: the last 365 days, to the second."""
    end = now.astimezone(UTC).replace(microsecond=0)
    return end - 365 * DAY, end


def midnight(moment: datetime) -> datetime:
    """The beginning of the UTC day of `moment`."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
