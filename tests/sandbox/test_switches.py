"""The switches for what the documentation leaves open: each does what its comment says, and nothing else does it."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller


@pytest.fixture
def person(sandbox: SandboxThread) -> str:
    return str(sandbox.person("holds everything")["id"])


def test_unjoined_lists(sandbox: SandboxThread, api: Caller) -> None:
    some = sandbox.person("not joined to some queues")["id"]

    def names() -> set[tuple[str, bool]]:
        rows = api.json(f"/api/v2/users/{some}/queues?joined=false&pageSize=100")["entities"]
        return {(row["name"], row["joined"]) for row in rows}

    assert all(not joined for _, joined in names())
    sandbox.options(unjoined_lists="all")
    assert {joined for _, joined in names()} == {True, False}


def test_empty_clears(sandbox: SandboxThread, api: Caller, person: str) -> None:
    path, skills = f"/api/v2/users/{person}/routingskills/bulk", sandbox.state(person)["skills"]
    sandbox.options(empty_clears="refused")
    refused = api("PUT", path, json=[])
    assert (refused.status_code, refused.json()["code"]) == (400, "general.bad.request")
    sandbox.options(empty_clears="ignored")
    ignored = api("PUT", path, json=[])
    assert (ignored.status_code, ignored.json()["total"]) == (200, len(skills))
    assert sandbox.state(person)["skills"] == skills
    sandbox.options(empty_clears="yes")
    assert api("PUT", path, json=[]).json()["total"] == 0
    assert not sandbox.state(person)["skills"]


def test_default_status(sandbox: SandboxThread, api: Caller, person: str) -> None:
    sandbox.options(default_status=200)
    role, division, _ = sandbox.state(person)["grants"][0]
    gone = api("DELETE", f"/api/v2/authorization/subjects/{person}/divisions/{division}/roles/{role}")
    queue = sandbox.state(person)["queues"][0]
    left = api("POST", f"/api/v2/routing/queues/{queue}/members?delete=true", json=[{"id": person}])
    assert (gone.status_code, left.status_code) == (200, 200)


def test_listing_page(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(listing_page=50)
    assert api.get("/api/v2/users?pageSize=50").status_code == 200
    refused = api.get("/api/v2/users?pageSize=51")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid.query.param.value")


def test_scim_limit(sandbox: SandboxThread, api: Caller, person: str) -> None:
    sandbox.options(scim_limit=2)
    path = f"/api/v2/scim/v2/users/{sandbox.state(person)['scim_id']}"
    assert [api.get(path).status_code for _ in range(3)] == [200, 200, 429]
    assert api.get(f"/api/v2/users/{person}").status_code == 200


def test_deletion_empties(sandbox: SandboxThread, api: Caller, person: str) -> None:
    sandbox.options(deletion_empties=True)
    assert api("DELETE", f"/api/v2/users/{person}").status_code == 200
    left = sandbox.state(person)
    assert not any(left[kind] for kind in ("queues", "groups", "team", "skills", "languages", "management_unit"))
    assert left["phones"]


def test_deletion_frees_phones(sandbox: SandboxThread, api: Caller) -> None:
    first, second = (each["id"] for each in sandbox.people("holds everything")[:1] + sandbox.people()[:1])

    def held(person: str) -> tuple[int, int]:
        edges = "/api/v2/telephony/providers/edges"
        phones = api.json(f"{edges}/phones?webRtcUser.id={person}&fields=webRtcUser")["total"]
        return phones, api.json(f"{edges}/dids?owner.id={person}")["total"]

    assert all(held(first)) and held(first) == held(second)
    api("DELETE", f"/api/v2/users/{first}")
    sandbox.options(deletion_frees_phones=True)
    api("DELETE", f"/api/v2/users/{second}")
    assert all(held(first)) and held(second) == (0, 0)


def test_group_loses_one_member_once(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(group_loses=True, group_delay=0.0)
    group = sandbox.name_id("group", "Fire Wardens")
    path = f"/api/v2/groups/{group}/members"
    first, second = [each["id"] for each in api.json(path)["entities"]][:2]

    def left() -> list[str]:
        answer = api("DELETE", f"{path}?ids={first},{second}")
        assert (answer.status_code, answer.json()) == (202, {})
        members = {each["id"] for each in api.json(path)["entities"]}
        return [each for each in (first, second) if each in members]

    assert left() == [first]
    assert left() == []


def test_deleted_are_shown(sandbox: SandboxThread, api: Caller) -> None:
    gone = sandbox.person("deleted")["id"]

    def statuses() -> tuple[int, int]:
        paths = (f"/api/v2/users/{gone}/routingskills", f"/api/v2/users/{gone}")
        below, own = (api("GET", path).status_code for path in paths)
        return below, own

    assert statuses() == (404, 404)
    sandbox.options(deleted_are_shown=True)
    assert statuses() == (200, 404)


def test_tokens_end_calls(sandbox: SandboxThread, api: Caller) -> None:
    talking = sandbox.person("in a live conversation")["id"]

    def sessions() -> Any:
        return api.json(f"/api/v2/analytics/agents/{talking}/status")["sessionCount"]

    api("DELETE", f"/api/v2/tokens/{talking}")
    assert sessions() == 1
    sandbox.options(tokens_end_calls=True)
    api("DELETE", f"/api/v2/tokens/{talking}")
    assert sessions() == 0


def test_tokens_drop_station(sandbox: SandboxThread, api: Caller, person: str) -> None:
    station = sandbox.state(person)["station"]
    api("DELETE", f"/api/v2/tokens/{person}")
    assert station and sandbox.state(person)["station"] == station
    sandbox.options(tokens_drop_station=True)
    api("DELETE", f"/api/v2/tokens/{person}")
    assert sandbox.state(person)["station"] is None


@pytest.mark.parametrize("does_part", [False, True])
def test_bulk_does_part(sandbox: SandboxThread, api: Caller, person: str, does_part: bool) -> None:
    sandbox.options(bulk_does_part=does_part)
    grants = sandbox.state(person)["grants"]
    sandbox.post("roles/vanish", {"role": grants[-1][0]})
    body = {"grants": [{"roleId": role, "divisionId": division} for role, division, _ in grants]}
    refused = api("POST", f"/api/v2/authorization/subjects/{person}/bulkremove", json=body)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad.role.divisions")
    assert sandbox.state(person)["grants"] == grants[len(grants) // 2 if does_part else 0 :]


def test_users_limit(sandbox: SandboxThread, api: Caller, person: str) -> None:
    sandbox.options(users_limit=2)
    answers = [api("GET", f"/api/v2/users/{person}") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["inin-ratelimit-allowed"] == "2"
    assert api("GET", f"/api/v2/authorization/subjects/{person}").status_code == 200
