"""Tag Users: development activities, which are coaching appointments and learning assignments."""

from __future__ import annotations

from typing import Any

from ..call import Answer, Call
from ..clock import ms_of, now_text
from ..errors import bad_request, bad_value
from ..paging import numbered
from ..people import Person
from . import PLATFORM

_TYPES = ("Informational", "Coaching", "AssessedContent", "Assessment", "External", "Native")
_STATUSES = ("Planned", "InProgress", "Completed", "InvalidSchedule", "NotCompleted")
_YEAR_MS = 366 * 86_400_000
_NOT_SERVED = {"completionInterval", "overdue", "pass", "relationship", "moduleId"}
Row = tuple[Person, dict[str, Any]]


@PLATFORM.on(
    "GET",
    "/api/v2/users/development/activities",
    any_of=("learning:assignment:view", "coaching:appointment:view"),
)
def list_activities(call: Call) -> Answer:
    """Any relation of up to 100 people: attendee, facilitator or creator, who is the facilitator here (inferred).

    The latest due date first, unless sortOrder is Asc. Coaching shows only with its own permission, as documented.
    """
    ids = call.values("userId")
    if not ids or len(ids) > 100:
        message = "There was an error parsing argument userId: from 1 to 100 ids are needed."
        raise bad_request(message, "wem.learning.input.validation.error")
    if unknown := _NOT_SERVED & call.query.keys():
        raise bad_request(f"The sandbox does not filter by {', '.join(sorted(unknown))}.")
    types, statuses = _chosen(call, "types", _TYPES), _chosen(call, "statuses", _STATUSES)
    first, end = _interval(call.text("interval"))
    if "coaching:appointment:view" in call.org.removed_permissions:
        types = [each for each in types if each != "Coaching"]
    rows = [
        (person, row)
        for person in call.org.people.values()
        for row in person.activities
        if {person.id, row["facilitator"]} & set(ids)
        and row["type"] in types
        and row["status"] in statuses
        and first <= row["due"] < end
    ]
    order = call.text("sortOrder", "Desc", ("Asc", "Desc"))
    rows.sort(key=lambda each: (each[1]["due"], each[1]["id"]), reverse=order == "Desc")
    return Answer(200, numbered(call, rows, _show))


def _chosen(call: Call, name: str, known: tuple[str, ...]) -> list[str]:
    """The values of a list parameter; all that there are when it is not given."""
    for each in call.values(name):
        if each not in known:
            raise bad_value(each, name, list(known))
    return call.values(name) or list(known)


def _interval(interval: str) -> tuple[str, str]:
    """The texts between which due dates lie; times of one format sort as texts do."""
    if not interval:
        return "", "~"
    try:
        first, end = (ms_of(part) for part in interval.split("/"))
    except ValueError as error:
        message = "There was an error parsing argument interval"
        raise bad_request(message, "wem.learning.input.validation.error") from error
    if end - first > _YEAR_MS:
        message = "The range of the interval and completionInterval parameters cannot be more than 1 year"
        raise bad_request(message, "date.interval.param.too.big")
    start, stop = interval.split("/")
    return start, stop


def _show(each: Row) -> dict[str, Any]:
    person, row = each
    coach = {"id": row["facilitator"], "selfUri": f"/api/v2/users/{row['facilitator']}"}
    return {
        "id": row["id"],
        "name": row["name"],
        "type": row["type"],
        "status": row["status"],
        "dateCreated": row["created"],
        "dateDue": row["due"],
        "createdBy": coach,
        "facilitator": coach,
        "attendees": [{"id": person.id, "selfUri": f"/api/v2/users/{person.id}"}],
        "isOverdue": row["status"] in ("Planned", "InProgress") and row["due"] < now_text(),
        "selfUri": f"/api/v2/coaching/appointments/{row['id']}",
    }
