"""What Routing keeps of one person beside queues and skills: skill groups, utilization, backup."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.sandbox import paging
from offboarding.sandbox.call import Call
from offboarding.sandbox.errors import Refusal
from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def utilization(person: str) -> str:
    return f"/api/v2/routing/users/{person}/utilization"


def backup(person: str) -> str:
    return f"/api/v2/routing/users/{person}/directroutingbackup/settings"


def test_skill_groups_follow_the_skills(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("in a queue through a skill group")["id"]
    (group,) = api.json(f"/api/v2/users/{person}/skillgroups")["entities"]
    members = [each for each in sandbox.people() if group["id"] in sandbox.state(each["id"])["holders"]]
    assert (group["name"], group["status"], group["memberCount"]) == ("Fraud Experts", "Complete", len(members))
    assert api.json(f"/api/v2/users/{sandbox.person()['id']}/skillgroups")["entities"] == []
    assert api.get("/api/v2/users/nobody/skillgroups").json()["code"] == "not.found"
    assert api.get(f"/api/v2/users/{person}/skillgroups?after=x").json()["code"] == "invalid.query.param.value"


def test_a_cursor_leads_forth_and_back(sandbox: SandboxThread) -> None:
    def page(uri: str) -> dict[str, Any]:
        path, _, query = uri.partition("?")
        call = Call("GET", path, query, {}, b"", sandbox.org)
        return paging.cursored(call, list("abcdefgh"), str)

    first = page("/x?pageSize=3")
    second = page(first["nextUri"])
    third = page(second["nextUri"])
    assert [each["entities"] for each in (first, second, third)] == [list("abc"), list("def"), list("gh")]
    assert "previousUri" not in first and "nextUri" not in third
    assert page(third["previousUri"])["entities"] == second["entities"]
    assert page(second["previousUri"]) == first
    with pytest.raises(Refusal, match="Invalid cursor"):
        page("/x?before=y")


def test_utilization_goes_back_to_the_default_of_the_org(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("holds everything")["id"]
    default = api.json(utilization(sandbox.person()["id"]))
    assert default["level"] == "Organization" and default["utilization"]["call"]["maximumCapacity"] == 1
    own = api.json(utilization(person))
    assert (own["level"], own["utilization"]["chat"]["maximumCapacity"]) == ("Agent", 5)
    deleted = api("DELETE", utilization(person))
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert api.json(utilization(person)) == default


@pytest.mark.parametrize(("method", "code"), [("GET", "not.found"), ("DELETE", "resource.not.found")])
def test_utilization_of_nobody(api: Caller, method: str, code: str) -> None:
    gone = api(method, utilization(UNKNOWN))
    assert (gone.status_code, gone.json()["code"]) == (404, code)
    odd = api(method, utilization("nobody"))
    assert (odd.status_code, odd.json()["code"]) == (400, "invalid.id")


def test_a_backup_is_seen_from_both_sides(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("holds everything")["id"]
    found = api.json(backup(person))
    other = sandbox.person("not joined to some queues")["id"]
    assert (found["userId"], found["backedUpUsers"]) == (other, [other])
    assert found["queueId"] == sandbox.state(person)["queues"][0]
    theirs = api.json(backup(other))
    assert (theirs["userId"], theirs["agentWaitSeconds"], theirs["backedUpUsers"]) == (person, 600, [person])
    third = sandbox.person("holds everything and talks")["id"]
    assert api.json(backup(sandbox.person("name with diacritics")["id"]))["userId"] == third


def test_taking_a_person_out_as_the_backup_of_another(sandbox: SandboxThread, api: Caller) -> None:
    person, other = sandbox.person("holds everything")["id"], sandbox.person("not joined to some queues")["id"]
    settings = api.json(backup(other))
    del settings["userId"]
    put = api("PUT", backup(other), json=settings)
    assert put.status_code == 200 and "userId" not in put.json()
    assert api.json(backup(person))["backedUpUsers"] == []
    deleted = api("DELETE", backup(person))
    assert (deleted.status_code, deleted.content) == (204, b"")
    gone = api.get(backup(person))
    assert (gone.status_code, gone.json()["code"]) == (404, "resource.not.found")
    assert "userId" not in api.json(backup(other)) and api.json(backup(other))["backedUpUsers"] == []


def test_who_is_only_a_backup_of_others_has_settings(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("holds everything and talks")["id"]
    assert api("DELETE", backup(person)).status_code == 204
    assert api.json(backup(person)) == {"backedUpUsers": [sandbox.person("name with diacritics")["id"]]}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"userId": "nobody"}, 400, "invalid.id"),
        ({"queueId": UNKNOWN}, 404, "not.found"),
        ({"agentWaitSeconds": 59}, 400, "invalid.value"),
    ],
)
def test_a_backup_that_cannot_be(
    sandbox: SandboxThread, api: Caller, body: dict[str, Any], status: int, code: str
) -> None:
    person = sandbox.person()["id"]
    refused = api("PUT", backup(person), json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert sandbox.state(person)["backup"] == {}
    assert api.get(backup("nobody")).json()["code"] == "invalid.id"
