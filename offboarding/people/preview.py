"""Counting the history an archive would hold, month by month, and a first look at its newest rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from offboarding.genesys.client import GenesysClient

HISTORY_DAYS = 365
FAN_OUT = 8
FIRST_ROWS = 8


@dataclass(frozen=True, slots=True)
class Month:
    """How many conversations started in one calendar month (UTC), `label` as 2026-01."""

    label: str
    count: int
    by_medium: dict[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation, for a first look: when it started, medium, direction, length in seconds (None: still open)."""

    id: str
    at: str
    medium: str
    direction: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class ArchivePreview:
    """What an archive would hold. Counts are Genesys' approximate totals."""

    total: int
    by_medium: dict[str, int]
    months: tuple[Month, ...]
    first: tuple[Row, ...]
    days: int


def preview(client: GenesysClient, person_id: str, *, now: datetime | None = None) -> ArchivePreview:
    """Count the history of the last 365 days: one query a month, page size 1, with a term frequency on the medium.

    The newest rows come with one query more. Raises GenesysError. Source: POST
    /api/v2/analytics/conversations/details/query, at most 31 days a query.
    """
    spans = months(now or datetime.now(UTC))
    with ThreadPoolExecutor(max_workers=FAN_OUT) as pool:
        ask = [pool.submit(_count, client, person_id, start, end, label) for label, start, end in spans]
        counted_months = tuple(read.result() for read in ask)
    by_medium: dict[str, int] = {}
    for month in counted_months:
        for medium, count in month.by_medium.items():
            by_medium[medium] = by_medium.get(medium, 0) + count
    newest = next(
        (span for span, month in zip(reversed(spans), reversed(counted_months), strict=True) if month.count),
        None,
    )
    rows: tuple[Row, ...] = ()
    if newest is not None:
        page = client.post_analytics_conversations_details_query(
            person_id=person_id, start=newest[1], end=newest[2], page=1, page_size=FIRST_ROWS, order="desc"
        )
        rows = tuple(row_of(conversation) for conversation in page.conversations)
    return ArchivePreview(sum(month.count for month in counted_months), by_medium, counted_months, rows, HISTORY_DAYS)


def history_interval(now: datetime) -> tuple[datetime, datetime]:
    """The last 365 days, cut at UTC midnight, up to the end of today: the interval of preview and archive alike."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=HISTORY_DAYS), midnight + timedelta(days=1)


def interval_of(archive: dict[str, Any]) -> tuple[datetime, datetime]:
    """The interval that a stored plan names, as instants."""
    return datetime.fromisoformat(archive["from"]), datetime.fromisoformat(archive["to"])


def months(now: datetime) -> tuple[tuple[str, datetime, datetime], ...]:
    """The calendar months of the history interval, the first and last cut short."""
    start, end = history_interval(now)
    spans = []
    while start < end:
        following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        spans.append((start.strftime("%Y-%m"), start, min(following, end)))
        start = following
    return tuple(spans)


def row_of(conversation: dict[str, Any]) -> Row:
    """A first look at one conversation as Genesys sent it; what is missing stays empty."""
    start, end = conversation.get("conversationStart") or "", conversation.get("conversationEnd") or ""
    media = [
        session.get("mediaType", "")
        for participant in conversation.get("participants") or ()
        for session in participant.get("sessions") or ()
    ]
    seconds = None
    if start and end:
        seconds = int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
    return Row(
        conversation.get("conversationId") or "",
        start,
        next((medium for medium in media if medium), ""),
        conversation.get("originatingDirection") or "",
        seconds,
    )


def _count(client: GenesysClient, person_id: str, start: datetime, end: datetime, label: str) -> Month:
    page = client.post_analytics_conversations_details_query(
        person_id=person_id, start=start, end=end, page=1, page_size=1, by_medium=True
    )
    return Month(label, page.total_hits, page.by_medium)
