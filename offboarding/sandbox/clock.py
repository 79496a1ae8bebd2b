"""The org's clock, and times as Genesys writes them: ISO-8601 in UTC with milliseconds ("Date & Times").

The clock is this machine's, but for calls that a fault carries out with another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

_ahead: ContextVar[float] = ContextVar("ahead", default=0.0)


@contextmanager
def ahead_by(seconds: float) -> Iterator[None]:
    """In this thread, the org's clock is ahead of this machine's (behind it, when negative)."""
    token = _ahead.set(seconds)
    try:
        yield
    finally:
        _ahead.reset(token)


def now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=_ahead.get())


def now_ms() -> int:
    """Milliseconds since 1970."""
    return round(now().timestamp() * 1000)


def now_text() -> str:
    return text_of(now())


def http_date() -> str:
    """For the Date header: IMF-fixdate, RFC 9110 section 5.6.7."""
    return format_datetime(now(), usegmt=True)


def text_of(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def text_of_ms(epoch_ms: int) -> str:
    """The same for milliseconds since 1970; a page of conversations needs thousands of these."""
    seconds, milliseconds = divmod(epoch_ms, 1000)
    days, rest = divmod(seconds, 86_400)
    return f"{_day(days)}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.{milliseconds:03d}Z"


@lru_cache(maxsize=1024)
def _day(days: int) -> str:
    return f"{datetime.fromtimestamp(days * 86_400, UTC):%Y-%m-%d}"


def ms_of(text: str) -> int:
    """Milliseconds since 1970; raises ValueError. Without an offset the time is taken as UTC."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
