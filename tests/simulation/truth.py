"""What the org itself knows, asked directly: neither the client nor the archive's code stands in between."""

from __future__ import annotations

from datetime import datetime, timedelta

from offboarding.sandbox import conversation_query
from offboarding.sandbox.clock import text_of
from offboarding.sandbox.state import Org


def conversations_of(org: Org, person_id: str, start: datetime, end: datetime) -> set[str]:
    """As the sandbox itself answers, month by month, without any fault."""
    found: set[str] = set()
    predicate = {"type": "dimension", "dimension": "userId", "operator": "matches", "value": person_id}
    while start < end:
        following = min(start + timedelta(days=31), end)
        body = {
            "interval": f"{text_of(start)}/{text_of(following - timedelta(milliseconds=1))}",
            "segmentFilters": [{"type": "and", "predicates": [predicate]}],
        }
        page = 1
        while rows := conversation_query.answer(org, body | {"paging": _page(page)}).get("conversations"):
            found.update(row["conversationId"] for row in rows)
            page += 1
        start = following
    return found


def _page(number: int) -> dict[str, int]:
    return {"pageSize": 100, "pageNumber": number}
