"""Tag Task Management: the work items that are assigned to a person."""

from __future__ import annotations

import base64
from typing import Any

from ..call import Answer, Call
from ..errors import bad_request, bad_value
from ..ids import is_uuid, stable_id
from ..people import Person
from . import PLATFORM

_QUERY = "/api/v2/taskmanagement/workitems/query"
_OPERATORS = ("EQ", "NEQ", "GT", "LT", "GTE", "LTE", "IN", "CONTAINS", "BETWEEN", "BEGINS_WITH")
_MANDATORY = ("workbinId", "assigneeId", "queueId", "typeId")
_MOST = 200


@PLATFORM.on("POST", _QUERY, any_of=("workitems:workitem:view",))
def query_work_items(call: Call) -> Answer:
    """A search: one to three filters, an EQ on assigneeId among them; `after` is there while there is more.

    The sandbox knows assigneeId and statusCategory only. 25 a page unless `pageSize` says otherwise (inferred).
    """
    body = call.json()
    filters = _filters(body.get("filters"))
    wanted = {each["name"]: each["values"] for each in filters}
    person = call.org.people.get(wanted["assigneeId"][0])
    rows = [
        row
        for row in (person.work_items if person else [])
        if row["category"] in wanted.get("statusCategory", [row["category"]])
    ]
    if body.get("select") == "Count":
        return Answer(200, {"count": len(rows), "selfUri": _QUERY})
    size, start = _size(body.get("pageSize", 25)), _start(body.get("after"))
    found: dict[str, Any] = {"entities": [], "selfUri": _QUERY}
    if person:
        found["entities"] = [_show(call, person, row) for row in rows[start : start + size]]
    if start + size < len(rows):
        found["after"] = base64.b64encode(str(start + size).encode()).decode()
    return Answer(200, found)


def _filters(filters: object) -> list[dict[str, Any]]:
    if not isinstance(filters, list) or not filters or not all(isinstance(each, dict) for each in filters):
        raise bad_request("Missing filters.", "invalid.query.missing.filters")
    if len(filters) > 3:
        raise bad_request("A maximum of three filters are allowed.", "invalid.query")
    for each in filters:
        _check(each)
    if not any(each["name"] in _MANDATORY and each["operator"] == "EQ" for each in filters):
        raise bad_request("Missing mandatory filters", "invalid.query.missing.workitem.filter")
    known = {("assigneeId", "EQ"), ("statusCategory", "EQ"), ("statusCategory", "IN")}
    names = [each["name"] for each in filters]
    if "assigneeId" not in names or any((each["name"], each["operator"]) not in known for each in filters):
        raise bad_request("The sandbox filters by assigneeId EQ and statusCategory EQ or IN only.", "invalid.query")
    if len(set(names)) < len(names):
        raise bad_request("The sandbox takes one filter of each name.", "invalid.query")
    return filters


def _check(each: dict[str, Any]) -> None:
    if each.get("type") not in ("String", "Int"):
        raise bad_request("Wrong attribute type.", "invalid.input.wrong.attribute.type")
    if each.get("operator") not in _OPERATORS:
        raise bad_value(each.get("operator"), "operator", list(_OPERATORS))
    values = each.get("values")
    if not isinstance(values, list) or not values:
        raise bad_request("Missing filter values", "invalid.input.filter.without.value")
    if each["operator"] == "EQ" and len(values) != 1:
        raise bad_request("Wrong number of values provided for filter", "invalid.input.wrong.number.values")
    if str(each.get("name")).endswith("Id") and not all(is_uuid(value) for value in values):
        raise bad_request("Invalid UUID.", "invalid.input.invalid.uuid")


def _size(size: object) -> int:
    if type(size) is not int:
        raise bad_value(size, "pageSize", "a number")
    if size < 1:
        raise bad_request("Page size too small.", "invalid.input.int.value.too.low")
    if size > _MOST:
        raise bad_request("Page size too large.", "invalid.input.int.value.too.high")
    return size


def _start(after: object) -> int:
    if after is None:
        return 0
    try:
        return int(base64.b64decode(str(after), validate=True))
    except ValueError as error:
        message = "Wrong cursor (after key) format"
        raise bad_request(message, "invalid.input.invalid.base64.string") from error


def _show(call: Call, person: Person, row: dict[str, Any]) -> dict[str, Any]:
    division, seed = call.org.catalogue.divisions[person.division_id], call.org.seed
    return {
        "id": row["id"],
        "name": row["name"],
        "division": {"id": division.id, "name": division.name},
        "type": {"id": stable_id(seed, "worktype"), "name": "Case"},
        "priority": 0,
        "dateCreated": row["created"],
        "dateDue": row["due"],
        "status": {"id": stable_id(seed, "work-status", row["category"]), "name": row["category"]},
        "statusCategory": row["category"],
        "workbin": {"id": stable_id(seed, "workbin"), "name": "Back Office"},
        "assignee": {"id": person.id, "name": person.name, "selfUri": f"/api/v2/users/{person.id}"},
        "selfUri": f"/api/v2/taskmanagement/workitems/{row['id']}",
    }
