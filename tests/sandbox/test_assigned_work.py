"""Evaluations, work items and coaching that a person is part of."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller

EVALUATIONS = "/api/v2/quality/evaluations/query"
WORK = "/api/v2/taskmanagement/workitems/query"
ACTIVITIES = "/api/v2/users/development/activities"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def statuses(api: Caller, **params: str) -> list[str]:
    return [each["status"] for each in api.json(EVALUATIONS, params=params)["entities"]]


def test_evaluations_are_asked_for_from_both_sides(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("holds everything")["id"]
    scored = api.json(f"{EVALUATIONS}?agentUserId={person}")
    assert sorted(each["status"] for each in scored["entities"]) == ["FINISHED", "PENDING"]
    assert {each["agent"]["id"] for each in scored["entities"]} == {person} and scored["total"] == 2
    (todo,) = api.json(f"{EVALUATIONS}?evaluatorUserId={person}&evaluationState=PENDING,INPROGRESS")["entities"]
    assert (todo["evaluator"]["id"], todo["agent"]["id"]) == (
        person,
        sandbox.person("not joined to some queues")["id"],
    )
    assert statuses(api, conversationId=todo["conversation"]["id"]) == ["PENDING"]
    first = api.json(f"{EVALUATIONS}?agentUserId={person}&pageSize=1")
    assert (len(first["entities"]), first["pageCount"]) == (1, 2)
    assert api.json(first["nextUri"])["entities"][0]["id"] != first["entities"][0]["id"]


def test_by_the_agent_alone_what_is_never_released_is_left_out(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("holds everything")["id"]
    rows = sandbox.state(person)["evaluations"]
    sandbox.change(person, evaluations=[row | {"neverRelease": row["status"] == "PENDING"} for row in rows])
    assert statuses(api, agentUserId=person) == ["FINISHED"]
    manager = sandbox.person("manager")["id"]
    assert sorted(statuses(api, agentUserId=person, evaluatorUserId=manager)) == ["FINISHED", "PENDING"]


def test_evaluations_of_deleted_people_show_when_asked_for(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("holds everything")["id"]
    assert api("DELETE", f"/api/v2/users/{person}").status_code == 200
    for name, count in (("agentUserId", 2), ("evaluatorUserId", 1)):
        assert statuses(api, **{name: person}) == []
        assert len(statuses(api, **{name: person, "includeDeletedUsers": "true"})) == count


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "quality.query.spec.one.of.agent.or.evaluator.or.assignee.or.conversation"),
        ("agentUserId=nobody", "quality.query.invalid.user"),
        ("conversationId=x&evaluationState=DONE", "invalid.value"),
    ],
)
def test_an_evaluation_query_that_cannot_be_is_400(api: Caller, query: str, code: str) -> None:
    refused = api.get(f"{EVALUATIONS}?{query}")
    assert (refused.status_code, refused.json()["code"]) == (400, code)


def assigned(person: str, **more: Any) -> dict[str, Any]:
    return {"filters": [{"name": "assigneeId", "type": "String", "operator": "EQ", "values": [person]}], **more}


def test_work_items_are_found_by_who_they_are_assigned_to(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("holds everything")["id"]
    found, after = [], None
    for _ in range(3):
        body = assigned(person, pageSize=1) | ({"after": after} if after else {})
        page = api("POST", WORK, json=body).json()
        found += page["entities"]
        after = page.get("after")
    assert after is None and {each["statusCategory"] for each in found} == {"Open", "InProgress", "Closed"}
    assert {each["assignee"]["id"] for each in found} == {person}
    body = assigned(person)
    body["filters"].append(
        {"name": "statusCategory", "type": "String", "operator": "IN", "values": ["Open", "InProgress"]}
    )
    assert len(api("POST", WORK, json=body).json()["entities"]) == 2
    assert api("POST", WORK, json=body | {"select": "Count"}).json()["count"] == 2
    assert api("POST", WORK, json=assigned(UNKNOWN)).json()["entities"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"filters": []}, "invalid.query.missing.filters"),
        (
            {"filters": [{"name": "name", "type": "String", "operator": "EQ", "values": ["x"]}]},
            "missing.workitem.filter",
        ),
        (
            {"filters": [{"name": "assigneeId", "type": "UUID", "operator": "EQ", "values": [UNKNOWN]}]},
            "attribute.type",
        ),
        (
            {"filters": [{"name": "assigneeId", "type": "String", "operator": "IS", "values": [UNKNOWN]}]},
            "invalid.value",
        ),
        (
            {"filters": [{"name": "assigneeId", "type": "String", "operator": "EQ", "values": []}]},
            "filter.without.value",
        ),
        (
            {"filters": [{"name": "assigneeId", "type": "String", "operator": "EQ", "values": ["a", "b"]}]},
            "number.values",
        ),
        ({"filters": [{"name": "assigneeId", "type": "String", "operator": "EQ", "values": ["x"]}]}, "invalid.uuid"),
        ({"filters": assigned(UNKNOWN)["filters"] * 4}, "invalid.query"),
        ({"filters": assigned(UNKNOWN)["filters"] * 2}, "invalid.query"),
        ({"pageSize": 0}, "invalid.input.int.value.too.low"),
        ({"pageSize": 201}, "invalid.input.int.value.too.high"),
        ({"after": "?"}, "invalid.input.invalid.base64.string"),
    ],
)
def test_a_work_item_query_that_cannot_be_is_400(api: Caller, change: dict[str, Any], code: str) -> None:
    refused = api("POST", WORK, json=assigned(UNKNOWN) | change)
    assert refused.status_code == 400 and refused.json()["code"].endswith(code)


def activities(api: Caller, **params: str) -> list[tuple[str, str]]:
    found = api.json(ACTIVITIES, params=params)["entities"]
    return [(each["status"], each["attendees"][0]["id"]) for each in found]


def test_coaching_is_found_by_any_relation_to_it(sandbox: SandboxThread, api: Caller) -> None:
    person, other = sandbox.person("holds everything")["id"], sandbox.person("not joined to some queues")["id"]
    planned = [("Planned", other), ("Planned", person), ("Planned", person)]
    assert activities(api, userId=person) == [*planned, ("Completed", person)]
    assert activities(api, userId=person, sortOrder="Asc")[0] == ("Completed", person)
    assert activities(api, userId=person, statuses="Planned,InProgress") == planned
    assert activities(api, userId=person, types="AssessedContent") == [("Planned", person)]
    assert activities(api, userId=person, types="Native") == []
    (row,) = api.json(ACTIVITIES, params={"userId": person, "statuses": "Completed"})["entities"]
    assert row["type"] == "Coaching" and row["facilitator"]["id"] == sandbox.person("supervisor")["id"]
    after = f"{row['dateDue']}/2099-01-01T00:00:00.000Z"
    assert api.get(ACTIVITIES, params={"userId": person, "interval": after}).json()["code"].startswith("date.interval")
    days = f"{row['dateDue']}/{row['dateDue'].replace('09:', '10:')}"
    assert activities(api, userId=person, interval=days) == [("Completed", person)]
    sandbox.remove_permissions("coaching:appointment:view")
    assert activities(api, userId=person) == [("Planned", person)], "learning shows without it"


@pytest.mark.parametrize(
    "query", ["", "userId=" + ",".join(["x"] * 101), "userId=x&statuses=Done", "userId=x&pass=True"]
)
def test_an_activity_query_that_cannot_be_is_400(api: Caller, query: str) -> None:
    assert api.get(f"{ACTIVITIES}?{query}").status_code == 400
