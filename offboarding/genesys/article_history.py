"""The article's conversation query: walked once from page to page, then read again by place."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from offboarding.genesys.errors import REMEDIES, NotUnderstood, ReadAgain
from offboarding.genesys.shape import Shape
from offboarding.genesys.transport import Transport

PATH = "/api/v2/analytics/conversations/details/query"
PAGE = 100
BETWEEN_PAGES = 0.1  # seconds, against 429
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """What is remembered of one conversation: its place, its id, when it began, its media, and whether it is
    open.
    """

    page: int
    place: int
    id: str
    day: datetime
    media: tuple[str, ...]
    is_open: bool


class History:
    """The last 365 days of one person. Threads may share it."""

    def __init__(self, transport: Transport, person_id: str) -> None:
        self.person_id = person_id
        self._transport = transport
        self._lock = threading.RLock()
        self._rows: list[Row] | None = None
        self._sequences: list[str | None] = []
        self._last: tuple[int, tuple[Shape, ...]] = (-1, ())
        self._asked = False

    def rows(self) -> Sequence[Row]:
        """Every conversation in the order they came; the first call walks all pages."""
        with self._lock:
            if self._rows is None:
                self._rows = self._walk()
            return self._rows

    def read(self, row: Row) -> dict[str, Any]:
        """The conversation as it was sent. Raises ReadAgain when another one stands in its place now."""
        with self._lock:
            number, found = self._last
            if number != row.page:
                found, _ = self._ask(self._sequences[row.page])
                self._last = (row.page, found)
            if row.place < len(found) and found[row.place].text("conversationId") == row.id:
                return found[row.place].value
            self._rows = None
            raise ReadAgain(
                f"The history moved while it was read: POST {PATH}.",
                remedy=REMEDIES["moved"],
                code="history.moved",
                method="POST",
                path=PATH,
            )

    def _walk(self) -> list[Row]:
        rows: list[Row] = []
        sequence: str | None = None
        self._sequences = []
        self._last = (-1, ())
        while True:
            if sequence in self._sequences:
                raise NotUnderstood(
                    f"The pages of POST {PATH} go round in a circle.",
                    remedy=REMEDIES["language"],
                    code="endless.listing",
                    method="POST",
                    path=PATH,
                )
            page = len(self._sequences)
            self._sequences.append(sequence)
            found, sequence = self._ask(sequence)
            rows += [_row(page, place, each) for place, each in enumerate(found)]
            if sequence is None:
                return rows

    def _ask(self, sequence: str | None) -> tuple[tuple[Shape, ...], str | None]:
        """One page and where the next begins; the body is the article's. Only the first comes without a pause."""
        if self._asked:
            self._transport.pause(BETWEEN_PAGES)
        self._asked = True
        body = {
            "pageSize": PAGE,
            "nextPageSequence": sequence,
            "where": f'userId="{self.person_id}"',
            "interval": "P365D",
            "groupBy": ["conversationId"],
            "metrics": ["conversationDuration", "wrapUpDuration"],
        }
        answer = self._transport.request("POST", PATH, json=body, permission="analytics:read", writes=False)
        page = Shape.of(answer, "POST", PATH)
        return page.each("entities"), page.text_or_none("nextPageSequence")


def select(rows: Sequence[Row], start: datetime, end: datetime, *, open_only: bool) -> list[Row]:
    """The rows that began on a UTC day touched by the interval, which is how the documented query chooses."""
    return [row for row in rows if row.day + DAY > start and row.day < end and (row.is_open or not open_only)]


def _row(page: int, place: int, conversation: Shape) -> Row:
    text = conversation.text("conversationStart")
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise conversation.lacks("conversationStart", "a time") from None
    media = {
        session.text_or("mediaType", "unknown")
        for participant in conversation.each_or_none("participants") or ()
        for session in participant.each_or_none("sessions") or ()
    }
    return Row(
        page=page,
        place=place,
        id=conversation.text("conversationId"),
        day=moment.replace(hour=0, minute=0, second=0, microsecond=0),
        media=tuple(sys.intern(medium) for medium in sorted(media)),
        is_open=conversation.value.get("conversationEnd") is None,
    )
