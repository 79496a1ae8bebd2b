"""Tag Analytics: live work of a person, and the history of conversations, by question or by job."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from offboarding.genesys.api.area import Area, path_of
from offboarding.genesys.records import AgentStatus, ConversationPage, LiveSession
from offboarding.genesys.records.work import HistoryJob, HistoryJobPage
from offboarding.genesys.shape import Shape

# Terms that a frequency may bring; the API knows eleven media.
MEDIA = 25
# Rows of a job's page; no maximum is documented.
JOB_PAGE = 1000
CONVERSATION_DETAIL = "analytics:conversationDetail:view"
JOBS = "/api/v2/analytics/conversations/details/jobs"


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

    def get_analytics_conversations_details_jobs_availability(self) -> datetime:
        """GET /api/v2/analytics/conversations/details/jobs/availability: how far jobs can see. 200.

        Needs analytics:conversationDetail:view. What is newer than this time no job finds yet. Model
        `DataAvailabilityResponse`.
        """
        return self._get(f"{JOBS}/availability", permission=CONVERSATION_DETAIL).moment("dataAvailabilityDate")

    def post_analytics_conversations_details_jobs(
        self, *, person_id: str, start: datetime, end: datetime, starts_inside: bool = False, order: str = "asc"
    ) -> str:
        """POST /api/v2/analytics/conversations/details/jobs: the id of the new job. 202.

        Needs analytics:conversationDetail:view. A search that answers later, and so no write: no conversation,
        person or setting changes, only a result is made ready that goes away by itself. A second one after an
        unclear answer does no harm. It finds every conversation that was going on at some time in start/end, or
        with `starts_inside` only those that did not start before its first UTC day. Models `AsyncConversationQuery` and
        `AsyncQueryResponse`.
        """
        body: dict[str, Any] = {
            "interval": f"{_moment(start)}/{_moment(end)}",
            "order": order,
            "orderBy": "conversationStart",
            "segmentFilters": [_all_of({"dimension": "userId", "operator": "matches", "value": person_id})],
            "startOfDayIntervalMatching": starts_inside,
        }
        answer = self._call("POST", JOBS, json=body, permission=CONVERSATION_DETAIL, writes=False)
        return Shape.of(answer, "POST", JOBS).text("jobId")

    def get_analytics_conversations_details_job(self, job_id: str) -> HistoryJob:
        """GET /api/v2/analytics/conversations/details/jobs/{jobId}. 200, or 202 while it runs.

        Needs analytics:conversationDetail:view. Model `AsyncQueryStatus`.
        """
        answer = self._get(path_of(JOBS + "/{jobId}", jobId=job_id), permission=CONVERSATION_DETAIL)
        return HistoryJob(
            state=answer.text("state"),
            error_message=answer.text_or("errorMessage"),
            submission_date=answer.text_or_none("submissionDate"),
            completion_date=answer.text_or_none("completionDate"),
            expiration_date=answer.text_or_none("expirationDate"),
        )

    def get_analytics_conversations_details_job_results(
        self, job_id: str, *, cursor: str | None = None, page_size: int = JOB_PAGE
    ) -> HistoryJobPage:
        """GET /api/v2/analytics/conversations/details/jobs/{jobId}/results: one page. 200.

        Needs analytics:conversationDetail:view. Ask again with the answer's `cursor`; without one it was the
        last page. A page may leave `conversations` out only when it says its `cursor` or
        `dataAvailabilityDate`. Model `AnalyticsConversationAsyncQueryResponse`.
        """
        path = path_of(JOBS + "/{jobId}/results", jobId=job_id)
        answer = self._get(path, query={"cursor": cursor, "pageSize": page_size}, permission=CONVERSATION_DETAIL)
        page = HistoryJobPage(
            conversations=tuple(conversation.value for conversation in answer.each_or_none("conversations") or ()),
            cursor=answer.text_or_none("cursor"),
            data_availability_date=answer.text_or_none("dataAvailabilityDate"),
        )
        if answer.value.get("conversations") is None and not (page.cursor or page.data_availability_date):
            raise answer.lacks("conversations", "a list")
        return page

    def delete_analytics_conversations_details_job(self, job_id: str) -> None:
        """DELETE /api/v2/analytics/conversations/details/jobs/{jobId}: cancels or forgets it. 204.

        Needs analytics:conversationDetail:view.
        """
        self._call("DELETE", path_of(JOBS + "/{jobId}", jobId=job_id), permission=CONVERSATION_DETAIL)


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
