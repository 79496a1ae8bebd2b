"""What Genesys Cloud answered in this attempt of a step, gathered until its end is written."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from typing import Any

from django.utils import timezone

from offboarding.actions.readings import Reading
from offboarding.genesys.exchange import Response

# The newest are kept: what was read last is what an end rests on. The largest look takes 18 calls.
MOST_READINGS = 60
LONGEST_BODY = 16 * 1024
# Conversations stand in the archive, masked where that was chosen; the answers about OAuth clients may hold secrets.
HASH_ONLY = ("/api/v2/analytics/conversations/", "/api/v2/oauth/")


class Readings:
    """Hears the answers to reads, from several threads."""

    def __init__(self) -> None:
        self._kept: deque[Reading] = deque(maxlen=MOST_READINGS)

    def hear(self, method: str, path: str, body: Any, answer: Response) -> None:
        self._kept.append(
            Reading(
                at=timezone.now(),
                method=method,
                path=path,
                asked="" if body is None else json.dumps(body, sort_keys=True),
                status=answer.status,
                size=len(answer.body),
                sha256=hashlib.sha256(answer.body).hexdigest(),
                body="" if path.startswith(HASH_ONLY) else _text(answer.body),
            )
        )

    def begin(self) -> None:
        """Another step begins: what was heard before belongs to others."""
        self._kept.clear()

    def of_this_attempt(self) -> tuple[Reading, ...]:
        """In the order in which they came."""
        return tuple(self._kept)


def _text(body: bytes) -> str:
    """The body as text; empty when it is too long, or is no text that a database could give back byte for byte."""
    if len(body) > LONGEST_BODY or b"\x00" in body:  # PostgreSQL keeps no NUL in a text
        return ""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return ""
