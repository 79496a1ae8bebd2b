"""Who has what beside queues and roles; licences, workforce units, OAuth clients and verifiers of a person."""

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


def test_who_is_on_the_way_to_another_unit_is_not_taken_out_with_the_others(
    sandbox: SandboxThread, api: Caller
) -> None:
    sandbox.options(workforce_delay=0.1)
    first, second = (each["id"] for each in sandbox.people()[:2])
    held = unit_of(api, first).json()["managementUnit"]["id"]
    other = next(each for each in sandbox.org.catalogue.management_units if each != held)
    assert api("POST", MOVE, json={"userIds": [first], "destinationManagementUnitId": other}).status_code == 202
    moved = api("POST", MOVE, json={"userIds": [first, second], "destinationManagementUnitId": None})
    results = [each["result"] for each in moved.json()["results"]]
    assert (moved.status_code, results) == (202, ["MovingToDifferentManagementUnit", "MoveSuccessful"])
    time.sleep(0.11)
    assert unit_of(api, first).json()["managementUnit"]["id"] == other
    assert unit_of(api, second).status_code == 404


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
        pytest.param({}, 400, "wfm.validation.failure", marks=pytest.mark.undocumented("without what is required")),
        ({"userIds": [" "]}, 400, "wfm.ids.may.not.be.blank"),
        ({"userIds": [UNKNOWN]}, 404, "user.ids.not.found"),
        ({"userIds": ["x"], "destinationManagementUnitId": UNKNOWN}, 404, "wfm.management.unit.not.found"),
    ],
)
def test_a_move_that_cannot_be(api: Caller, body: dict[str, Any], status: int, code: str) -> None:
    refused = api("POST", MOVE, json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


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
