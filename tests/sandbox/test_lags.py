"""Reads that are late: each option delays what its comment says and nothing else, and writes always see the truth."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller

LAG = 0.3


@pytest.fixture
def person(sandbox: SandboxThread) -> str:
    return str(sandbox.person("holds everything")["id"])


def _later(read: Callable[[], Any]) -> Any:
    """What is read once the lag is over."""
    time.sleep(LAG)
    return read()


def test_a_state_shows_late_in_user_reads_and_scim_with_its_version(
    sandbox: SandboxThread, api: Caller, person: str
) -> None:
    scim = f"/api/v2/scim/v2/users/{sandbox.state(person)['scim_id']}"

    def seen() -> list[Any]:
        user, own, resource = (
            api.json(path) for path in (f"/api/v2/users/{person}", f"/api/v2/users/{person}/state", scim)
        )
        listed = [each["state"] for each in api.json(f"/api/v2/users?id={person}&state=any")["entities"]]
        versions = {user["version"], own["version"], int(resource["meta"]["version"].strip('"'))}
        return [user["state"], own["state"], resource["active"], *listed, *versions]

    before = seen()
    sandbox.options(state_lag=LAG)
    written = api("PUT", f"/api/v2/users/{person}/state", json={"state": "inactive", "version": before[-1]})
    # The answer to the write is the truth, and so is what the next write is held against.
    assert (written.json()["state"], written.json()["version"]) == ("inactive", before[-1] + 1)
    assert seen() == before == ["active", "active", True, "active", before[-1]]
    stale = api("PUT", f"/api/v2/users/{person}/state", json={"state": "inactive", "version": before[-1]})
    assert (stale.status_code, stale.json()["code"]) == (409, "general.conflict")
    assert api("DELETE", scim, headers={"If-Match": f'"{before[-1]}"'}).json()["scimType"] == "invalidVers"
    assert _later(seen) == ["inactive", "inactive", False, "inactive", before[-1] + 1]


def test_each_change_shows_when_it_is_due(sandbox: SandboxThread, api: Caller, person: str) -> None:
    sandbox.options(state_lag=LAG)
    was = api.json(f"/api/v2/users/{person}")["title"]
    sandbox.change(person, title="First")
    time.sleep(LAG / 2)
    sandbox.change(person, title="Second")
    assert api.json(f"/api/v2/users/{person}")["title"] == was
    time.sleep(LAG / 2)
    assert api.json(f"/api/v2/users/{person}")["title"] == "First"
    assert _later(lambda: api.json(f"/api/v2/users/{person}")["title"]) == "Second"


def test_queues_show_late_on_the_person_and_among_the_members(sandbox: SandboxThread, api: Caller, person: str) -> None:
    sandbox.options(queues_lag=LAG)
    queue = next(each for each in sandbox.state(person)["queues"] if each not in sandbox.state(person)["unjoined"])

    def seen() -> tuple[bool, bool]:
        own = api.json(f"/api/v2/users/{person}/queues?pageSize=100")["entities"]
        members = api.json(f"/api/v2/routing/queues/{queue}/members?memberBy=user&pageSize=100")["entities"]
        return queue in {each["id"] for each in own}, person in {each["id"] for each in members}

    path = f"/api/v2/routing/queues/{queue}/members/{person}"
    assert api("DELETE", path).status_code == 204
    assert seen() == (True, True)
    assert api("DELETE", path).status_code in (400, 404), "gone for writes, or held through a group only"
    assert not _later(seen)[1]


def test_skills_and_languages_show_late_where_they_are_read(sandbox: SandboxThread, api: Caller, person: str) -> None:
    sandbox.options(skills_lag=LAG)
    language = next(iter(sandbox.state(person)["languages"]))
    languages = len(sandbox.state(person)["languages"])

    def seen() -> list[int]:
        expanded = api.json(f"/api/v2/users/{person}?expand=skills,languages")
        rows = [api.json(f"/api/v2/users/{person}/{kind}")["total"] for kind in ("routingskills", "routinglanguages")]
        groups = api.json(f"/api/v2/users/{person}/skillgroups")["entities"]
        return [*rows, len(expanded["skills"]), len(expanded["languages"]), len(groups)]

    before = seen()
    assert all(before)
    assert api("PUT", f"/api/v2/users/{person}/routingskills/bulk", json=[]).json()["total"] == 0
    assert api("DELETE", f"/api/v2/users/{person}/routinglanguages/{language}").status_code == 204
    assert seen() == before
    assert _later(seen) == [0, languages - 1, 0, languages - 1, 0]


@pytest.mark.parametrize("late", ["users", "scim"])
def test_a_deletion_shows_late_in_user_reads_or_scim_and_at_once_below(
    sandbox: SandboxThread, api: Caller, person: str, late: str
) -> None:
    sandbox.options(**{"deletion_lag" if late == "users" else "scim_deletion_lag": LAG})
    user, scim = f"/api/v2/users/{person}", f"/api/v2/scim/v2/users/{sandbox.state(person)['scim_id']}"

    def statuses() -> list[int]:
        paths = (user, f"{user}?state=deleted", scim, f"{user}/routingskills")
        return [api("GET", path).status_code for path in paths]

    etag = api("GET", scim).headers["ETag"]
    assert api("DELETE", scim, headers={"If-Match": etag}).status_code == 204
    assert statuses() == ([200, 404, 404, 404] if late == "users" else [404, 200, 200, 404])
    assert api("DELETE", scim).status_code == 404, "a second deletion finds nobody, whatever reads show"
    assert _later(statuses) == [404, 200, 404, 404]
