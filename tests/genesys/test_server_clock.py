"""How far Genesys Cloud's clock is ahead of ours, heard from answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from offboarding.genesys.client import GenesysClient, hurried
from offboarding.genesys.server_clock import ServerClock, moment_of
from offboarding.sandbox.testing import SandboxThread

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def heard(*dates: str) -> timedelta | None:
    clock = ServerClock(lambda: NOW)
    for date in dates:
        clock.hear({"Date": date} if date else {})
    return clock.ahead


def test_the_difference_is_that_of_the_date() -> None:
    assert heard("Sun, 01 Mar 2026 12:07:00 GMT") == timedelta(minutes=7)
    assert heard("Sun, 01 Mar 2026 11:48:00 GMT") == timedelta(minutes=-12)


def test_an_answer_that_was_long_on_its_way_does_not_count() -> None:
    """Made at once, it was read a minute later; the one that came fast tells the truth, before it or after it."""
    slow, fast = "Sun, 01 Mar 2026 11:59:00 GMT", "Sun, 01 Mar 2026 12:00:00 GMT"
    assert heard(slow, fast) == heard(fast, slow) == timedelta(0)


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", "Sat, 01 Mar 2126 12:00:00 GMT"])
def test_what_is_no_clock_tells_nothing(date: str) -> None:
    assert heard(date) is None
    assert heard(date, "Sun, 01 Mar 2026 12:07:00 GMT") == timedelta(minutes=7)


@pytest.mark.parametrize("text", ["Sunday, 01-Mar-26 12:07:00 GMT", "Sun, 01 Mar 2026 12:07:00 -0000"])
def test_a_date_without_an_offset_is_utc(text: str) -> None:
    assert moment_of(text) == datetime(2026, 3, 1, 12, 7, tzinfo=UTC)


def test_a_client_hears_it_with_every_answer(client: GenesysClient, sandbox: SandboxThread) -> None:
    assert client.clock_ahead == timedelta(0), "nothing was asked yet"
    sandbox.faults({"path": "/organizations/me", "skew": 3_600})
    client.get_organizations_me()
    assert abs(client.clock_ahead - timedelta(hours=1)) < timedelta(seconds=5)
    assert hurried(client).clock_ahead == client.clock_ahead
