"""Stations, WebRTC phones and numbers of a person, and taking them away."""

from __future__ import annotations

import time
from typing import Any

import pytest

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller

EDGES = "/api/v2/telephony/providers/edges"


def phones(api: Caller, person: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.json(f"{EDGES}/phones", params={"webRtcUser.id": person} | params)["entities"]
    return found


def dids(api: Caller, person: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.json(f"{EDGES}/dids", params={"owner.id": person})["entities"]
    return found


def test_stations_are_those_that_expand_shows(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    found = api.json(f"/api/v2/users/{person}/station")
    assert found == api.json(f"/api/v2/users/{person}?expand=station")["station"]
    assert found["associatedStation"]["associatedUser"]["id"] == found["defaultStation"]["defaultUser"]["id"] == person
    assert api.json(f"/api/v2/users/{sandbox.person('holds nothing')['id']}/station") == {}
    assert api.get("/api/v2/users/nobody/station").json()["code"] == "not.found"


@pytest.mark.parametrize(("which", "left"), [("associated", {"defaultStation"}), ("default", {"associatedStation"})])
def test_a_station_is_cleared_a_little_later(sandbox: SandboxThread, api: Caller, which: str, left: set[str]) -> None:
    person = sandbox.person()["id"]
    sandbox.options(station_delay=0.1)
    cleared = api("DELETE", f"/api/v2/users/{person}/station/{which}station")
    assert (cleared.status_code, cleared.content) == (202, b"")
    assert f"{which}Station" in api.json(f"/api/v2/users/{person}/station")
    time.sleep(0.11)
    assert api.json(f"/api/v2/users/{person}/station").keys() - {"effectiveStation"} == left


def test_nobody_has_no_station_to_clear(api: Caller) -> None:
    gone = api("DELETE", "/api/v2/users/nobody/station/associatedstation")
    assert (gone.status_code, gone.json()["code"]) == (404, "edgeconfiguser.userdoesnotexist")
    assert api("DELETE", "/api/v2/users/nobody/station/defaultstation").json()["code"] == "not.found"


def test_the_station_of_a_phone_knows_who_uses_it(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    (station,) = api.json(f"/api/v2/stations?webRtcUserId={person}")["entities"]
    assert station["id"] == sandbox.state(person)["default_station"]
    assert (station["status"], station["userId"], station["webRtcUserId"]) == ("ASSOCIATED", person, person)
    sandbox.change(person, station=None)
    (station,) = api.json(f"/api/v2/stations?id={station['id']}")["entities"]
    assert station["status"] == "AVAILABLE" and "userId" not in station
    assert api.json(f"/api/v2/stations?webRtcUserId={sandbox.person('holds nothing')['id']}")["entities"] == []


def test_a_phone_shows_its_users_when_asked(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    (plain,) = phones(api, person)
    assert "webRtcUser" not in plain and "defaultForUser" not in plain["lines"][0]
    (full,) = phones(api, person, fields="webRtcUser,lines.loggedInUser,lines.defaultForUser")
    line = full["lines"][0]
    assert {full["webRtcUser"]["id"], line["loggedInUser"]["id"], line["defaultForUser"]["id"]} == {person}
    by_default = api.json(f"{EDGES}/phones", params={"lines.defaultForUser.id": person})["entities"]
    assert [each["id"] for each in by_default] == [plain["id"]]
    (station,) = api.json(f"/api/v2/stations?webRtcUserId={person}")["entities"]
    assert station["lineAppearanceId"] == line["id"]


def test_a_deleted_phone_is_gone_with_its_station(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    path = f"{EDGES}/phones/{phones(api, person)[0]['id']}"
    first, second = api("DELETE", path), api("DELETE", path)
    assert (first.status_code, first.content) == (200, b"")
    assert (second.status_code, second.json()["code"]) == (404, "general.resource.not.found")
    assert phones(api, person) == []
    assert api.json(f"/api/v2/stations?webRtcUserId={person}")["total"] == 0
    assert api.json(f"/api/v2/users/{person}/station") == {}


def test_a_phone_survives_its_person(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    before = phones(api, person)
    assert api("DELETE", f"/api/v2/users/{person}").status_code == 200
    assert phones(api, person) == before
    assert len(phones(api, sandbox.person("deleted")["id"])) == 1
    assert api("DELETE", f"{EDGES}/phones/{before[0]['id']}").status_code == 200


@pytest.mark.parametrize(("path", "least"), [("/api/v2/stations", 59), (f"{EDGES}/phones", 59), (f"{EDGES}/dids", 59)])
def test_they_are_listed_by_page_number(api: Caller, path: str, least: int) -> None:
    first = api.json(f"{path}?pageSize=25")
    assert (first["total"], first["pageCount"]) == (least, 3)
    seen, uri = [], first["selfUri"]
    while uri:
        page = api.json(uri)
        seen += [each["id"] for each in page["entities"]]
        uri = page.get("nextUri")
    assert len(set(seen)) == len(seen) == least
    refused = api.get(f"{path}?pageSize=500&pageNumber=21")
    assert (refused.status_code, refused.json()["code"]) == (400, "too.many.requested.results")
    assert api.json(f"{path}?pageSize=500&pageNumber=21&sortBy=id")["entities"] == []


@pytest.mark.undocumented("an unknown filter")
@pytest.mark.parametrize("query", ["phones?shoe.id=1", "dids?shoe=1"])
def test_an_unknown_filter_is_refused_and_not_ignored(api: Caller, query: str) -> None:
    assert api.get(f"{EDGES}/{query}").status_code == 400


def test_an_unknown_field_is_refused_too(api: Caller) -> None:
    assert api.get(f"{EDGES}/phones?fields=shoe").status_code == 400


def test_a_did_is_free_when_its_address_is_taken_away(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("holds everything")["id"]
    user = api.json(f"/api/v2/users/{person}")
    (did,) = dids(api, person)
    assert (did["ownerType"], did["owner"]["id"]) == ("USER", person)
    assert did["phoneNumber"] in {each["address"] for each in user["addresses"]} and len(user["addresses"]) == 2
    kept = [each for each in user["addresses"] if each["address"] != did["phoneNumber"]]
    patched = api("PATCH", f"/api/v2/users/{person}", json={"addresses": kept, "version": user["version"]})
    assert (patched.status_code, patched.json()["addresses"]) == (200, kept)
    assert dids(api, person) == []
    again = api("PATCH", f"/api/v2/users/{person}", json={"addresses": user["addresses"], "version": user["version"]})
    assert (again.status_code, again.json()["code"]) == (409, "general.conflict")
    sandbox.options(conflict_status=400)
    again = api("PATCH", f"/api/v2/users/{person}", json={"addresses": [], "version": user["version"]})
    assert (again.status_code, again.json()["code"]) == (400, "general.conflict")
    back = api(
        "PATCH", f"/api/v2/users/{person}", json={"addresses": user["addresses"], "version": user["version"] + 1}
    )
    assert back.json()["version"] == user["version"] + 2 and dids(api, person) == [did]


@pytest.mark.parametrize(
    "body",
    [
        {"addresses": [], "state": "inactive"},
        pytest.param({"addresses": "none"}, marks=pytest.mark.undocumented("not a list")),
        {"addresses": [{"address": "+13175550001", "mediaType": "PIGEON"}]},
        {"addresses": [{"address": "else@sandbox.example", "mediaType": "EMAIL", "type": "PRIMARY"}]},
    ],
)
def test_addresses_that_cannot_be_are_refused(sandbox: SandboxThread, api: Caller, body: dict[str, Any]) -> None:
    person = sandbox.person()
    refused = api("PATCH", f"/api/v2/users/{person['id']}", json=body | {"version": person["version"]})
    assert (refused.status_code, refused.json()["code"]) == (400, "general.bad.request")
    assert (sandbox.state(person["id"])["version"], len(dids(api, person["id"]))) == (person["version"], 1)
