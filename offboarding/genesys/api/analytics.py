"""Tag Analytics: live work of a person, and the history of conversations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from offboarding.genesys.api.area import Area, path_of
from offboarding.genesys.records import AgentStatus, ConversationPage, LiveSession
from offboarding.genesys.shape import Shape

# Terms that a frequency may bring; the API knows eleven media.
MEDIA = 25
CONVERSATION_DETAIL = "analytics:conversationDetail:view"


class AnalyticsArea(Area):
    def get_analytics_agent_status(self, user_id: str) -> AgentStatus:
        """GET /api/v2/analytics/agents/{userId}/status: live work. Needs analytics:agentState:view. 200."""
        path = path_of("/api/v2/analytics/agents/{userId}/status", userId=user_id)
        answer = self._get(path, permission="analytics:agentState:view")
        return AgentStatus(
            session_count=answer.whole("sessionCount"),
            sessions=tuple(_live(row) for row in answer.each_or_none("sessions") or ()),
            routing_status=answer.text_or_none("routingStatus"),
            management_unit_id=answer.text_or_none("managementUnitId"),
        )

    def post_analytics_conversations_details_query(
        self,
        *,
        person_id: str,
        start: datetime,
        end: datetime,
        page: int,
        page_size: int,
        by_medium: bool = False,
        open_only: bool = False,
        order: str = "asc",
    ) -> ConversationPage:
        """POST /api/v2/analytics/conversations/details/query. Needs analytics:conversationDetail:view. 200.

        A search: it changes nothing. It finds conversations that started on a UTC day touched by start/end,
        at most 31 days and 100 a page. An empty page has no `conversations` at all; `page_missing` of the
        record says when that does not agree with `totalHits`. Repeated conversations must be dropped by
        conversationId.
        """
        body: dict[str, Any] = {
            "interval": f"{_moment(start)}/{_moment(end)}",
            "order": order,
            "orderBy": "conversationStart",
            "paging": {"pageSize": page_size, "pageNumber": page},
            "segmentFilters": [_all_of({"dimension": "userId", "operator": "matches", "value": person_id})],
        }
        if open_only:
            body["conversationFilters"] = [_all_of({"dimension": "conversationEnd", "operator": "notExists"})]
        if by_medium:
            body["aggregations"] = [{"type": "termFrequency", "dimension": "mediaType", "size": MEDIA}]
        path = "/api/v2/analytics/conversations/details/query"
        answer = self._call("POST", path, json=body, permission=CONVERSATION_DETAIL, writes=False)
        return _conversations(Shape.of(answer, "POST", path), page, page_size)


def _all_of(predicate: dict[str, str]) -> dict[str, Any]:
    return {"type": "and", "predicates": [{"type": "dimension", **predicate}]}


def _moment(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as the API writes it."""
    if moment.tzinfo is None:
        raise ValueError("an interval needs times with a zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _conversations(answer: Shape, page: int, page_size: int) -> ConversationPage:
    total = answer.whole("totalHits")
    found = answer.each_or_none("conversations")
    return ConversationPage(
        conversations=tuple(conversation.value for conversation in found or ()),
        total_hits=total,
        by_medium=_by_medium(answer),
        page_missing=found is None and total > (page - 1) * page_size,
    )


def _by_medium(answer: Shape) -> dict[str, int]:
    """The term frequency on mediaType (`AggregationResult`: results of value and count)."""
    return {
        row.text("value"): row.whole("count")
        for aggregation in answer.each_or_none("aggregations") or ()
        if aggregation.text_or("dimension") == "mediaType"
        for row in aggregation.each_or_none("results") or ()
    }


def _live(row: Shape) -> LiveSession:
    return LiveSession(
        conversation_id=row.text("conversationId"),
        media_type=row.text_or("mediaType", "unknown"),
        since=row.text_or("sessionStart"),
        queue_id=row.text_or_none("routedQueueId"),
    )
