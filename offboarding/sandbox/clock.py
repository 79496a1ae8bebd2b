"""Times as Genesys writes them: ISO-8601 in UTC with milliseconds (Genesys Cloud API, "Date & Times")."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


def now_text() -> str:
    return text_of(datetime.now(UTC))


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
