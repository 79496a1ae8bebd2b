"""SCIM: list, get with ETag, delete with If-Match, under both documented trees."""

from __future__ import annotations

import pytest

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller

V2, PLAIN = "/api/v2/scim/v2/users", "/api/v2/scim/users"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.mark.parametrize("tree", [V2, PLAIN])
def test_the_list_shows_active_people_from_an_index(api: Caller, tree: str) -> None:
    first = api.json(f"{tree}?count=20")
    assert (first["totalResults"], first["startIndex"], first["itemsPerPage"]) == (58, 1, 20)
    seen, start = [], 1
    while rows := api.json(f"{tree}?startIndex={start}&count=25")["Resources"]:
        seen += [each["id"] for each in rows]
        start += len(rows)
    assert len(set(seen)) == 58
    total = api.json(f"{tree}?count=0")
    assert (total["totalResults"], total["Resources"]) == (58, [])


def test_filters_find_by_name_mail_id_and_activity(sandbox: SandboxThread, api: Caller) -> None:
    person, asleep = sandbox.person("SCIM id differs"), sandbox.person("inactive")
    for text in (
        f'userName eq "{person["email"].upper()}"',
        f"email eq {person['email']}",
        f'id eq "{person["scim_id"]}"',
    ):
        found = api.json(V2, params={"filter": text})
        assert [each["id"] for each in found["Resources"]] == [person["scim_id"]]
    assert [each["id"] for each in api.json(V2, params={"filter": "active eq false"})["Resources"]] == [
        asleep["scim_id"]
    ]
    assert api.json(V2, params={"filter": f'userName eq "{sandbox.person("deleted")["email"]}"'})["totalResults"] == 0
    bad = api.get(V2, params={"filter": 'shoe co "4"'})
    assert (bad.status_code, bad.json()["scimType"], bad.json()["schemas"]) == (400, "invalidFilter", [ERROR])


def test_whoever_provisions_a_person_leaves_an_external_id(sandbox: SandboxThread, api: Caller) -> None:
    extension = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
    kept, known = (sandbox.person(why) for why in ("provisioned by an identity provider", "known to another directory"))
    external_id = sandbox.state(kept["id"])["external_id"]
    (found,) = api.json(V2, params={"filter": f'externalId eq "{external_id}"'})["Resources"]
    assert (found["id"], found["externalId"]) == (kept["scim_id"], external_id)
    assert found[extension]["externalIds"] == [{"authority": "x-pc:scimv2:v1", "value": external_id}]
    other = api.json(f"{V2}/{known['scim_id']}")
    assert [each["authority"] for each in other[extension]["externalIds"]] == ["microsoftentra"]
    assert "externalId" not in other and "externalId" not in api.json(f"{V2}/{sandbox.person()['scim_id']}")


def test_a_few_people_have_another_scim_id(sandbox: SandboxThread, api: Caller) -> None:
    different = [each for each in sandbox.people() if each["id"] != each["scim_id"]]
    assert different == sandbox.people("SCIM id differs") and len(different) == 2
    person = different[0]
    assert api.get(f"{V2}/{person['id']}").status_code == 404
    assert api.json(f"{V2}/{person['scim_id']}")["userName"] == person["email"]
    assert api("DELETE", f"{V2}/{person['scim_id']}").status_code == 204
    assert sandbox.state(person["id"])["state"] == "deleted"


def test_a_resource_carries_its_version_as_etag(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()
    answer = api.get(f"{V2}/{person['id']}")
    assert answer.headers["Content-Type"] == "application/scim+json"
    etag = answer.headers["ETag"]
    assert etag == answer.json()["meta"]["version"] == f'"{person["version"]}"'
    same = api.get(f"{V2}/{person['id']}", headers={"If-None-Match": etag})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    api("PUT", f"/api/v2/users/{person['id']}/state", json={"state": "inactive"})
    changed = api.get(f"{V2}/{person['id']}", headers={"If-None-Match": etag})
    assert changed.status_code == 200 and changed.json()["active"] is False
    assert changed.headers["ETag"] != etag


def test_attributes_trim_the_resource(sandbox: SandboxThread, api: Caller) -> None:
    path = f"{V2}/{sandbox.person()['id']}"
    assert set(api.json(f"{path}?attributes=title")) == {
        "id",
        "schemas",
        "active",
        "userName",
        "title",
        "meta",
    }
    assert "groups" not in api.json(f"{path}?excludedAttributes=groups,id")
    assert "id" in api.json(f"{path}?excludedAttributes=groups,id")


def test_delete_wants_the_current_version_and_answers_204_once(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    etag = api.get(f"{V2}/{person}").headers["ETag"]
    sandbox.change(person, title="Somebody was here")
    stale = api("DELETE", f"{V2}/{person}", headers={"If-Match": etag})
    assert (stale.status_code, stale.json()["scimType"], stale.json()["status"]) == (
        400,
        "invalidVers",
        "400",
    )
    assert stale.headers["Content-Type"] == "application/scim+json"
    plain = api("DELETE", f"{PLAIN}/{person}", headers={"If-Match": etag})
    assert (plain.status_code, plain.json()["code"]) == (400, "general.conflict")
    fresh = api.get(f"{V2}/{person}").headers["ETag"]
    gone = api("DELETE", f"{V2}/{person}", headers={"If-Match": fresh})
    assert (gone.status_code, gone.content) == (204, b"")
    again = api("DELETE", f"{V2}/{person}")
    assert (again.status_code, again.json()["status"], again.json()["schemas"]) == (404, "404", [ERROR])
    assert api.json(f"/api/v2/users/{person}?state=deleted")["state"] == "deleted"


def test_the_gateways_errors_stay_error_bodies(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.remove_permissions("directory:user:delete")
    refused = api("DELETE", f"{V2}/{sandbox.person()['id']}")
    assert (refused.status_code, refused.json()["code"]) == (403, "missing.permissions")
