"""Licences, workforce, quality, work items, coaching, OAuth clients and verifiers of a person."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from offboarding.sandbox.state import Org
from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller

EVALUATIONS = "/api/v2/quality/evaluations/query"
WORK = "/api/v2/taskmanagement/workitems/query"
ACTIVITIES = "/api/v2/users/development/activities"
MOVE = "/api/v2/workforcemanagement/agents"
RARE = (
    *("forwarding", "absence", "evaluations", "work_items", "activities"),
    *("verifiers", "oauth_clients", "utilization", "backup"),
)
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def test_ordinary_agents_have_the_usual_things_and_a_few_have_more() -> None:
    people = list(Org(people=250, today=date(2026, 7, 1)).people.values())
    agents = [each for each in people if not each.why]
    assert all(each.phones and each.default_station and each.phone and each.management_unit for each in agents)
    for name in RARE:
        assert 3 <= sum(bool(getattr(each, name)) for each in agents) <= len(agents) // 4, name
    everything = [each for each in people if {"holds everything", "holds everything and talks"} & set(each.why)]
    assert len(everything) == 2 and all(getattr(each, name) for each in everything for name in RARE)
    assert [len(each.live) for each in everything] == [0, 1]
    nothing = next(each for each in people if "holds nothing" in each.why)
    assert not any(getattr(nothing, name) for name in (*RARE, "phones", "management_unit", "addresses"))
    ids = [row["id"] for each in people for name in ("phones", *RARE[2:7]) for row in getattr(each, name)]
    assert len(set(ids)) == len(ids)


def test_the_new_things_can_be_changed_and_outlive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with SandboxThread(state=state, workforce_delay=30.0) as first:
        person = first.person("holds everything")["id"]
        first.change(person, verifiers=[], forwarding={"enabled": False})
        first.org.later(30.0, person, "management_unit")
        before = first.state(person)
    with SandboxThread(state=state) as second:
        assert second.state(person) == before
        second.org.settle()
        assert second.state(person)["management_unit"] is None


def test_a_state_file_of_an_older_sandbox_is_read(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    org = Org(people=60, state=state, today=date(2026, 7, 1))
    person = next(iter(org.people.values()))
    with org.changing(person):
        person.title = "Changed"
    data = json.loads(state.read_text())
    data["people"] = [{name: value for name, value in data["people"][0].items() if name != "phones"}]
    known = {"format", "population", "people", "removed_permissions", "removed_roles", "token_generation"}
    state.write_text(json.dumps({name: value for name, value in data.items() if name in known}))
    again = Org(people=60, state=state, today=date(2026, 7, 1)).people[person.id]
    assert (again.title, again.phones) == ("Changed", person.phones)


def test_licences_follow_the_roles(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    found = api.json(f"/api/v2/license/users/{person}")
    assert found["id"] == person
    assert {each["id"] for each in found["licenses"]} == {"collaborate", "communicate", "contact-center"}
    sandbox.change(person, grants=sandbox.state(person)["grants"][:1])
    assert [each["id"] for each in api.json(f"/api/v2/license/users/{person}")["licenses"]] == ["collaborate"]
    assert api("DELETE", f"/api/v2/users/{person}").status_code == 200
    assert api.json(f"/api/v2/license/users/{person}")["licenses"] == []
    assert api.get("/api/v2/license/users/nobody").json()["code"] == "not.found"


def unit_of(api: Caller, person: str) -> Any:
    return api.get(f"/api/v2/workforcemanagement/agents/{person}/managementunit")


def test_an_agent_leaves_the_management_unit_a_little_later(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(workforce_delay=0.1)
    person = sandbox.person()["id"]
    unit = unit_of(api, person).json()
    status = api.json(f"/api/v2/analytics/agents/{person}/status")
    assert unit["user"]["id"] == person
    assert (unit["managementUnit"]["id"], unit["businessUnit"]["id"]) == (
        status["managementUnitId"],
        status["businessUnitId"],
    )
    moved = api("POST", MOVE, json={"userIds": [person], "destinationManagementUnitId": None})
    assert (moved.status_code, moved.json()["results"][0]["result"]) == (202, "MoveSuccessful")
    assert unit_of(api, person).status_code == 200
    time.sleep(0.11)
    gone = unit_of(api, person)
    assert (gone.status_code, gone.json()["code"]) == (404, "wfm.entity.not.found")
    assert "managementUnitId" not in api.json(f"/api/v2/analytics/agents/{person}/status")
    again = api("POST", MOVE, json={"userIds": [person]}).json()
    assert again["results"] == [{"user": moved.json()["results"][0]["user"], "result": "NothingToDo"}]


def test_agents_are_moved_into_a_unit(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(workforce_delay=0.0)
    person, unit = sandbox.person("holds nothing")["id"], sandbox.name_id("unit", "Berlin Agents")
    body = {"userIds": [person], "destinationManagementUnitId": unit}
    results = [api("POST", MOVE, json=body).json() for _ in range(2)]
    assert [each["results"][0]["result"] for each in results] == ["MoveSuccessful", "AlreadyMoved"]
    assert results[0]["destinationManagementUnit"]["id"] == unit == unit_of(api, person).json()["managementUnit"]["id"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "wfm.validation.failure"),
        ({"userIds": [" "]}, 400, "wfm.ids.may.not.be.blank"),
        ({"userIds": [UNKNOWN]}, 404, "user.ids.not.found"),
        ({"userIds": ["x"], "destinationManagementUnitId": UNKNOWN}, 404, "wfm.management.unit.not.found"),
    ],
)
def test_a_move_that_cannot_be(api: Caller, body: dict[str, Any], status: int, code: str) -> None:
    refused = api("POST", MOVE, json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


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
    assert activities(api, userId=person) == [("Planned", other), ("Planned", person), ("Completed", person)]
    assert activities(api, userId=person, sortOrder="Asc")[0] == ("Completed", person)
    assert activities(api, userId=person, statuses="Planned,InProgress") == [("Planned", other), ("Planned", person)]
    assert activities(api, userId=person, types="Native") == []
    (row,) = api.json(ACTIVITIES, params={"userId": person, "statuses": "Completed"})["entities"]
    assert row["type"] == "Coaching" and row["facilitator"]["id"] == sandbox.person("supervisor")["id"]
    after = f"{row['dateDue']}/2099-01-01T00:00:00.000Z"
    assert api.get(ACTIVITIES, params={"userId": person, "interval": after}).json()["code"].startswith("date.interval")
    days = f"{row['dateDue']}/{row['dateDue'].replace('09:', '10:')}"
    assert activities(api, userId=person, interval=days) == [("Completed", person)]
    sandbox.remove_permissions("coaching:appointment:view")
    assert activities(api, userId=person) == []


@pytest.mark.parametrize(
    "query", ["", "userId=" + ",".join(["x"] * 101), "userId=x&statuses=Done", "userId=x&pass=True"]
)
def test_an_activity_query_that_cannot_be_is_400(api: Caller, query: str) -> None:
    assert api.get(f"{ACTIVITIES}?{query}").status_code == 400


def test_oauth_clients_say_who_made_them_and_nothing_secret(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("holds everything")["id"]
    found = api.json("/api/v2/oauth/clients")
    (client,) = [each for each in found["entities"] if each["createdBy"]["id"] == person]
    assert (client["authorizedGrantType"], client["state"]) == ("CLIENT-CREDENTIALS", "active")
    assert "secret" not in str(found) and found["total"] == len(found["entities"]) >= 3
    sandbox.change(person, oauth_clients=[])
    assert client not in api.json("/api/v2/oauth/clients")["entities"]


def test_a_verifier_is_deleted_once(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("holds everything")["id"]
    found = api.json(f"/api/v2/users/{person}/verifiers")
    assert (found["total"], found["entities"][0]["enabled"]) == (1, True)
    path = f"/api/v2/users/{person}/verifiers/{found['entities'][0]['id']}"
    first, second = api("DELETE", path), api("DELETE", path)
    assert (first.status_code, first.content) == (204, b"")
    assert (second.status_code, second.json()["code"]) == (404, "not.found")
    assert api.json(f"/api/v2/users/{person}/verifiers")["entities"] == []
    assert api.get("/api/v2/users/nobody/verifiers").json()["code"] == "not.found"
