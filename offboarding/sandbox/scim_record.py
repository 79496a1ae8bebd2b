"""A person as a SCIM 2.0 user resource (ScimV2User)."""

from __future__ import annotations

from typing import Any

from . import membership
from .people import Person
from .state import Org

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
_ALWAYS = ("id", "userName", "active", "meta", "schemas")


def etag(person: Person) -> str:
    return f'"{person.version}"'


def show(org: Org, person: Person, base: str) -> dict[str, Any]:
    """`base` is the path of the tree it was asked under, for meta.location."""
    catalogue = org.catalogue
    enterprise: dict[str, Any] = {
        "division": catalogue.divisions[person.division_id].name,
        "department": person.department,
        "employeeNumber": person.employee_number,
    }
    if person.manager_id:
        enterprise["manager"] = {"value": org.people[person.manager_id].scim_id}
    skills = [{"name": catalogue.skills[each], "proficiency": level} for each, level in person.skills.items()]
    languages = [{"name": catalogue.languages[each], "proficiency": level} for each, level in person.languages.items()]
    record = {
        "id": person.scim_id,
        "schemas": [CORE, ENTERPRISE, GENESYS],
        "active": person.state == "active",
        "userName": person.email,
        "displayName": person.name,
        "title": person.title,
        "phoneNumbers": [{"value": person.phone, "type": "work", "primary": True}] if person.phone else [],
        "emails": [{"value": person.email, "type": "work", "primary": True}],
        "groups": [{"value": group, "$ref": f"{base.rsplit('/', 1)[0]}/groups/{group}"} for group in person.groups],
        "roles": [{"value": catalogue.roles[role].name} for role in membership.live_roles(org, person)],
        ENTERPRISE: enterprise,
        GENESYS: {"routingSkills": skills, "routingLanguages": languages, "externalIds": _external_ids(person)},
        "meta": {
            "resourceType": "User",
            "lastModified": person.modified,
            "location": f"{base}/{person.scim_id}",
            "version": etag(person),
        },
    }
    return record | ({"externalId": person.external_id} if person.external_id else {})


def _external_ids(person: Person) -> list[dict[str, str]]:
    """ScimGenesysUserExternalId. An `externalId` stands here too, under an authority that begins with
    x-pc:scimv2:v1 (that nothing follows is inferred).
    """
    own = {"x-pc:scimv2:v1": person.external_id} if person.external_id else {}
    return [{"authority": authority, "value": value} for authority, value in (own | person.external_ids).items()]


def trim(record: dict[str, Any], only: list[str], without: list[str]) -> dict[str, Any]:
    """attributes / excludedAttributes by top-level name; id, userName, active and meta always stay."""
    return {
        name: value
        for name, value in record.items()
        if name in _ALWAYS or (name not in without and (not only or name in only))
    }
