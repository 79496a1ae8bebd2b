"""How long a message waits after a failed attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboarding.webhooks.schedule import ATTEMPTS, LONGEST, SHORTEST, WAITS, told_wait, wait_after

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def test_ten_attempts_are_spread_over_three_days() -> None:
    assert ATTEMPTS == 10
    assert sum(WAITS, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


@given(st.integers(1, ATTEMPTS - 1))
def test_the_wait_is_the_planned_one_within_a_tenth(attempt: int) -> None:
    assert WAITS[attempt - 1] * 0.899 < wait_after(attempt) < WAITS[attempt - 1] * 1.101


def test_two_messages_do_not_come_back_at_the_same_moment() -> None:
    assert len({wait_after(4) for _ in range(20)}) > 1


@pytest.mark.parametrize("attempt", [1, 5])
def test_a_told_wait_is_followed_in_the_first_attempts(attempt: int) -> None:
    assert wait_after(attempt, 7 * SECOND) == 7 * SECOND


def test_a_receiver_that_always_says_one_second_does_not_use_up_all_attempts_at_once() -> None:
    assert sum((wait_after(attempt, SECOND) for attempt in range(1, ATTEMPTS)), timedelta()) > 2 * DAY


def test_a_longer_told_wait_counts_in_every_attempt() -> None:
    assert wait_after(6, DAY) == DAY


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", 120 * SECOND),
        (" 120 ", 120 * SECOND),
        ("0", SHORTEST),
        ("86401", LONGEST),
        ("9" * 5000, LONGEST),
        ("Mon, 02 Mar 2026 09:02:00 GMT", 120 * SECOND),
        ("Monday, 02-Mar-26 09:02:00 GMT", 120 * SECOND),
        ("Mon Mar  2 09:02:00 2026", 120 * SECOND),
        ("Mon, 02 Mar 2026 10:02:00 +0100", 120 * SECOND),
        ("Sun, 01 Mar 2026 09:00:00 GMT", SHORTEST),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("Mon, 99 Mar 2026 09:02:00 GMT", None),
    ],
)
def test_it_reads_both_forms_of_retry_after(header: str, wait: timedelta | None) -> None:
    assert told_wait(header, NOW) == wait


@given(st.text(st.characters(max_codepoint=255)) | st.from_regex(r"[A-Z][a-z]{2}, \d+ Mar \d+ \d+:\d+:\d+ .*"))
def test_no_header_breaks_it(header: str) -> None:
    wait = told_wait(header, NOW)
    assert wait is None or SHORTEST <= wait <= LONGEST
