"""Tags OAuth and Users: what outlives a person's own sign-in, OAuth clients, and what they sign in with, verifiers."""

from __future__ import annotations

from typing import Any

from ..call import Answer, Call
from ..errors import not_found
from ..people import Person
from . import PLATFORM
from .users import person_of

_VERIFIERS = "/api/v2/users/{userId}/verifiers"


@PLATFORM.on("GET", "/api/v2/oauth/clients", any_of=("oauth:client:view",))
def list_clients(call: Call) -> Answer:
    """All of them in one answer. createdBy says whose they are; a secret is never in the list (inferred)."""
    admin = next((each for each in call.org.people.values() if "admin" in each.why), None)
    own = {"id": call.org.catalogue.client_id, "name": "Offboarding", "grant": "CLIENT-CREDENTIALS"}
    rows = [(admin, own | {"created": "2024-01-15T08:00:00.000Z"})]
    rows += [(person, row) for person in call.org.people.values() for row in person.oauth_clients]
    body = {
        "entities": [_client(person, row) for person, row in rows],
        "pageSize": len(rows),
        "pageNumber": 1,
        "total": len(rows),
        "pageCount": 1,
        "selfUri": call.path,
    }
    return Answer(200, body)


def _client(person: Person | None, row: dict[str, Any]) -> dict[str, Any]:
    found = {
        "id": row["id"],
        "name": row["name"],
        "accessTokenValiditySeconds": 86_400,
        "authorizedGrantType": row["grant"],
        "dateCreated": row["created"],
        "state": "active",
        "selfUri": f"/api/v2/oauth/clients/{row['id']}",
    }
    if person:
        found["createdBy"] = {"id": person.id, "selfUri": f"/api/v2/users/{person.id}"}
    return found


@PLATFORM.on("GET", _VERIFIERS, any_of=("mfa:verifier:view",))
def list_verifiers(call: Call) -> Answer:
    """Not paged."""
    person = person_of(call, missing=not_found)
    uri = f"/api/v2/users/{person.id}/verifiers"
    entities = [row | {"selfUri": f"{uri}/{row['id']}"} for row in person.verifiers]
    return Answer(200, {"total": len(entities), "entities": entities, "selfUri": uri})


@PLATFORM.on("DELETE", _VERIFIERS + "/{verifierId}", any_of=("mfa:verifier:delete",))
def delete_verifier(call: Call) -> Answer:
    person = person_of(call, missing=not_found)
    kept = [row for row in person.verifiers if row["id"] != call.params["verifierId"]]
    if len(kept) == len(person.verifiers):
        raise not_found()
    with call.org.changing(person):
        person.verifiers = kept
    return Answer(204)
