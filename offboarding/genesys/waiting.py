"""How long Genesys Cloud asks us to wait. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from offboarding.genesys.exchange import Response

# The official Java SDK: these statuses are worth a repeat, after Retry-After, or 3 s when it is absent.
WAITING = frozenset({429, 502, 503, 504})
DEFAULT_WAIT = 3.0
LONGEST_WAIT = 86_400.0


def seconds_to_wait(answer: Response) -> float | None:
    """The seconds until a repeat makes sense, 0 to LONGEST_WAIT; None when this answer is not worth one."""
    if answer.status not in WAITING:
        return None
    return retry_after(answer.headers.get("Retry-After", ""))


def retry_after(text: str) -> float:
    """Retry-After as seconds or as an HTTP date (RFC 9110 section 10.2.3); 3 s when it says neither."""
    text = text.strip()
    if text.isdecimal() and text.isascii():
        return min(float(text[:12]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return DEFAULT_WAIT
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT)
