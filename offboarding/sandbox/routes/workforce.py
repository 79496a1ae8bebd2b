"""Tag Workforce Management: the management unit of an agent, and moving agents out of and into one."""

from __future__ import annotations

from typing import Any

from ..call import Answer, Call
from ..errors import bad_request, not_found
from . import PLATFORM

_LOOK = (
    "wfm:agent:view",
    "wfm:publishedSchedule:view",
    "wfm:schedule:view",
    "coaching:appointment:add",
    "coaching:appointment:edit",
    "learning:assignment:add",
    "learning:assignment:reschedule",
)


def _user(person_id: str) -> dict[str, str]:
    return {"id": person_id, "selfUri": f"/api/v2/users/{person_id}"}


def _unit(unit: str) -> dict[str, str]:
    return {"id": unit, "selfUri": f"/api/v2/workforcemanagement/managementunits/{unit}"}


@PLATFORM.on("GET", "/api/v2/workforcemanagement/agents/{agentId}/managementunit", any_of=_LOOK)
def management_unit(call: Call) -> Answer:
    """404 wfm.entity.not.found for who is in none, which is normal, and for nobody's id (inferred)."""
    person = call.org.people.get(call.params["agentId"])
    if person is None or person.management_unit is None:
        raise not_found("The requested agent is not in a management unit", "wfm.entity.not.found")
    business = call.org.catalogue.management_units[person.management_unit]
    body = {
        "user": _user(person.id),
        "managementUnit": _unit(person.management_unit),
        "businessUnit": {"id": business, "selfUri": f"/api/v2/workforcemanagement/businessunits/{business}"},
    }
    return Answer(200, body)


@PLATFORM.on("POST", "/api/v2/workforcemanagement/agents", any_of=("wfm:agent:edit",))
def move_agents(call: Call) -> Answer:
    """202 with a result for each person; takes effect later. No destination takes them out of their unit.

    Who is on the way to another unit stays on it, the others are moved: MovingToDifferentManagementUnit, one of the
    documented results (when it is given is inferred from its name).
    """
    body = call.json()
    ids, unit = body.get("userIds"), body.get("destinationManagementUnitId")
    if not isinstance(ids, list) or not ids:
        message = "One or more of the request's fields did not pass validation: userIds is required."
        raise bad_request(message, "wfm.validation.failure")
    if not all(isinstance(each, str) and each.strip() for each in ids):
        raise bad_request("One or more user IDs was passed in as a blank value", "wfm.ids.may.not.be.blank")
    if unit is not None and unit not in call.org.catalogue.management_units:
        raise not_found("Management unit not found", "wfm.management.unit.not.found")
    if any(each not in call.org.people for each in ids):
        message = "One of the requested resources in the request body was not found, please check the error details for more information"  # noqa: E501
        raise not_found(message, "user.ids.not.found")
    answer: dict[str, Any] = {"results": [{"user": _user(each), "result": _move(call, each, unit)} for each in ids]}
    return Answer(202, answer | ({"destinationManagementUnit": _unit(unit)} if unit else {}))


def _move(call: Call, person_id: str, unit: str | None) -> str:
    if call.org.people[person_id].management_unit == unit:
        return "AlreadyMoved" if unit else "NothingToDo"
    if any(coming not in ("", unit) for coming in call.org.coming(person_id, "management_unit")):
        return "MovingToDifferentManagementUnit"
    call.org.later(call.org.options.workforce_delay, person_id, "management_unit", unit or "")
    return "MoveSuccessful"
