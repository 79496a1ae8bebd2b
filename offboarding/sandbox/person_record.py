"""A person as the User object of the platform API, with the fields that `expand` asks for."""

from __future__ import annotations

from typing import Any

from . import contacts
from .call import Call
from .errors import bad_value
from .ids import stable_id
from .membership import live_roles
from .people import Person
from .state import Org

#: Genesys Cloud API, GET /api/v2/users/{userId}, parameter expand. There is no `queues` and no `roles`.
EXPANDS = (
    "routingStatus", "presence", "integrationPresence", "conversationSummary", "outOfOffice",
    "geolocation", "station", "authorization", "lasttokenissued", "authorization.unusedRoles", "team",
    "workPlanBidRanks", "externalContactsSettings", "groups", "customAttributes", "profileSkills",
    "certifications", "locations", "skills", "languages", "languagePreference", "employerInfo",
    "biography", "dateLastLogin", "dateWelcomeSent",
)  # fmt: skip
_SUMMARY = ("call", "callback", "email", "message", "chat", "socialExpression", "video")
_SUMMARY_OF = {"voice": "call"}


def wanted(call: Call) -> list[str]:
    return check_expands(call.values("expand"))


def check_expands(expands: list[str]) -> list[str]:
    for each in expands:
        if each not in EXPANDS:
            raise bad_value(each, "expand", list(EXPANDS))
    return expands


def show(org: Org, person: Person, expands: list[str]) -> dict[str, Any]:
    """Fields without a value are absent, as in the real answers."""
    division = org.catalogue.divisions[person.division_id]
    work = {"address": person.email, "mediaType": "EMAIL", "type": "PRIMARY"}
    record: dict[str, Any] = {
        "id": person.id,
        "name": person.name,
        "division": {
            "id": division.id,
            "name": division.name,
            "selfUri": f"/api/v2/authorization/divisions/{division.id}",
        },
        "chat": {"jabberId": f"{person.id.replace('-', '')}@sandbox.orgspan.com"},
        "department": person.department,
        "email": person.email,
        "primaryContactInfo": [work],
        "addresses": contacts.show(person),
        "state": person.state,
        "title": person.title,
        "username": person.email,
        "version": person.version,
        "acdAutoAnswer": False,
        "selfUri": f"/api/v2/users/{person.id}",
    }
    if person.manager_id:
        record["manager"] = {"id": person.manager_id, "selfUri": f"/api/v2/users/{person.manager_id}"}
    for each in expands:
        if each in _EXPANDERS:
            record |= _EXPANDERS[each](org, person)
    return record


def skill(org: Org, person: Person, skill_id: str) -> dict[str, Any]:
    return {
        "id": skill_id,
        "name": org.catalogue.skills[skill_id],
        "proficiency": person.skills[skill_id],
        "state": "active",
        "skillUri": f"/api/v2/routing/skills/{skill_id}",
        "selfUri": f"/api/v2/users/{person.id}/routingskills/{skill_id}",
    }


def language(org: Org, person: Person, language_id: str) -> dict[str, Any]:
    return {
        "id": language_id,
        "name": org.catalogue.languages[language_id],
        "proficiency": person.languages[language_id],
        "state": "active",
        "languageUri": f"/api/v2/routing/languages/{language_id}",
        "selfUri": f"/api/v2/users/{person.id}/routinglanguages/{language_id}",
    }


def routing_status(org: Org, person: Person) -> dict[str, Any]:
    return {
        "userId": person.id,
        "status": person.routing_status,
        "startTime": person.last_login or person.modified,
    }


def _presence(org: Org, person: Person) -> dict[str, Any]:
    definition = {"id": stable_id(org.seed, "presence", person.presence), "systemPresence": person.presence}
    return {
        "presence": {
            "source": "PURECLOUD",
            "primary": True,
            "presenceDefinition": definition,
            "message": "",
            "modifiedDate": person.last_login or person.modified,
            "selfUri": f"/api/v2/users/{person.id}/presences/PURECLOUD",
        }
    }


def _summary(org: Org, person: Person) -> dict[str, Any]:
    counts = {
        name: {"contactCenter": {"active": 0, "acw": 0}, "enterprise": {"active": 0, "acw": 0}} for name in _SUMMARY
    }
    for live in person.live:
        counts[_SUMMARY_OF.get(live["media"], live["media"])]["contactCenter"]["active"] += 1
    return {"conversationSummary": {"userId": person.id, **counts}}


def stations(person: Person) -> dict[str, Any]:
    """UserStations."""
    who = {"id": person.id, "name": person.name, "selfUri": f"/api/v2/users/{person.id}"}

    def station(station_id: str, of: str) -> dict[str, Any]:
        return {"id": station_id, "name": f"{person.name} WebRTC", "type": "inin_webrtc_softphone", of: who}

    found = {}
    if person.station:
        associated = station(person.station, "associatedUser")
        found = {"associatedStation": associated, "effectiveStation": associated}
    if person.default_station:
        found["defaultStation"] = station(person.default_station, "defaultUser")
    return found


def out_of_office(person: Person) -> dict[str, Any]:
    return {"active": person.out_of_office, "indefinite": False, **person.absence}


def _authorization(org: Org, person: Person) -> dict[str, Any]:
    roles = [{"id": each, "name": org.catalogue.roles[each].name} for each in live_roles(org, person)]
    permissions = sorted(
        {
            f"{domain}:{entity}:{action}"
            for role in roles
            for domain, entity, actions in org.catalogue.roles[role["id"]].policies
            for action in actions
        }
    )
    return {
        "authorization": {
            "roles": roles,
            "unusedRoles": [],
            "permissions": permissions,
            "permissionPolicies": [],
        }
    }


def _team(org: Org, person: Person) -> dict[str, Any]:
    if not person.team:
        return {}
    team = org.catalogue.teams[person.team]
    return {"team": {"id": team.id, "name": team.name, "selfUri": f"/api/v2/teams/{team.id}"}}


_EXPANDERS = {
    "routingStatus": lambda org, person: {"routingStatus": routing_status(org, person)},
    "presence": _presence,
    "conversationSummary": _summary,
    "outOfOffice": lambda org, person: {"outOfOffice": out_of_office(person)},
    "station": lambda org, person: {"station": stations(person)},
    "authorization": _authorization,
    "lasttokenissued": lambda org, person: (
        {"lastTokenIssued": {"dateIssued": person.last_token}} if person.last_token else {}
    ),
    "team": _team,
    # The listing of a user's groups carries ids only; names come from GET /api/v2/groups?id=...
    "groups": lambda org, person: {
        "groups": [{"id": group, "selfUri": f"/api/v2/groups/{group}"} for group in person.groups]
    },
    "skills": lambda org, person: {"skills": [skill(org, person, each) for each in person.skills]},
    "languages": lambda org, person: {"languages": [language(org, person, each) for each in person.languages]},
    "dateLastLogin": lambda org, person: {"dateLastLogin": person.last_login} if person.last_login else {},
    "profileSkills": lambda org, person: {"profileSkills": []},
    "certifications": lambda org, person: {"certifications": []},
    "locations": lambda org, person: {"locations": []},
}
