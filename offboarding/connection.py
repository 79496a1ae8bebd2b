"""The connection to Genesys Cloud: who we are to it and what it lets us do, looked at and kept for pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import GenesysError
from offboarding.genesys.granted import Granted, Unread, read_granted
from offboarding.plan import counted

CLOCK_MAY_BE_OFF = timedelta(minutes=1)
FORM = 1  # of what is kept; another one when the fields of Connection or Granted change


@dataclass(frozen=True, slots=True)
class Connection:
    """What a look saw: the org that answered and what it lets us do, or what went wrong and what to do about it."""

    org_name: str = ""
    org_id: str = ""
    client_name: str = ""
    clock: str = ""  # how far this machine's clock is off, in words, when it is far enough to be said
    granted: Granted | None = None
    unread: Unread | None = None
    problem: str = ""
    remedy: str = ""
    code: str = ""
    correlation_id: str = ""

    @property
    def clock_advice(self) -> str:
        """What to do about a clock that is off, and what it does not harm."""
        return (
            f"{self.clock[:1].upper()}{self.clock[1:]}. Set it, best by NTP: receivers refuse webhooks of another "
            "time, and the audit trail has the times of this clock. Archives reach up to Genesys Cloud's own midnight "
            "in any case."
        )

    @property
    def told(self) -> str:
        """In one sentence, for the audit trail."""
        if self.problem:
            return self.problem
        clock = f"; {self.clock}" if self.clock else ""
        if self.unread:
            return f"{self.org_name} answered; the permissions are not known: {self.unread.problem}{clock}"
        missing = ", ".join(self.granted.missing) if self.granted else ""
        uncovered = ", ".join(self.granted.uncovered) if self.granted else ""
        return f"{self.org_name} answered" + (
            (f"; missing permissions: {missing}" if missing else "")
            + (f"; divisions not covered: {uncovered}" if uncovered else "")
            + clock
        )


class Kept(NamedTuple):
    """The latest look, whoever made it."""

    connection: Connection
    at: datetime


def look(client: GenesysClient) -> Connection:
    """Four reads; what goes wrong is told, not raised."""
    try:
        token = client.get_tokens_me()
        org = client.get_organizations_me()
        found = read_granted(client, token.client)
    except GenesysError as error:
        return Connection(problem=str(error), remedy=error.remedy, code=error.code, correlation_id=error.correlation_id)
    return Connection(
        org_name=org.name,
        org_id=org.id,
        client_name=token.client.name if token.client else "",
        clock=_clock_off(client.clock_ahead),
        granted=found if isinstance(found, Granted) else None,
        unread=found if isinstance(found, Unread) else None,
    )


def look_at_start(client: GenesysClient) -> None:
    """Look once, and keep what was seen. The article's dialect knows no permissions: there nothing is looked at."""
    if client.KNOWS_EQUIPMENT:
        keep(look(client))


def keep(connection: Connection) -> None:
    """For the settings page, which makes no call. In the cache: when that forgets it, a test brings it back."""
    cache.set(_place(), Kept(connection, timezone.now()), timeout=None)


def kept() -> Kept | None:
    """The latest look at the org and OAuth client that are configured now, if any is kept."""
    found = cache.get(_place())
    return found if isinstance(found, Kept) else None


def _place() -> str:
    who = f"{settings.GENESYS_DOMAIN} {settings.GENESYS_CLIENT_ID}"
    return f"connection:{FORM}:{hashlib.sha256(who.encode()).hexdigest()[:16]}"


def _clock_off(ahead: timedelta) -> str:
    """How far this machine's clock is off, in words; empty within the seconds that an answer may be on its way."""
    if abs(ahead) < CLOCK_MAY_BE_OFF:
        return ""
    side = "behind" if ahead > timedelta(0) else "ahead of"
    minutes = counted(round(abs(ahead) / timedelta(minutes=1)), "minute")
    return f"this machine's clock is {minutes} {side} that of Genesys Cloud"
