"""The documented answers about work that waits for a person."""

from __future__ import annotations

import pytest
import responses

from offboarding.genesys.errors import NotUnderstood
from offboarding.genesys.records import Ref
from offboarding.genesys.records.work import DevelopmentActivity, Evaluation, WorkItem
from tests.genesys.answers import Read, answers, asked, client, reads, refuses_without, sent

EVALUATIONS = "/api/v2/quality/evaluations/query"
WORKITEMS = "/api/v2/taskmanagement/workitems/query"
ACTIVITIES = "/api/v2/users/development/activities"

EVALUATION = {
    "id": "e-1",
    "status": "PENDING",
    "conversation": {"id": "c-1"},
    "agent": {"id": "p-1", "name": "Jane"},
    "evaluator": {"id": "p-2", "name": "Joe"},
    "assignedDate": "2026-01-02T00:00:00Z",
}
ITEM = {
    "id": "w-1",
    "name": "Call back",
    "type": {"id": "t-1", "name": "Follow-up"},
    "status": {"id": "s-1", "name": "New"},
    "statusCategory": "Open",
    "dateDue": "2026-02-01T00:00:00Z",
    "customFields": {"iban": "DE00"},
}
ACTIVITY = {
    "id": "a-1",
    "name": "Tone of voice",
    "type": "Coaching",
    "status": "Planned",
    "dateDue": "2026-02-01T00:00:00Z",
    "facilitator": {"id": "p-1"},
    "attendees": [{"id": "p-2"}, {"id": "p-3"}],
}

READS: list[Read] = [
    (
        EVALUATIONS,
        lambda: client.get_quality_evaluations_query(agent_user_id="p-1"),
        {"entities": [EVALUATION], "pageNumber": 1, "total": 7},
        (
            Evaluation(
                "e-1", "PENDING", "c-1", Ref("p-1", "Jane"), Ref("p-2", "Joe"), assigned_date="2026-01-02T00:00:00Z"
            ),
        ),
        ("entities.0.id", "entities.0.status", "entities.0.agent.id"),
    ),
    (
        ACTIVITIES,
        lambda: client.get_users_development_activities(ids=["p-1"]),
        {"entities": [ACTIVITY], "pageNumber": 1, "pageCount": 1},
        (
            DevelopmentActivity(
                "a-1", "Tone of voice", "Coaching", "Planned", "2026-02-01T00:00:00Z", "p-1", ("p-2", "p-3")
            ),
        ),
        ("entities.0.id", "entities.0.type", "entities.0.status", "entities.0.attendees.1.id", "pageCount"),
    ),
]


@responses.activate
@pytest.mark.parametrize("read", READS, ids=[read[0] for read in READS])
def test_a_documented_answer_is_read_and_a_missing_field_is_named(read: Read) -> None:
    reads(read)


@responses.activate
def test_words_that_are_not_documented_yet_are_kept() -> None:
    answers("GET", EVALUATIONS, {"entities": [{"id": "e", "status": "ASLEEP"}], "pageNumber": 1})
    answers("POST", WORKITEMS, {"entities": [{"id": "w", "statusCategory": "Frozen"}]})
    assert client.get_quality_evaluations_query(evaluator_user_id="p-1") == (Evaluation("e", "ASLEEP"),)
    assert client.post_taskmanagement_workitems_query(assignee_id="p-1") == (WorkItem("w", "", "Frozen"),)


@responses.activate
def test_evaluations_are_asked_for_by_one_role_and_state_and_read_to_the_last_link() -> None:
    first = {"entities": [EVALUATION], "pageNumber": 1, "pageCount": 1, "nextUri": "/x?pageNumber=2"}
    answers("GET", EVALUATIONS, first, {"entities": [{**EVALUATION, "id": "e-2"}], "pageNumber": 2, "pageCount": 1})
    found = client.get_quality_evaluations_query(evaluator_user_id="p-2", states=("PENDING", "INPROGRESS"))
    assert [each.id for each in found] == ["e-1", "e-2"]
    assert asked(1) == {
        "evaluatorUserId": "p-2",
        "evaluationState": "PENDING,INPROGRESS",
        "pageNumber": "2",
        "pageSize": "100",
    }


@responses.activate
def test_evaluations_end_with_a_full_page_only_when_the_next_one_is_empty() -> None:
    full = [{**EVALUATION, "id": f"e-{number}"} for number in range(100)]
    answers("GET", EVALUATIONS, {"entities": full, "pageNumber": 1}, {"pageNumber": 2, "nextUri": "/x?pageNumber=3"})
    assert len(client.get_quality_evaluations_query(agent_user_id="p-1", include_deleted_users=True)) == 100
    assert asked(0)["includeDeletedUsers"] == "true"
    assert len(responses.calls) == 2


@responses.activate
def test_work_items_are_searched_by_their_assignee_and_read_by_after() -> None:
    answers("POST", WORKITEMS, {"entities": [ITEM], "after": "k"}, {"entities": [{**ITEM, "id": "w-2"}]})
    found = client.post_taskmanagement_workitems_query(assignee_id="p-1", status_categories=("Open", "Waiting"))
    assert found[0] == WorkItem(
        "w-1", "Call back", "Open", Ref("t-1", "Follow-up"), Ref("s-1", "New"), "2026-02-01T00:00:00Z"
    )
    assert [each.id for each in found] == ["w-1", "w-2"]
    assert sent(0) == {
        "pageSize": 200,
        "filters": [
            {"name": "assigneeId", "type": "String", "operator": "EQ", "values": ["p-1"]},
            {"name": "statusCategory", "type": "String", "operator": "IN", "values": ["Open", "Waiting"]},
        ],
    }
    assert sent(1) == {**sent(0), "after": "k"}
    body = {"entities": [ITEM]}
    for field in ("entities", "entities.0.id", "entities.0.statusCategory"):
        refuses_without(
            lambda: client.post_taskmanagement_workitems_query(assignee_id="p-1"), "POST", WORKITEMS, body, field
        )


@responses.activate
def test_work_items_that_never_end_are_stopped() -> None:
    answers("POST", WORKITEMS, {"entities": [], "after": "same"})
    with pytest.raises(NotUnderstood, match="does not end"):
        client.post_taskmanagement_workitems_query(assignee_id="p-1")


@responses.activate
def test_coaching_and_learning_are_asked_for_by_person_and_status() -> None:
    answers("GET", ACTIVITIES, {"entities": [], "pageNumber": 1, "pageCount": 0})
    assert client.get_users_development_activities(ids=["p-1", "p-2"], statuses=("Planned", "InProgress")) == ()
    assert (asked()["userId"], asked()["statuses"]) == ("p-1,p-2", "Planned,InProgress")
