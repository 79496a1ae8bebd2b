"""Tags Users and Voicemail: where a person's calls go (forwarding, voicemail policy), and out of office."""

from __future__ import annotations

import re
from typing import Any

from ..call import Answer, Call
from ..clock import ms_of
from ..errors import Refusal, api_error, bad_request, bad_value, not_found
from ..people import Person
from ..person_record import out_of_office
from . import PLATFORM
from .users import person_of

_FORWARDING = "/api/v2/users/{userId}/callforwarding"
_EDIT = ("conversation:callForwarding:edit",)
_POLICY = "/api/v2/voicemail/userpolicies/{userId}"
_POLICIES = ("telephony:plugin:all", "voicemail:userPolicy:viewOther")
_E164 = re.compile(r"^\+[1-9]\d{6,14}$")


def _show(person: Person) -> dict[str, Any]:
    body = {"enabled": False, "calls": [], "voicemail": "NONE"} | person.forwarding
    who = {"id": person.id, "selfUri": f"/api/v2/users/{person.id}"}
    return {"id": person.id, "user": who, **body, "selfUri": f"/api/v2/users/{person.id}/callforwarding"}


@PLATFORM.on("GET", _FORWARDING, any_of=("conversation:callForwarding:view",))
def get_forwarding(call: Call) -> Answer:
    """Switched off for who never set it up (inferred)."""
    return Answer(200, _show(person_of(call, missing=not_found)))


@PLATFORM.on("PUT", _FORWARDING, any_of=_EDIT)
def put_forwarding(call: Call) -> Answer:
    """Replaces all of it; `enabled` must be given."""
    return _forward(call, {"enabled": None, "calls": [], "voicemail": "NONE"})


@PLATFORM.on("PATCH", _FORWARDING, any_of=_EDIT)
def patch_forwarding(call: Call) -> Answer:
    """Changes what is given."""
    return _forward(call, _show(person_of(call, missing=not_found)))


def _forward(call: Call, before: dict[str, Any]) -> Answer:
    person, body = person_of(call, missing=not_found), call.json()
    wanted = {name: body.get(name, before[name]) for name in ("enabled", "calls", "voicemail")}
    if wanted["voicemail"] not in ("PURECLOUD", "LASTCALL", "NONE"):
        raise bad_value(wanted["voicemail"], "voicemail", ["PURECLOUD", "LASTCALL", "NONE"])
    _check(person, wanted)
    with call.org.changing(person):
        person.forwarding = wanted
    return Answer(200, _show(person))


def _refused(code: str, message: str) -> Refusal:
    """All of them are 409; the codes and words are the documented ones."""
    return api_error(409, f"callforwarding.{code}", message)


def _check(person: Person, wanted: dict[str, Any]) -> None:
    if type(wanted["enabled"]) is not bool:
        raise _refused("enabledcannotbenull", "Enabled must be true or false")
    calls = wanted["calls"] or []
    if wanted["enabled"] and not calls:
        raise _refused("enablednotallowedwithoutcalls", "Call forwarding is not allowed to be enabled without calls")
    if wanted["enabled"] and not person.forwarding.get("enabled") and person.presence == "On Queue":
        message = "Call forwarding is not allowed to be enabled while on queue"
        raise _refused("enablednotallowedwhileonqueue", message)
    for route in calls:
        if not route.get("targets"):
            raise _refused("callrequiresatleastonetarget", "A call requires at least one target")
        for target in route["targets"]:
            _check_target(target.get("type"), target.get("value"))


def _check_target(kind: object, value: object) -> None:
    if not kind:
        raise _refused("calltargetrequirestype", "A call target requires a type")
    if kind not in ("STATION", "PHONENUMBER"):
        raise _refused("calltargetunknowntype", "A call target has unknown type")
    if not value:
        raise _refused("calltargetrequiresvalue", "A call target requires a value")
    if kind == "PHONENUMBER" and not _E164.match(str(value)):
        raise _refused("invalidphonenumberformat", "Invalid E164 phone number")


def _no_mailbox() -> Refusal:
    return not_found("The specified voicemail user not found", "voicemailservice.user.usernotfound")


def _policy(person: Person) -> dict[str, Any]:
    return {"enabled": False, "alertTimeoutSeconds": 30, "sendEmailNotifications": False} | person.voicemail


@PLATFORM.on("GET", _POLICY, any_of=_POLICIES)
def get_policy(call: Call) -> Answer:
    return Answer(200, _policy(person_of(call, missing=_no_mailbox)))


@PLATFORM.on("PATCH", _POLICY, any_of=_POLICIES)
def patch_policy(call: Call) -> Answer:
    """Changes what is given. `pin` can be written and never comes back."""
    person, body = person_of(call, missing=not_found), call.json()
    kinds = {"enabled": bool, "alertTimeoutSeconds": int, "sendEmailNotifications": bool}
    for name in kinds.keys() & body.keys():
        if type(body[name]) is not kinds[name]:
            raise bad_value(body[name], name, kinds[name].__name__)
    with call.org.changing(person):
        person.voicemail = _policy(person) | {name: body[name] for name in kinds if name in body}
    return Answer(200, _policy(person))


def _absence(person: Person) -> dict[str, Any]:
    who = {"id": person.id, "selfUri": f"/api/v2/users/{person.id}"}
    return {"user": who, **out_of_office(person), "selfUri": f"/api/v2/users/{person.id}/outofoffice"}


def _nobody_present() -> Refusal:
    return not_found("User was not found.", "presenceservice.usernotfound")


@PLATFORM.on("GET", "/api/v2/users/{userId}/outofoffice")
def get_out_of_office(call: Call) -> Answer:
    return Answer(200, _absence(person_of(call, missing=_nobody_present)))


@PLATFORM.on("PUT", "/api/v2/users/{userId}/outofoffice")
def put_out_of_office(call: Call) -> Answer:
    """Replaces all of it. Active without dates is indefinite only when `indefinite` says so (inferred)."""
    person, body = person_of(call, missing=not_found), call.json()
    for name in {"active", "indefinite"} & body.keys():
        if type(body[name]) is not bool:
            raise bad_value(body[name], name, "true, false")
    dates = {name: body[name] for name in ("startDate", "endDate") if body.get(name)}
    try:
        moments = [ms_of(str(dates[name])) for name in dates]
    except ValueError as error:
        raise bad_request("Dates must be given as yyyy-MM-ddTHH:mm:ss[.mmm]Z.", "invalid.date") from error
    if moments != sorted(moments):
        raise bad_request("startDate must not be after endDate.")
    with call.org.changing(person):
        person.out_of_office = body.get("active", False)
        person.absence = {"indefinite": body.get("indefinite", False), **dates}
    return Answer(200, _absence(person))
