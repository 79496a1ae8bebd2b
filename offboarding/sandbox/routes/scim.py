"""Tag SCIM: /api/v2/scim/users and /api/v2/scim/v2/users, and with --article the bare /scim/v2/Users."""

from __future__ import annotations

import re
from collections.abc import Callable

from .. import scim_record
from ..call import Answer, Call
from ..errors import SCIM_MEDIA, bad_request, scim_error
from ..people import Person
from ..router import Router
from . import ARTICLE, PLATFORM
from .users import change_state, references

V2, PLAIN, BARE = "/api/v2/scim/v2/users", "/api/v2/scim/users", "/scim/v2/Users"
_FILTER = re.compile(r'^\s*(\w+)\s+eq\s+(?:"([^"]*)"|(\S+))\s*$', re.IGNORECASE)
_FIELDS: dict[str, Callable[[Person], str]] = {
    "id": lambda person: person.scim_id,
    "username": lambda person: person.email,
    "email": lambda person: person.email,
    "manager": lambda person: person.manager_id or "",
    "division": lambda person: person.division_id,
    "externalid": lambda person: person.external_id,
    "employeenumber": lambda person: person.employee_number,
    "active": lambda person: str(person.state == "active"),
}


def _json(body: object, **headers: str) -> Answer:
    return Answer(200, body, {"Content-Type": SCIM_MEDIA, **headers})


def _person_of(call: Call, *, late: bool = False) -> Person:
    """The person in the path, `late` as reads show them."""
    person = call.org.by_scim_id(call.params["userId"])
    if person and late:
        person = call.org.lag.shown(person, scim=True)
    if person is None or person.state == "deleted":
        raise scim_error(404, f"User {call.params['userId']} could not be found.")
    return person


def list_users(call: Call) -> Answer:
    """Without a filter only active people; deleted ones never (inferred). `count` 0 asks for the total."""
    start = max(1, _whole(call, "startIndex", 1))
    count = min(max(0, _whole(call, "count", 25)), 100)
    found = sorted(_filtered(call), key=lambda person: person.email)
    only, without = call.values("attributes"), call.values("excludedAttributes")
    rows = found[start - 1 : start - 1 + count]
    resources = [scim_record.trim(scim_record.show(call.org, each, call.path), only, without) for each in rows]
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": len(found),
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }
    return _json(body)


def _whole(call: Call, name: str, default: int) -> int:
    text = call.text(name, str(default))
    if not text.lstrip("-").isdigit():
        raise scim_error(400, f"{name} must be a number.", "invalidValue")
    return int(text)


def _filtered(call: Call) -> list[Person]:
    shown = [call.org.lag.shown(person, scim=True) for person in call.org.people.values()]
    people = [person for person in shown if person.state != "deleted"]
    text = call.text("filter")
    if not text:
        return [person for person in people if person.state == "active"]
    fits = _FILTER.match(text)
    if not fits or fits[1].lower() not in _FIELDS:
        raise scim_error(400, f"The filter {text!r} is not supported.", "invalidFilter")
    if call.org.options.scim_hides_inactive and fits[1].lower() not in ("id", "active"):
        people = [person for person in people if person.state == "active"]
    field, value = _FIELDS[fits[1].lower()], (fits[2] if fits[2] is not None else fits[3]).casefold()
    return [person for person in people if field(person).casefold() == value]


def get_user(call: Call) -> Answer:
    """The resource with its ETag; 304 when If-None-Match names it."""
    person = _person_of(call, late=True)
    if call.headers.get("if-none-match") == scim_record.etag(person):
        return Answer(304, None, {"ETag": scim_record.etag(person)})
    record = scim_record.show(call.org, person, call.path.rsplit("/", 1)[0])
    trimmed = scim_record.trim(record, call.values("attributes"), call.values("excludedAttributes"))
    return _json(trimmed, ETag=scim_record.etag(person))


def delete_user(call: Call) -> Answer:
    """204; a stale If-Match is 400 invalidVers (general.conflict without v2); the second time 404."""
    person = _person_of(call)
    sent = call.headers.get("if-match")
    if sent not in (None, "*", scim_record.etag(person)):
        message = "Version does not match current version."
        if call.path.startswith(PLAIN):
            raise bad_request(message, "general.conflict")
        raise scim_error(400, message, "invalidVers")
    options = call.org.options
    if options.referential_rule and (person.queues or person.grants):
        raise scim_error(409, references(person))
    change_state(call, person, "deleted", None)
    return Answer(204)


def _serve(router: Router, base: str) -> None:
    router.on("GET", base)(list_users)
    router.on("GET", base + "/{userId}")(get_user)
    router.on("DELETE", base + "/{userId}", any_of=("directory:user:delete",))(delete_user)


_serve(PLATFORM, V2)
_serve(PLATFORM, PLAIN)
_serve(ARTICLE, BARE)
