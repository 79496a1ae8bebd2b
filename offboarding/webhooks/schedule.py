"""When a message that was not taken is sent again. Pure: no rows, no HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import SystemRandom

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
ATTEMPTS = len(WAITS) + 1
SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(hours=24)
FREELY_TOLD = 5

_chance = SystemRandom()


def wait_after(attempt: int, told: timedelta | None = None) -> timedelta:
    """How long to wait after failed attempt number `attempt` (from 1, below ATTEMPTS).

    The schedule is the one Standard Webhooks recommends ("Deliverability and reliability"), 75.6 hours in all, with
    10 % of chance either way so that a receiver which comes back is not met by everything at once. What the
    receiver told in Retry-After is followed in the first attempts; later it can only lengthen the wait, or a
    receiver that always says "one second" would see every attempt used up in ten.
    """
    planned = WAITS[attempt - 1] * _chance.uniform(0.9, 1.1)
    if told is None:
        return planned
    return told if attempt <= FREELY_TOLD else max(planned, told)


def told_wait(retry_after: str, now: datetime) -> timedelta | None:
    """The wait a Retry-After header asks for, cut to 1 second to 24 hours; None when it says nothing usable.

    Both forms of RFC 9110, 10.2.3: seconds, or an HTTP date.
    """
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        asked = timedelta(seconds=int(text)) if len(text) < 9 else LONGEST
    else:
        try:
            until = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        asked = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(max(asked, SHORTEST), LONGEST)
