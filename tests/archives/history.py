"""A made-up conversation history, computed and not stored, served the way the documented query serves it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from offboarding.archives.pages import Page
from offboarding.archives.windows import Window

START = datetime(2025, 3, 10, 15, 30, tzinfo=UTC)
END = datetime(2025, 6, 1, 9, tzinfo=UTC)
QUERY = {"order": "asc", "orderBy": "conversationStart", "person": "3f1c"}
DAY = timedelta(days=1)


def nothing(done: int, total: int | None, what: str) -> None:
    """A progress that lets the work go on."""


class History:
    """`count` conversations spread evenly over [start, end); `calls` is what was asked.

    The query answers with every conversation that started on a UTC day the interval touches, the day of its
    end included, so that neighbouring windows share the conversations of the day they meet.
    """

    def __init__(self, count: int, start: datetime = START, end: datetime = END, big: bool = False) -> None:
        self.count = count
        self.start = start
        self.step = (end - start) / max(count, 1)
        self.calls: list[tuple[Window, int]] = []
        self.make: Callable[[int], dict[str, Any]] = _Big() if big else _small

    def fetch(self, window: Window, page: int, size: int) -> Page:
        self.calls.append((window, page))
        first, last = self._first_from(_day(window.start)), self._first_from(_day(window.end) + DAY)
        numbers = range(first + (page - 1) * size, min(first + page * size, last))
        return Page([self.conversation(number) for number in numbers], last - first)

    def conversation(self, number: int) -> dict[str, Any]:
        start = (self.start + number * self.step).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"conversationId": f"c-{number:08}", "conversationStart": start, **self.make(number)}

    def all(self) -> Iterator[dict[str, Any]]:
        return (self.conversation(number) for number in range(self.count))

    def _first_from(self, moment: datetime) -> int:
        """The number of the first conversation that starts at or after `moment`."""
        if not self.count:
            return 0
        return min(max(0, -((self.start - moment) // self.step)), self.count)


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _small(number: int) -> dict[str, Any]:
    return {"originatingDirection": "inbound", "participants": [{"participantName": f"Zoë 王 {number}"}]}


class _Big:
    """Conversations of about 4.4 kB in the documented shape, drawn from a hundred that were made once."""

    def __init__(self) -> None:
        chance = random.Random(7)
        self._made = [self._one(chance) for _ in range(100)]

    def __call__(self, number: int) -> dict[str, Any]:
        return self._made[number % 100]

    def _one(self, chance: random.Random) -> dict[str, Any]:
        return {
            "originatingDirection": "inbound",
            "divisionIds": [_uuid(chance)],
            "mediaStatsMinConversationMos": 4 + chance.random(),
            "participants": [self._participant(chance, who) for who in ("customer", "acd", "agent")],
        }

    def _participant(self, chance: random.Random, purpose: str) -> dict[str, Any]:
        metrics = [
            {"name": name, "value": chance.randrange(10**6), "emitDate": _instant(chance)}
            for name in ("nOffered", "tAcd", "tTalk", "tHandle", "tAcw")
        ]
        segments = [
            {
                "segmentStart": _instant(chance),
                "segmentEnd": _instant(chance),
                "queueId": _uuid(chance),
                "segmentType": kind,
                "conference": False,
            }
            for kind in ("alert", "interact", "wrapup")
        ]
        session = {
            "sessionId": _uuid(chance),
            "mediaType": "voice",
            "ani": f"tel:+49{chance.randrange(10**9)}",
            "edgeId": _uuid(chance),
            "metrics": metrics,
            "segments": segments,
        }
        return {
            "participantId": _uuid(chance),
            "participantName": "Zoë Müller",
            "purpose": purpose,
            "sessions": [session],
        }


def _uuid(chance: random.Random) -> str:
    digits = f"{chance.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _instant(chance: random.Random) -> str:
    return f"2025-04-{chance.randrange(1, 31):02}T10:{chance.randrange(60):02}:00.{chance.randrange(1000):03}Z"
