"""Users: list, get, search, state, change, delete."""

from __future__ import annotations

import time
from typing import Any

import pytest

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller

ALL = (
    "authorization,groups,team,skills,languages,station,routingStatus,presence,conversationSummary,"
    "lasttokenissued,dateLastLogin,outOfOffice"
)


def test_the_list_shows_active_people_by_page(sandbox: SandboxThread, api: Caller) -> None:
    first = api.json("/api/v2/users?pageSize=20")
    assert (first["pageSize"], first["pageNumber"], first["total"], first["pageCount"]) == (20, 1, 58, 3)
    assert "previousUri" not in first
    seen, uri = [], first["selfUri"]
    while uri:
        page = api.json(uri)
        seen += [person["id"] for person in page["entities"]]
        uri = page.get("nextUri")
    assert len(set(seen)) == len(seen) == 58
    assert sandbox.person("inactive")["id"] not in seen
    states = {state: api.json(f"/api/v2/users?state={state}")["total"] for state in ("inactive", "deleted", "any")}
    assert states == {"inactive": 1, "deleted": 1, "any": 60}


def test_the_list_takes_a_hundred_ids(sandbox: SandboxThread, api: Caller) -> None:
    wanted = [sandbox.person("admin")["id"], sandbox.person("manager")["id"]]
    assert {each["id"] for each in api.json(f"/api/v2/users?id={','.join(wanted)}")["entities"]} == set(wanted)
    refused = api.get("/api/v2/users", params={"id": ["x"] * 101})
    assert (refused.status_code, refused.json()["code"]) == (400, "max.user.ids")


@pytest.mark.parametrize("query", ["pageSize=0", "pageSize=x", "pageNumber=0", "pageNumber=-1", "pageSize=%C2%B2"])
def test_a_bad_page_is_400(api: Caller, query: str) -> None:
    assert api.get(f"/api/v2/users?{query}").json()["code"] == "invalid.query.param.value"


def test_a_person_has_what_expand_asks_for(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("plain agent")["id"]
    plain = api.json(f"/api/v2/users/{person}")
    assert "queues" not in plain and "roles" not in plain and "skills" not in plain
    full = api.json(f"/api/v2/users/{person}?expand={ALL}")
    assert {"id", "name", "division", "email", "state", "version", "username", "manager"} <= full.keys()
    assert len(full["skills"]) == 3 and full["skills"][0]["proficiency"] == 4.0
    assert [each["name"] for each in full["languages"]] == ["English"]
    assert {"employee", "User"} <= {role["name"] for role in full["authorization"]["roles"]}
    assert [set(group) for group in full["groups"]] == [{"id", "selfUri"}] * 2
    assert full["team"]["name"] == "Care Berlin"
    assert full["station"]["associatedStation"]["id"]
    assert full["routingStatus"]["status"] == "IDLE"
    assert full["conversationSummary"]["call"]["contactCenter"] == {"active": 0, "acw": 0}
    assert full["lastTokenIssued"]["dateIssued"].endswith("Z")
    assert full["outOfOffice"] == {"active": False, "indefinite": False}


def test_a_live_conversation_shows_in_the_summary(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("in a live conversation")["id"]
    summary = api.json(f"/api/v2/users/{person}?expand=conversationSummary")["conversationSummary"]
    assert summary["call"]["contactCenter"]["active"] == 1


def test_an_unknown_expand_is_refused(sandbox: SandboxThread, api: Caller) -> None:
    refused = api.get(f"/api/v2/users/{sandbox.person()['id']}?expand=queues")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid.value")


def test_a_deleted_person_is_found_only_with_state_deleted(sandbox: SandboxThread, api: Caller) -> None:
    deleted, active = sandbox.person("deleted")["id"], sandbox.person()["id"]
    assert api.get(f"/api/v2/users/{deleted}").json()["code"] == "general.resource.not.found"
    assert api.json(f"/api/v2/users/{deleted}?state=deleted")["state"] == "deleted"
    assert api.get(f"/api/v2/users/{active}?state=deleted").status_code == 404
    assert api.json(f"/api/v2/users/{active}?state=")["state"] == "active"
    assert api.json(f"/api/v2/users/{sandbox.person('inactive')['id']}")["state"] == "inactive"
    assert api.get(f"/api/v2/users/{deleted}/queues").status_code == 404
    assert api.get("/api/v2/users/nobody").status_code == 404


def search(api: Caller, *criteria: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = api("POST", "/api/v2/users/search", json={"query": list(criteria), "pageSize": 100, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def names(body: dict[str, Any]) -> list[str]:
    return [person["name"] for person in body["results"]]


@pytest.mark.parametrize(
    ("kind", "fields", "value", "name"),
    [
        ("EXACT", ["email"], "ZOE.ANGSTROM@sandbox.example", "Zoë Ångström-Müller"),
        ("STARTS_WITH", ["name"], "zoe ang", "Zoë Ångström-Müller"),
        ("CONTAINS", ["name"], "angstrom", "Zoë Ångström-Müller"),
        ("QUERY_STRING", ["name", "email"], "mull zoe", "Zoë Ångström-Müller"),
        ("QUERY_STRING", ["name"], "*nstantin* наталья", None),
        ("QUERY_STRING", ["name"], "кузнец*", "Наталья Кузнецова"),
        ("TERM", ["name"], "花子", "山田 花子"),
        ("CONTAINS", ["name"], "ΠΑΠΑΔΟΠΟΎΛΟΥ", "Ελένη Παπαδοπούλου"),
        ("CONTAINS", ["name"], "o'conn", "Siobhán O'Connor"),
        ("EXACT", ["department"], "=sales", None),
        ("STARTS_WITH", ["name"], "muller", None),
    ],
)
def test_search_types_find_without_case_and_accents(
    api: Caller, kind: str, fields: list[str], value: str, name: str | None
) -> None:
    found = search(api, {"type": kind, "fields": fields, "value": value})
    if kind == "EXACT" and fields == ["department"]:
        assert [each["department"] for each in found["results"]] == ["=Sales"]
    else:
        assert names(found) == ([name] if name else [])


def test_search_puts_criteria_together(sandbox: SandboxThread, api: Caller) -> None:
    keller = {"type": "STARTS_WITH", "fields": ["email"], "value": "m.kell"}
    assert names(search(api, keller)) == ["Martin Keller", "Martina Kellner"]
    not_martina = {"type": "CONTAINS", "fields": ["name"], "value": "martina", "operator": "NOT"}
    assert names(search(api, keller, not_martina)) == ["Martin Keller"]
    either = {
        "type": "MATCH_ALL",
        "group": [
            {"type": "EXACT", "fields": ["name"], "value": "martin keller", "operator": "OR"},
            {"type": "EXACT", "fields": ["name"], "value": "ליلى", "operator": "OR"},
            {"type": "EXACT", "fields": ["name"], "value": "martina kellner", "operator": "OR"},
        ],
    }
    assert len(names(search(api, keller, either, sortOrder="DESC"))) == 2
    terms = {"type": "TERMS", "fields": ["id"], "values": [sandbox.person("admin")["id"], "x"]}
    assert search(api, terms)["total"] == 1


def test_search_leaves_deleted_people_out_unless_state_is_asked_for(sandbox: SandboxThread, api: Caller) -> None:
    deleted = sandbox.person("deleted")
    mail = {"type": "EXACT", "fields": ["email"], "value": deleted["email"]}
    assert search(api, mail)["total"] == 0
    state = {"type": "EXACT", "fields": ["state"], "values": ["deleted"]}
    assert [each["id"] for each in search(api, mail, state)["results"]] == [deleted["id"]]


def test_search_pages_and_expands(api: Caller) -> None:
    everybody = {"type": "MATCH_ALL"}
    first = search(api, everybody, pageSize=25, expand=["skills"])
    assert (first["total"], first["pageCount"], len(first["results"])) == (59, 3, 25)
    assert "skills" in first["results"][0] and "previousPage" not in first
    second = api.json(first["nextPage"])
    assert second["pageNumber"] == 2
    assert not {each["id"] for each in first["results"]} & {each["id"] for each in second["results"]}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": [{"type": "SOUNDEX", "fields": ["name"], "value": "x"}]}, "invalid.value"),
        ({"query": [{"type": "EXACT", "fields": ["shoe"], "value": "x"}]}, "invalid.value"),
        ({"query": [{"type": "EXACT", "fields": ["name"]}]}, "bad.request"),
        ({"query": [{"type": "MATCH_ALL"}] * 51}, "too.many.search.criteria"),
        ({"query": [], "pageSize": 500, "pageNumber": 21}, "too.many.requested.results"),
        ({"query": [], "pageSize": "25"}, "invalid.value"),
    ],
)
def test_a_bad_search_is_400(api: Caller, body: dict[str, Any], code: str) -> None:
    refused = api("POST", "/api/v2/users/search", json=body)
    assert (refused.status_code, refused.json()["code"]) == (400, code)


@pytest.mark.undocumented("no object at all")
def test_a_body_that_is_no_json_is_400_and_another_medium_415(api: Caller) -> None:
    path, headers = "/api/v2/users/search", {"Content-Type": "application/json"}
    assert api("POST", path, data="{", headers=headers).json()["code"] == "bad.request"
    assert api("POST", path, data="[]", headers=headers).status_code == 400
    assert api("POST", path, data="{}").json()["code"] == "unsupported.media.type"


def test_a_search_hides_people_of_other_divisions_only_when_asked_to(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()
    division = api.json(f"/api/v2/users/{person['id']}")["division"]["name"]
    mail = {"type": "EXACT", "fields": ["email"], "value": person["email"]}

    def found(**more: object) -> list[str]:
        return [each["id"] for each in search(api, mail, **more)["results"]]

    sandbox.grant_in(*({"Europe North", "Europe South"} - {division}))
    assert (found(), found(enforcePermissions=True)) == ([person["id"]], [])
    sandbox.grant_in(division)
    assert found(enforcePermissions=True) == [person["id"]]


def test_the_search_index_can_lag(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(search_lag=0.15)
    person = sandbox.person()
    mail = {"type": "EXACT", "fields": ["email"], "value": person["email"]}
    api("PUT", f"/api/v2/users/{person['id']}/state", json={"state": "inactive"})
    assert search(api, mail)["results"][0]["state"] == "active"
    assert api.json(f"/api/v2/users/{person['id']}")["state"] == "inactive"
    sandbox.options(search_lag=0.0)
    time.sleep(0.16)
    assert search(api, mail)["results"][0]["state"] == "inactive"


def test_state_is_changed_with_the_current_version_only(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()
    path, version = f"/api/v2/users/{person['id']}/state", person["version"]
    stale = api("PUT", path, json={"state": "inactive", "version": version - 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "general.conflict")
    assert api.json(path) == {"state": "active", "version": version}
    body = {"state": "inactive", "version": version, "stateChangeReason": "Voluntary"}
    done = api("PUT", path, json=body).json()
    assert (done["state"], done["version"], done["stateChangeReason"]) == (
        "inactive",
        version + 1,
        "Voluntary",
    )
    sandbox.options(conflict_status=400)
    assert api("PUT", path, json={"state": "active", "version": version}).status_code == 400
    assert api("PUT", path, json={"state": "asleep"}).json()["code"] == "invalid.value"
    assert api("PUT", path, json={"state": "active", "stateChangeReason": "Bored"}).status_code == 400


def test_patch_changes_state_alone(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()
    path, version = f"/api/v2/users/{person['id']}", person["version"]
    mixed = api("PATCH", path, json={"state": "inactive", "title": "Gone", "version": version})
    assert (mixed.status_code, mixed.json()["code"]) == (400, "general.bad.request")
    assert api("PATCH", path, json={"title": "Gone", "version": version}).json()["title"] == "Gone"
    stale = api("PATCH", path, json={"state": "inactive", "version": version})
    assert (stale.status_code, stale.json()["code"]) == (409, "general.conflict")
    assert api("PATCH", path, json={"state": "inactive", "version": version + 1}).json()["state"] == "inactive"


def test_delete_is_soft_and_takes_roles_and_division(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    queues = sandbox.state(person)["queues"]
    gone = api("DELETE", f"/api/v2/users/{person}")
    assert (gone.status_code, gone.json()) == (200, {})
    record = api.json(f"/api/v2/users/{person}?state=deleted&expand=authorization")
    assert record["state"] == "deleted"
    assert record["division"]["name"] == "Home"
    assert record["authorization"]["roles"] == []
    assert sandbox.state(person)["queues"] == queues  # what nobody cleaned up stays
    assert api("DELETE", f"/api/v2/users/{person}").status_code == 404


@pytest.mark.parametrize("by", ["PATCH", "PUT"])
def test_a_restore_brings_the_same_person_back_without_what_the_deletion_took(
    sandbox: SandboxThread, api: Caller, by: str
) -> None:
    """Permissions, division, extension and default station; queues, groups and skills were never taken."""
    person = sandbox.person()["id"]
    desk = {"mediaType": "PHONE", "type": "WORK2", "extension": "4711"}
    mobile = {"mediaType": "PHONE", "type": "MOBILE", "address": "+491555000000", "extension": "12"}
    before = sandbox.change(person, addresses=[desk, mobile])
    assert before["default_station"] and before["grants"] and api.json(f"/api/v2/users/{person}")["addresses"][1:]
    api("DELETE", f"/api/v2/scim/v2/users/{before['scim_id']}")
    assert api.get(f"/api/v2/users/{person}").status_code == 404
    path = f"/api/v2/users/{person}" + ("/state" if by == "PUT" else "")
    restored = api(by, path, json={"state": "active", "version": sandbox.state(person)["version"]})
    assert (restored.status_code, restored.json()["state"]) == (200, "active")
    record = api.json(f"/api/v2/users/{person}?expand=authorization")
    assert (record["id"], record["division"]["name"], record["authorization"]["roles"]) == (person, "Home", [])
    assert [row.get("extension") for row in record["addresses"]] == [None, None]
    assert "defaultStation" not in api.json(f"/api/v2/users/{person}/station")
    after = sandbox.state(person)
    kept = ("email", "name", "queues", "groups", "team", "skills", "languages", "phones", "phone", "conversations")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert api.json(f"/api/v2/scim/v2/users/{before['scim_id']}")["active"] is True


def test_the_referential_rule_can_be_switched_on(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(referential_rule=True)
    person = sandbox.person()["id"]
    for method, path in (
        ("DELETE", f"/api/v2/users/{person}"),
        ("DELETE", f"/api/v2/scim/v2/users/{person}"),
    ):
        assert api(method, path).status_code == 409
    sandbox.change(person, queues=[], grants=[])
    assert api("DELETE", f"/api/v2/users/{person}").status_code == 200


def test_direct_reports_are_those_who_name_the_manager(sandbox: SandboxThread, api: Caller) -> None:
    manager = sandbox.person("manager")["id"]
    reports = api.json(f"/api/v2/users/{manager}/directreports")
    assert len(reports) > 10
    assert {each["manager"]["id"] for each in reports} == {manager}
    assert api.json(f"/api/v2/users/{sandbox.person('admin')['id']}/directreports") == []


@pytest.mark.undocumented("the answer to it is the point")
def test_what_there_is_not_is_404(api: Caller) -> None:
    for path in ("/api/v2/nope", "/api/v2/users/", "/elsewhere", "/scim/v2/Users"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not.found")
