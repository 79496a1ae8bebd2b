"""Tags Users, Stations and Telephony: a person's stations, WebRTC phones and numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import person_record
from ..call import Answer, Call
from ..errors import Refusal, bad_request, not_found
from ..ids import stable_id
from ..paging import numbered
from ..people import Person
from . import PLATFORM
from .users import person_of

_PLUGIN = ("telephony:plugin:all",)
_EDGES = "/api/v2/telephony/providers/edges"
_PHONE_FIELDS = ("webRtcUser", "properties.*", "lines.loggedInUser", "lines.defaultForUser")
_WEBRTC = "inin_webrtc_softphone"
Phone = tuple[Person, dict[str, str]]


def _no_edge_user() -> Refusal:
    return not_found("The requested user was not found.", "edgeconfiguser.userdoesnotexist")


@PLATFORM.on("GET", "/api/v2/users/{userId}/station", any_of=("telephony:otherStationAssociation:view",))
def user_stations(call: Call) -> Answer:
    return Answer(200, person_record.stations(person_of(call, missing=not_found)))


@PLATFORM.on("DELETE", "/api/v2/users/{userId}/station/associatedstation", any_of=("telephony:station:disassociate",))
def clear_associated_station(call: Call) -> Answer:
    """202 and asynchronous, also when there is none (inferred)."""
    person = person_of(call, missing=_no_edge_user)
    call.org.later(call.org.options.station_delay, person.id, "station")
    return Answer(202)


@PLATFORM.on(
    "DELETE",
    "/api/v2/users/{userId}/station/defaultstation",
    any_of=("telephony:plugin:all", "telephony:phone:assign"),
)
def clear_default_station(call: Call) -> Answer:
    """202 and asynchronous, also when there is none (inferred)."""
    person = person_of(call, missing=not_found)
    call.org.later(call.org.options.station_delay, person.id, "default_station")
    return Answer(202)


def _phones(call: Call) -> list[Phone]:
    """Every phone of the org, by the name of whose it is; those of deleted people too."""
    people = sorted(call.org.people.values(), key=lambda each: (each.name, each.id))
    return [(person, phone) for person in people for phone in person.phones]


def _line_id(phone: dict[str, str]) -> str:
    return stable_id(0, "line", phone["id"])


def _name(person: Person) -> str:
    return f"{person.name} WebRTC"


def _filtered(
    call: Call, found: list[Any], filters: dict[str, Callable[[Any], str | None]], plain: set[str]
) -> list[Any]:
    """Those that fit every filter of the query. A filter that the sandbox does not know is refused, not ignored."""
    if unknown := call.query.keys() - filters.keys() - plain:
        raise bad_request(f"The sandbox does not filter by {', '.join(sorted(unknown))}.")
    for name in filters.keys() & call.query.keys():
        wanted = call.values(name)
        found = [each for each in found if filters[name](each) in wanted]
    if filters.keys() & call.query.keys() or call.text("sortBy") != "id":
        if call.number("pageSize", 25) * call.number("pageNumber", 1, most=10**9) > 10_000:
            message = (
                "Too many results were requested. Refine the request to be more specific as to what is being requested."
            )
            raise bad_request(message, "too.many.requested.results")
    return found


@PLATFORM.on("GET", "/api/v2/stations")
def list_stations(call: Call) -> Answer:
    """One station for the line of each WebRTC phone (inferred); `name` is the whole name here."""
    phones = _phones(call)
    filters: dict[str, Callable[[Phone], str | None]] = {
        "webRtcUserId": lambda each: each[0].id,
        "id": lambda each: each[1]["station"],
        "lineAppearanceId": lambda each: _line_id(each[1]),
        "name": lambda each: _name(each[0]),
    }
    found = _filtered(call, phones, filters, {"pageSize", "pageNumber", "sortBy"})
    return Answer(200, numbered(call, found, _station))


def _station(each: Phone) -> dict[str, Any]:
    person, phone = each
    used = person.station == phone["station"]
    return {
        "id": phone["station"],
        "name": _name(person),
        "status": "ASSOCIATED" if used else "AVAILABLE",
        **({"userId": person.id} if used else {}),
        "webRtcUserId": person.id,
        "type": _WEBRTC,
        "lineAppearanceId": _line_id(phone),
        "selfUri": f"/api/v2/stations/{phone['station']}",
    }


@PLATFORM.on("GET", f"{_EDGES}/phones", any_of=_PLUGIN)
def list_phones(call: Call) -> Answer:
    """webRtcUser, and the users of the lines, are there when `fields` asks for them (inferred)."""
    filters: dict[str, Callable[[Phone], str | None]] = {
        "webRtcUser.id": lambda each: each[0].id,
        "lines.loggedInUser.id": lambda each: each[0].id if each[0].station == each[1]["station"] else None,
        "lines.defaultForUser.id": lambda each: each[0].id if each[0].default_station == each[1]["station"] else None,
        "lines.id": lambda each: _line_id(each[1]),
        "name": lambda each: _name(each[0]),
    }
    plain = {"pageSize", "pageNumber", "sortBy", "sortOrder", "expand", "fields"}
    found, wanted = _filtered(call, _phones(call), filters, plain), call.values("fields")
    if unknown := set(wanted) - set(_PHONE_FIELDS):
        raise bad_request(f"There are no fields {', '.join(sorted(unknown))}.", "invalid.value")
    return Answer(200, numbered(call, found, lambda each: _phone(call, each, wanted)))


def _phone(call: Call, each: Phone, wanted: list[str]) -> dict[str, Any]:
    person, phone = each
    who = {"id": person.id, "name": person.name, "selfUri": f"/api/v2/users/{person.id}"}
    line: dict[str, Any] = {"id": _line_id(phone), "name": _name(person), "state": "active"}
    if "lines.loggedInUser" in wanted and person.station == phone["station"]:
        line["loggedInUser"] = who
    if "lines.defaultForUser" in wanted and person.default_station == phone["station"]:
        line["defaultForUser"] = who
    return {
        "id": phone["id"],
        "name": _name(person),
        "state": "active",
        "site": {"id": stable_id(call.org.seed, "site"), "name": "Sandbox Site"},
        "phoneBaseSettings": {"id": stable_id(call.org.seed, "phone-base"), "name": "WebRTC"},
        "lines": [line],
        "standAlone": False,
        **({"webRtcUser": who} if "webRtcUser" in wanted else {}),
        "selfUri": f"{_EDGES}/phones/{phone['id']}",
    }


@PLATFORM.on("DELETE", _EDGES + "/phones/{phoneId}", any_of=_PLUGIN)
def delete_phone(call: Call) -> Answer:
    """200 with an empty body, and no way back. The station on its line goes with it (inferred)."""
    found = [each for each in _phones(call) if each[1]["id"] == call.params["phoneId"]]
    if not found:
        raise not_found("Unable to delete Phone with that id.", "general.resource.not.found")
    person, phone = found[0]
    with call.org.changing(person):
        person.phones.remove(phone)
        person.station = None if person.station == phone["station"] else person.station
        person.default_station = None if person.default_station == phone["station"] else person.default_station
    return Answer(200)


@PLATFORM.on("GET", f"{_EDGES}/dids", any_of=_PLUGIN)
def list_dids(call: Call) -> Answer:
    """The numbers that are assigned (inferred). No call changes one: it is the owner's addresses that hold it."""
    owners = sorted((each for each in call.org.people.values() if each.phone), key=lambda each: each.phone or "")
    filters: dict[str, Callable[[Person], str | None]] = {
        "owner.id": lambda owner: owner.id,
        "phoneNumber": lambda owner: owner.phone,
        "didPool.id": lambda owner: stable_id(call.org.seed, "did-pool"),
        "id": lambda owner: _did_id(call, owner),
    }
    found = _filtered(call, owners, filters, {"pageSize", "pageNumber", "sortBy", "sortOrder"})
    return Answer(200, numbered(call, found, lambda owner: _did(call, owner)))


def _did_id(call: Call, owner: Person) -> str:
    return stable_id(call.org.seed, "did", owner.phone)


def _did(call: Call, owner: Person) -> dict[str, Any]:
    return {
        "id": _did_id(call, owner),
        "name": owner.phone,
        "phoneNumber": owner.phone,
        "state": "active",
        "didPool": {"id": stable_id(call.org.seed, "did-pool"), "name": "Sandbox Numbers"},
        "owner": {"id": owner.id, "name": owner.name, "selfUri": f"/api/v2/users/{owner.id}"},
        "ownerType": "USER",
        "selfUri": f"{_EDGES}/dids/{_did_id(call, owner)}",
    }
