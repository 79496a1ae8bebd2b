"""Tags Quality, Task Management and Users (development): work that waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from offboarding.genesys.api.area import MOST_PAGES, Area, endless
from offboarding.genesys.records.work import DevelopmentActivity, Evaluation, WorkItem
from offboarding.genesys.shape import Shape

# The most that `WorkitemQueryPostRequest` allows.
WORKITEMS = 200


class DutiesArea(Area):
    def get_quality_evaluations_query(
        self,
        *,
        agent_user_id: str | None = None,
        evaluator_user_id: str | None = None,
        states: Sequence[str] = (),
        include_deleted_users: bool = False,
    ) -> tuple[Evaluation, ...]:
        """GET /api/v2/quality/evaluations/query, every page. Needs quality:evaluation:view. 200.

        One of the two people must be given: who is scored, or who has to score. `states`: PENDING, INPROGRESS,
        FINISHED, INREVIEW, RETRACTED. By `agent_user_id` alone, what is never to be released is left out. Without
        `include_deleted_users`, so is what has to do with somebody deleted. Models `EvaluationEntityListing` and
        `EvaluationResponse`.
        """
        query = {
            "agentUserId": agent_user_id,
            "evaluatorUserId": evaluator_user_id,
            "evaluationState": list(states) or None,
            "includeDeletedUsers": True if include_deleted_users else None,
        }
        path = "/api/v2/quality/evaluations/query"
        rows = self._pages(path, query=query, permission="quality:evaluation:view", links=True)
        return tuple(_evaluation(row) for row in rows)

    def post_taskmanagement_workitems_query(
        self, *, assignee_id: str, status_categories: Sequence[str] = ()
    ) -> tuple[WorkItem, ...]:
        """POST /api/v2/taskmanagement/workitems/query, every page by `after`. Needs workitems:workitem:view. 200.

        A search: it changes nothing. `status_categories`: Open, InProgress, Waiting, Closed. Models
        `WorkitemQueryPostRequest`, `WorkitemFilter`, `WorkitemPostQueryEntityListing` and `Workitem`.
        """
        path = "/api/v2/taskmanagement/workitems/query"
        filters = [_filter("assigneeId", "EQ", [assignee_id])]
        if status_categories:
            filters.append(_filter("statusCategory", "IN", status_categories))
        body: dict[str, Any] = {"pageSize": WORKITEMS, "filters": filters}
        found: list[WorkItem] = []
        for _ in range(MOST_PAGES):
            answer = self._call("POST", path, json=body, permission="workitems:workitem:view", writes=False)
            page = Shape.of(answer, "POST", path)
            found += [_work_item(row) for row in page.each("entities")]
            after = page.text_or_none("after")
            if after is None:
                return tuple(found)
            body = {**body, "after": after}
        raise endless("POST", path)

    def get_users_development_activities(
        self, *, ids: Sequence[str], statuses: Sequence[str] = ()
    ) -> tuple[DevelopmentActivity, ...]:
        """GET /api/v2/users/development/activities: coaching and learning in which these people have any part. 200.

        Needs coaching:appointment:view or learning:assignment:view. At most 100 `ids`. `statuses`: Planned,
        InProgress, Completed, InvalidSchedule, NotCompleted. Models `DevelopmentActivityListing` and
        `DevelopmentActivity`.
        """
        query = {"userId": list(ids), "statuses": list(statuses) or None}
        permission = "coaching:appointment:view or learning:assignment:view"
        rows = self._pages("/api/v2/users/development/activities", query=query, permission=permission)
        return tuple(_activity(row) for row in rows)


def _filter(name: str, operator: str, values: Sequence[str]) -> dict[str, Any]:
    return {"name": name, "type": "String", "operator": operator, "values": list(values)}


def _evaluation(row: Shape) -> Evaluation:
    conversation = row.ref_or_none("conversation")
    return Evaluation(
        id=row.text("id"),
        status=row.text("status"),
        conversation_id=conversation.id if conversation else None,
        agent=row.ref_or_none("agent"),
        evaluator=row.ref_or_none("evaluator"),
        assignee=row.ref_or_none("assignee"),
        assigned_date=row.text_or_none("assignedDate"),
    )


def _work_item(row: Shape) -> WorkItem:
    return WorkItem(
        id=row.text("id"),
        name=row.text_or("name"),
        status_category=row.text("statusCategory"),
        type=row.ref_or_none("type"),
        status=row.ref_or_none("status"),
        date_due=row.text_or_none("dateDue"),
    )


def _activity(row: Shape) -> DevelopmentActivity:
    facilitator = row.ref_or_none("facilitator")
    return DevelopmentActivity(
        id=row.text("id"),
        name=row.text_or("name"),
        type=row.text("type"),
        status=row.text("status"),
        date_due=row.text_or_none("dateDue"),
        facilitator_id=facilitator.id if facilitator else None,
        attendee_ids=tuple(each.text("id") for each in row.each_or_none("attendees") or ()),
    )
