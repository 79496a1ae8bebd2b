"""How long Genesys Cloud asks us to wait, and what a wait that long is called. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from offboarding.genesys.exchange import Response
from offboarding.genesys.pacing import LONGEST_PAUSE
from offboarding.genesys.server_clock import moment_of

# The official Java SDK: these statuses are worth a repeat, after Retry-After, or 3 s when it is absent.
WAITING = frozenset({429, 502, 503, 504})
DEFAULT_WAIT = 3.0
LONGEST_WAIT = 86_400.0
DAILY_QUOTA = "daily_quota"


def seconds_to_wait(answer: Response) -> float | None:
    """The seconds until a repeat makes sense, 0 to LONGEST_WAIT; None when this answer is not worth one."""
    if answer.status not in WAITING:
        return None
    return retry_after(answer.headers.get("Retry-After", ""), answer.headers.get("Date", ""))


def is_daily_quota(status: int, wait: float) -> bool:
    """Whether 429 asks for more patience than any limit per minute explains (official Java SDK: over 180 s)."""
    return status == 429 and wait > LONGEST_PAUSE


def retry_after(text: str, date: str = "") -> float:
    """Retry-After as seconds or as an HTTP date (RFC 9110 section 10.2.3); 3 s when it says neither.

    A date is held against the `date` of the same answer, which comes from the same clock; ours may be another.
    """
    text = text.strip()
    if text.isdecimal() and text.isascii():
        return min(float(text[:12]), LONGEST_WAIT)
    moment = moment_of(text)
    if moment is None:
        return DEFAULT_WAIT
    asked_at = moment_of(date) or datetime.now(UTC)
    return min(max((moment - asked_at).total_seconds(), 0.0), LONGEST_WAIT)
