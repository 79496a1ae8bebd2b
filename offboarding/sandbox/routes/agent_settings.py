"""Tag Routing: the utilization of one person, and who steps in for whom (direct routing backup)."""

from __future__ import annotations

from typing import Any

from ..call import Answer, Call
from ..errors import bad_request, bad_value, not_found
from ..ids import is_uuid
from ..people import Person
from . import PLATFORM
from .users import person_of

_UTILIZATION = "/api/v2/routing/users/{userId}/utilization"
_BACKUP = "/api/v2/routing/users/{userId}/directroutingbackup/settings"
_EDITABLE = ("queueId", "userId", "waitForAgent", "agentWaitSeconds")
#: What holds for everybody who has no settings of their own (inferred numbers).
_DEFAULTS = {
    medium: {"maximumCapacity": most, "interruptableMediaTypes": [], "includeNonAcd": False}
    for medium, most in (("call", 1), ("callback", 1), ("chat", 4), ("email", 1), ("message", 4))
}


def _person(call: Call, code: str = "not.found", message: str = "The requested resource was not found.") -> Person:
    if not is_uuid(call.params["userId"]):
        raise bad_request("A non-UUID value was specified for an ID field.", "invalid.id")
    return person_of(call, missing=lambda: not_found(message, code))


@PLATFORM.on("GET", _UTILIZATION, any_of=("routing:utilization:manage", "routing:utilization:view"))
def get_utilization(call: Call) -> Answer:
    """The organization-wide default when the person has no settings; `level` says which it is."""
    own = _person(call).utilization
    body = {"utilization": _DEFAULTS | own, "labelUtilizations": {}, "level": "Agent" if own else "Organization"}
    return Answer(200, body)


@PLATFORM.on("DELETE", _UTILIZATION, any_of=("routing:utilization:manage",))
def delete_utilization(call: Call) -> Answer:
    """200 with an empty body, also when there was nothing to take away (inferred)."""
    person = _person(call, "resource.not.found", "The user was not found.")
    with call.org.changing(person):
        person.utilization = {}
    return Answer(200)


def _backup(call: Call, person: Person) -> dict[str, Any]:
    others = [each.id for each in call.org.people.values() if each.backup.get("userId") == person.id]
    return {**person.backup, "backedUpUsers": others}


@PLATFORM.on("GET", _BACKUP, any_of=("routing:directRoutingBackup:view",))
def get_backup(call: Call) -> Answer:
    """404 for who neither has a backup nor is one; for the backup of others only `backedUpUsers` (inferred)."""
    person = _person(call)
    body = _backup(call, person)
    if not person.backup and not body["backedUpUsers"]:
        raise not_found("The user's backup settings could not be found.", "resource.not.found")
    return Answer(200, body)


@PLATFORM.on("PUT", _BACKUP, any_of=("routing:directRoutingBackup:edit",))
def put_backup(call: Call) -> Answer:
    """Replaces the settings of this person; `backedUpUsers` follows from those of others and is not read (inferred)."""
    person, body = _person(call), call.json()
    settings = {name: body[name] for name in _EDITABLE if body.get(name) is not None}
    for name, known in (("queueId", call.org.catalogue.queues), ("userId", call.org.people)):
        if name in settings and not is_uuid(settings[name]):
            raise bad_request("A non-UUID value was specified for an ID field.", "invalid.id")
        if name in settings and settings[name] not in known:
            raise not_found()
    wait = settings.get("agentWaitSeconds", 60)
    if type(wait) is not int or not 60 <= wait <= 864_000:
        raise bad_value(wait, "agentWaitSeconds", "60 to 864000")
    with call.org.changing(person):
        person.backup = settings
    return Answer(200, _backup(call, person))


@PLATFORM.on("DELETE", _BACKUP, any_of=("routing:directRoutingBackup:delete",))
def delete_backup(call: Call) -> Answer:
    """204, also when there was none (inferred). Whom the person is the backup of stays as it is."""
    person = _person(call)
    with call.org.changing(person):
        person.backup = {}
    return Answer(204)
