"""The pieces of time: covering, cut at midnight, never too long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboarding.archives.windows import MOST_DAYS, Window, last_year, windows

DAY = timedelta(days=1)
moments = st.integers(0, 10 * 365 * 86_400_000).map(
    lambda ms: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
spans = st.tuples(moments, st.integers(1, 500 * 86_400_000)).map(
    lambda drawn: (drawn[0], drawn[0] + timedelta(milliseconds=drawn[1]))
)


def at_midnight(moment: datetime) -> bool:
    return moment == moment.replace(hour=0, minute=0, second=0, microsecond=0)


@given(spans, st.integers(1, MOST_DAYS))
def test_windows_cover_the_interval_without_gap_or_overlap(span: tuple[datetime, datetime], days: int) -> None:
    found = windows(*span, days=days)
    assert (found[0].start, found[-1].end) == span
    assert all(left.end == right.start and at_midnight(left.end) for left, right in pairwise(found))
    assert all(timedelta(0) < window.end - window.start <= days * DAY for window in found)


@given(spans)
def test_halving_ends_at_single_days_and_loses_nothing(span: tuple[datetime, datetime]) -> None:
    window = windows(*span)[0]
    while half := window.first_half():
        assert half.start == window.start < half.end < window.end
        assert at_midnight(half.end)
        window = half
    assert window.end - window.start <= DAY
    assert (window.end - timedelta(microseconds=1)).date() == window.start.date()


def test_the_last_year_is_365_days_to_the_second_in_at_most_twelve_windows() -> None:
    now = datetime(2026, 2, 3, 16, 5, 6, 789_012, tzinfo=timezone(timedelta(hours=5)))
    start, end = last_year(now)
    assert (start, end) == (
        datetime(2025, 2, 3, 11, 5, 6, tzinfo=UTC),
        datetime(2026, 2, 3, 11, 5, 6, tzinfo=UTC),
    )
    assert len(windows(start, end)) == 12


def test_a_window_is_written_as_genesys_wants_its_interval() -> None:
    window = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 31, 4, 5, 6, 7000, tzinfo=UTC))
    assert window.interval == "2026-01-01T00:00:00.000Z/2026-01-31T04:05:06.007Z"


def test_the_label_names_the_last_day_that_is_held() -> None:
    assert Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)).label == (
        "2026-01-01 to 2026-01-31"
    )


def test_a_window_touches_whole_days() -> None:
    window = Window(datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 1, 9, tzinfo=UTC))
    assert window.touches(datetime(2026, 1, 5, tzinfo=UTC))
    assert window.touches(datetime(2026, 1, 9, 23, 59, tzinfo=UTC))
    assert not window.touches(datetime(2026, 1, 4, 23, 59, 59, tzinfo=UTC))
    assert not window.touches(datetime(2026, 1, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None), datetime(2026, 2, 1, tzinfo=UTC), 31),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), 31),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), 31),
        (datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), 31),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), 32),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), 0),
    ],
    ids=["no zone", "empty", "backwards", "microseconds", "too long", "no days"],
)
def test_an_interval_that_makes_no_sense_is_refused(start: datetime, end: datetime, days: int) -> None:
    with pytest.raises(ValueError, match=r"window|before"):
        windows(start, end, days=days)
