"""Tag Users: list, get, search, state, change, delete, direct reports."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from .. import contacts, person_record, search
from ..call import Answer, Call
from ..clock import now_text
from ..errors import Refusal, api_error, bad_request, bad_value, conflict, no_user
from ..paging import numbered
from ..people import Person
from . import PLATFORM

STATES = ("active", "inactive", "deleted")
REASONS = ("Voluntary", "Seasonal", "Leave", "Performance", "Conduct", "Unknown")
_EDIT = ("admin", "directory:user:edit", "directory:organization:admin")
_DELETE = ("admin", "directory:user:delete", "directory:organization:admin")


def person_of(call: Call, *, deleted: bool = False, missing: Callable[[], Refusal] = no_user) -> Person:
    """The person in the path; `missing` (404) for nobody.

    Also for a deleted person unless asked for (inferred; option `deleted_are_shown` for what hangs below a person).
    """
    person = call.org.people.get(call.params["userId"])
    below = call.path.rstrip("/").rpartition("/")[2] != call.params["userId"]
    deleted = deleted or (below and call.org.options.deleted_are_shown)
    if person is None or (person.state == "deleted" and not deleted):
        raise missing()
    return person


def check_version(call: Call, person: Person, sent: object) -> None:
    if sent is not None and sent != person.version:
        message = f"The version supplied ({sent}) does not match the current version of the user ({person.version})"
        raise conflict(call.org.options.conflict_status, message)


def _answer(call: Call, person: Person) -> Answer:
    return Answer(200, person_record.show(call.org, person, person_record.wanted(call)))


@PLATFORM.on("GET", "/api/v2/users")
def list_users(call: Call) -> Answer:
    """GET /api/v2/users: active people unless `state` says otherwise; at most 100 ids."""
    ids = call.values("id")
    if len(ids) > 100:
        raise bad_request("Only 100 users can be requested at a time.", "max.user.ids")
    state = call.text("state", "active", (*STATES, "any"))
    shown = [call.org.lag.shown(each) for each in call.org.people.values()]
    people = [each for each in shown if state in ("any", each.state)]
    if ids:
        people = [each for each in people if each.id in ids]
    people.sort(key=lambda each: (each.name, each.id))
    if call.text("sortOrder", "ASC").lower().startswith("desc"):
        people.reverse()
    expands = person_record.wanted(call)
    return Answer(200, numbered(call, people, lambda each: person_record.show(call.org, each, expands)))


@PLATFORM.on("POST", "/api/v2/users/search", any_of=("directory:user:view",))
def search_users(call: Call) -> Answer:
    return _search(call, call.json())


@PLATFORM.on("GET", "/api/v2/users/search", any_of=("directory:user:view",))
def search_users_again(call: Call) -> Answer:
    """Follows nextPage and previousPage: the request is the base64 in `q64`."""
    try:
        request = json.loads(base64.urlsafe_b64decode(call.text("q64")))
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise bad_value(call.text("q64"), "q64", "a reusable search")
    request["expand"] = [*(request.get("expand") or []), *call.values("expand")]
    return _search(call, request)


def _search(call: Call, request: dict[str, Any]) -> Answer:
    size, number = request.get("pageSize", 25), request.get("pageNumber", 1)
    if type(size) is not int or type(number) is not int or not 1 <= size <= 500 or number < 1:
        raise bad_request("pageSize must be from 1 to 500 and pageNumber at least 1.", "invalid.value")
    if size * number > 10_000:
        raise bad_request("Too many requested results.", "too.many.requested.results")
    expands = person_record.check_expands(request.get("expand") or [])
    found = search.run(call.org, request)
    pages = -(-len(found) // size)
    body: dict[str, Any] = {
        "total": len(found),
        "pageCount": pages,
        "pageSize": size,
        "pageNumber": number,
        "currentPage": _q64(request, number),
        "types": ["users"],
        "results": [person_record.show(call.org, each, expands) for each in found[(number - 1) * size : number * size]],
    }
    if number < pages:
        body["nextPage"] = _q64(request, number + 1)
    if number > 1:
        body["previousPage"] = _q64(request, number - 1)
    return Answer(200, body)


def _q64(request: dict[str, Any], number: int) -> str:
    text = json.dumps(request | {"pageNumber": number}).encode()
    return f"/api/v2/users/search?q64={base64.urlsafe_b64encode(text).decode()}"


@PLATFORM.on("GET", "/api/v2/users/{userId}")
def get_user(call: Call) -> Answer:
    """A deleted person is 404 unless state=deleted is sent, and with it only deleted people are found."""
    state = call.text("state", "active", ("active", "deleted"))
    person = call.org.lag.shown(person_of(call, deleted=True))
    if (person.state == "deleted") != (state == "deleted"):
        raise no_user()
    return _answer(call, person)


@PLATFORM.on("PATCH", "/api/v2/users/{userId}", any_of=_EDIT)
def patch_user(call: Call) -> Answer:
    """UpdateUser: `state`, when given, is the only field that may be changed.

    `addresses` replaces all of them; a DID that is not among them any more is free.
    """
    body = call.json()
    person = person_of(call, deleted="state" in body)
    check_version(call, person, body.get("version"))
    fields = {"name", "department", "title", "manager", "email", "addresses"} & body.keys()
    if "state" in body and body.keys() - {"state", "version"}:
        raise bad_request("If state is specified, it is the only modifiable field.", "general.bad.request")
    if "state" in body:
        change_state(call, person, body["state"], None)
        return _answer(call, person)
    written = contacts.read(person, body["addresses"]) if "addresses" in fields else None
    with call.org.changing(person, version=True):
        for name in fields - {"manager", "addresses"}:
            setattr(person, name, str(body[name]))
        if "manager" in fields:
            person.manager_id = body["manager"] or None
        if written:
            person.phone, person.addresses = written
    return _answer(call, person)


@PLATFORM.on("GET", "/api/v2/users/{userId}/state", any_of=("directory:userStateChange:view",))
def get_state(call: Call) -> Answer:
    return Answer(200, _state(call.org.lag.shown(person_of(call, deleted=True))))


@PLATFORM.on("PUT", "/api/v2/users/{userId}/state", any_of=("directory:user:edit",))
def put_state(call: Call) -> Answer:
    """UserState: state, version (optional, refused when stale), stateChangeReason."""
    body, person = call.json(), person_of(call, deleted=True)
    reason = body.get("stateChangeReason")
    if reason is not None and reason not in REASONS:
        raise bad_value(reason, "stateChangeReason", list(REASONS))
    check_version(call, person, body.get("version"))
    change_state(call, person, body.get("state"), reason)
    return Answer(200, _state(person))


def _state(person: Person) -> dict[str, Any]:
    body: dict[str, Any] = {"state": person.state, "version": person.version}
    if person.state_date:
        body |= {"stateChangeReason": person.state_reason or "Unknown", "stateChangeDate": person.state_date}
    return body


def change_state(call: Call, person: Person, state: object, reason: str | None) -> None:
    if state not in STATES:
        raise bad_value(state, "state", list(STATES))
    if state == "deleted" and person.state != "deleted":
        check_references(call, person)
    with call.org.changing(person, version=True):
        person.state, person.state_reason, person.state_date = str(state), reason, now_text()
        if state == "deleted":
            strip_deleted(call, person)


def strip_deleted(call: Call, person: Person) -> None:
    """What deletion takes, and no restore gives back: permissions, division, extension, default station.

    The sign-ins end too. Phones survive it, as third parties have seen (option `deletion_frees_phones`). Everything
    else stays as it is, from queues and skills to numbers, forwarding and the management unit (inferred; option
    `deletion_empties`).
    """
    if call.org.options.deletion_frees_phones:
        person.phones, person.phone = [], None
    if call.org.options.deletion_empties:
        person.queues, person.unjoined, person.groups, person.team = [], [], [], None
        person.skills, person.languages, person.management_unit = {}, {}, None
    person.grants, person.default_station, person.station = [], None, None
    person.addresses = [
        {name: value for name, value in row.items() if name != "extension"}
        for row in person.addresses
        if row.get("address") or not row.get("extension")
    ]
    person.division_id = call.org.catalogue.home.id
    person.sessions, person.token_epoch = 0, person.token_epoch + 1


def references(person: Person) -> str:
    return f"User is still referenced by {len(person.queues)} queue(s), {len(person.grants)} role grant(s)."


def check_references(call: Call, person: Person) -> None:
    """The article's referential rule, an option: no deletion while direct queues or roles remain."""
    if call.org.options.referential_rule and (person.queues or person.grants):
        message = references(person)
        raise api_error(409, "general.conflict", message, entityId=person.id, entityName=person.name)


@PLATFORM.on("DELETE", "/api/v2/users/{userId}", any_of=_DELETE)
def delete_user(call: Call) -> Answer:
    """DELETE /api/v2/users/{userId}: always soft; 200 with {}, and 404 the second time."""
    change_state(call, person_of(call), "deleted", None)
    return Answer(200, {})


@PLATFORM.on("GET", "/api/v2/users/{userId}/directreports")
def direct_reports(call: Call) -> Answer:
    """Not paged."""
    chief, expands = person_of(call), person_record.wanted(call)
    shown = [call.org.lag.shown(each) for each in call.org.people.values()]
    reports = [each for each in shown if each.manager_id == chief.id and each.state != "deleted"]
    return Answer(200, [person_record.show(call.org, each, expands) for each in reports])
