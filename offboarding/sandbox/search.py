"""The criteria of POST /api/v2/users/search (UserSearchCriteria), applied to people. Pure.

Documented: the types and the operators. Inferred: words are compared without case and accents; STARTS_WITH
looks at the start of the whole value; QUERY_STRING wants every word at the start of some word of some field,
`*` allowed; without a criterion on `state`, deleted people are not found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from .errors import bad_request, bad_value
from .people import Person
from .state import Org

OPERATORS = ("AND", "OR", "NOT")
_MOST_CRITERIA, _MOST_VALUES = 50, 200  # the real numbers are not documented


def fold(text: str) -> str:
    """Lower case without accents, for comparing."""
    marked = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in marked if not unicodedata.combining(char))


def _field(org: Org, person: Person, name: str) -> str:
    division = org.catalogue.divisions[person.division_id]
    values = {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "username": person.email,
        "department": person.department,
        "title": person.title,
        "state": person.state,
        "division": division.id,
        "divisionId": division.id,
        "divisionName": division.name,
        "manager": person.manager_id or "",
        "managerId": person.manager_id or "",
    }
    if name not in values:
        raise bad_value(name, "fields", sorted(values))
    return fold(values[name])


def _words(text: str) -> list[str]:
    return re.findall(r"[^\s@.,;:()\-]+", text)


def _query_string(value: str, query: str) -> bool:
    words = [value, *_words(value), *value.split()]

    def fits(term: str) -> bool:
        pattern = re.compile(".*".join(map(re.escape, term.split("*"))))
        return any(pattern.match(word) for word in words)

    return all(fits(term) for term in query.split())


_TYPES: dict[str, Callable[[str, str], bool]] = {
    "EXACT": lambda value, query: value == query,
    "STARTS_WITH": lambda value, query: value.startswith(query),
    "CONTAINS": lambda value, query: query in value,
    "TERM": lambda value, query: query == value or query in _words(value) or query in value.split(),
    "TERMS": lambda value, query: query == value or query in _words(value) or query in value.split(),
    "QUERY_STRING": _query_string,
}


def matches(org: Org, person: Person, criteria: list[dict[str, Any]]) -> bool:
    """Do the criteria, put together by their operators, fit the person? Raises the API's 400s."""
    found: dict[str, list[bool]] = {operator: [] for operator in OPERATORS}
    for criterion in criteria:
        operator = criterion.get("operator") or "AND"
        if operator not in OPERATORS:
            raise bad_value(operator, "operator", list(OPERATORS))
        found[operator].append(_fits(org, person, criterion))
    return all(found["AND"]) and (any(found["OR"]) or not found["OR"]) and not any(found["NOT"])


def _fits(org: Org, person: Person, criterion: dict[str, Any]) -> bool:
    group = criterion.get("group")
    if group:
        return matches(org, person, group)
    kind = criterion.get("type")
    if kind == "MATCH_ALL":
        return True
    fields = criterion.get("fields") or []
    if kind == "REQUIRED_FIELDS":
        return all(_field(org, person, name) for name in fields)
    if kind not in _TYPES and kind != "REGEX":
        raise bad_value(kind, "type", [*_TYPES, "REGEX", "REQUIRED_FIELDS", "MATCH_ALL"])
    queries = criterion.get("values") or [criterion.get("value")]
    if not fields or any(not isinstance(query, str) for query in queries):
        raise bad_request("A search criterion needs fields and a value.")
    if len(queries) > _MOST_VALUES:
        raise bad_request("Too many values in a search criterion.", "search.criteria.values.exceed.limit")
    values = [_field(org, person, name) for name in fields]
    if kind == "REGEX":
        return any(_regex(query).search(value) for query in queries for value in values)
    if kind == "QUERY_STRING":
        # Every word has to be found, but not every word in the same field.
        words = " ".join(values)
        return any(_query_string(words, fold(query)) for query in queries)
    return any(_TYPES[kind](value, fold(query)) for query in queries for value in values)


def _regex(query: str) -> re.Pattern[str]:
    try:
        return re.compile(query, re.IGNORECASE)
    except re.error as error:
        raise bad_request(f"Invalid regular expression: {error}") from error


def names_state(criteria: list[dict[str, Any]]) -> bool:
    return any("state" in (each.get("fields") or []) or names_state(each.get("group") or []) for each in criteria)


def run(org: Org, request: dict[str, Any]) -> list[Person]:
    """Everybody who fits, sorted by `sortBy` (name when absent).

    With `enforcePermissions` only people of divisions that the client's role covers: documented as a filter by
    directory:user:view. Without it nobody is hidden.
    """
    criteria = request.get("query") or []
    if not isinstance(criteria, list) or not all(isinstance(each, dict) for each in criteria):
        raise bad_request("query must be a list of search criteria.")
    if len(criteria) > _MOST_CRITERIA:
        raise bad_request("Too many search criteria.", "too.many.search.criteria")
    deleted_too, enforced = names_state(criteria), request.get("enforcePermissions") is True

    def may_see(person: Person) -> bool:
        return not enforced or org.is_seen(person.division_id)

    found = [
        person
        for person in org.indexed_people()
        if (deleted_too or person.state != "deleted") and may_see(person) and matches(org, person, criteria)
    ]
    sort_by = request.get("sortBy") or "name"
    found.sort(
        key=lambda person: (_field(org, person, sort_by), person.id),
        reverse=request.get("sortOrder") == "DESC",
    )
    return found
