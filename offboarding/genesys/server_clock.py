"""Genesys Cloud's clock, as far as its answers tell. Two clocks are not to be trusted to be one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# What says more than this is no clock: it must not stretch an archive over centuries.
MOST = timedelta(days=2)


class ServerClock:
    """Hears the Date of answers (RFC 9110 section 6.6.1: the time at which the answer was made, in whole seconds).

    An answer that was long on its way makes the server look slow, never fast: the highest of all counts.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self.ahead: timedelta | None = None

    def hear(self, headers: Mapping[str, str]) -> None:
        """A Date that is missing, no date, or more than MOST away tells nothing."""
        moment = moment_of(headers.get("Date", ""))
        if moment is None:
            return
        ahead = moment - self._now()
        if abs(ahead) <= MOST and (self.ahead is None or ahead > self.ahead):
            self.ahead = ahead


def moment_of(text: str) -> datetime | None:
    """An HTTP date, RFC 9110 section 5.6.7; None for anything else."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
