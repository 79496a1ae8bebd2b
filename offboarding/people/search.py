"""Finding people: by what is typed, by id, or by an exact e-mail. One call a search."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import NotThere
from offboarding.genesys.records import Person

PAGE_SIZE = 25
SHORTEST, LONGEST = 3, 200
MOST_WORDS = 10  # too.many.search.criteria has no number in the documentation; what is behind stays one phrase
SEARCH_EXPAND = ("authorization", "dateLastLogin")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class SearchRefused(Exception):
    """The text cannot be searched for: says why, and what to type instead in `remedy`. No call was made."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


class NoSuchPerson(SearchRefused):
    """Nobody, or more than one person, answers to what was asked for."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of people. `total` and `pages` are Genesys' own count."""

    people: tuple[Person, ...]
    total: int
    page: int
    pages: int
    text: str


def search(
    client: GenesysClient,
    text: str,
    *,
    state: str = "",
    division: str = "",
    department: str = "",
    page: int = 1,
) -> SearchResult:
    """People of whom each word, in any order, is in the name, e-mail, department or title, or whose id it is. One call.

    Empty text lists everybody in the state (active and inactive when none is given; a whole id is meant to find
    somebody deleted too). Raises SearchRefused before any call for one or two letters (of Latin script: two characters
    may be a whole name in another) and for more than 200, and GenesysError. Source: POST /api/v2/users/search; several
    criteria have all to be met, as the `operator` is AND.
    """
    text = " ".join(text.split())
    if 0 < len(text) < (SHORTEST if text.isascii() else SHORTEST - 1):
        raise SearchRefused("That is too short to search for.", f"Type at least {SHORTEST} letters.")
    if len(text) > LONGEST:
        raise SearchRefused(
            f"That is {len(text):,} characters long.", f"Type at most {LONGEST}: a name, an e-mail or an id."
        )
    whole_id = UUID.fullmatch(text) is not None
    states = [state] if state else ["active", "inactive", "deleted"] if whole_id else ["active", "inactive"]
    criteria: list[dict[str, Any]] = [{"type": "EXACT", "fields": ["state"], "values": states}]
    if whole_id:
        criteria.append({"type": "EXACT", "fields": ["id"], "value": text.lower()})
    elif text:
        fields = ["name", "email", "department", "title"]
        criteria += [{"type": "CONTAINS", "fields": fields, "value": w, "operator": "AND"} for w in _words(text)]
    if division:
        criteria.append({"type": "EXACT", "fields": ["divisionId"], "value": division})
    if department:
        criteria.append({"type": "CONTAINS", "fields": ["department"], "value": department[:LONGEST]})
    found = client.post_users_search(
        criteria,
        page=page,
        page_size=PAGE_SIZE,
        expand=SEARCH_EXPAND,
        sort=(("name", "ASC"),),
    )
    return SearchResult(found.people, found.total, found.page, found.page_count, text)


def _words(text: str) -> list[str]:
    """The words to look for; a list of people has the surname first, and a comma behind it."""
    return text.replace(",", " ").split(maxsplit=MOST_WORDS - 1) or [text]


def find_person(client: GenesysClient, person_id: str, expand: tuple[str, ...] = ()) -> Person:
    """A person by id, also one already deleted; NotThere if there is none.

    GET /api/v2/users/{userId} hides a deleted person unless `state=deleted` is asked for.
    """
    try:
        return client.get_user(person_id, expand=expand)
    except NotThere:
        return client.get_user(person_id, state="deleted")


def exactly_one(client: GenesysClient, wanted: str) -> Person:
    """The one person with this id or exactly this e-mail, in whatever state; never a guess. NoSuchPerson otherwise.

    The search index lags behind changes, so whoever it finds is read again: an e-mail may have gone to somebody else.
    """
    wanted = wanted.strip()
    if UUID.fullmatch(wanted):
        try:
            return find_person(client, wanted)
        except NotThere as error:
            raise NoSuchPerson(
                f"Nobody in this org has the id {wanted}.", "Check the id, and that this is the right org."
            ) from error
    if "@" not in wanted:
        raise NoSuchPerson(f"“{wanted}” is neither an id nor an e-mail.", "Give the person's id or full e-mail.")
    matches = [
        person
        for state in ("active", "inactive", "deleted")
        for person in client.post_users_search(
            [
                {"type": "EXACT", "fields": ["email"], "value": wanted},
                {"type": "EXACT", "fields": ["state"], "values": [state]},
            ],
            page=1,
            page_size=PAGE_SIZE,
        ).people
        if person.email.casefold() == wanted.casefold()
    ]
    if len(matches) == 1:
        found = find_person(client, matches[0].id)
        if found.email.casefold() == wanted.casefold():
            return found
        raise NoSuchPerson(
            f"Genesys' search still finds {found.name} by {wanted}, but their e-mail is {found.email} now.",
            "Use the id of the right person, or wait some minutes until the search has caught up.",
        )
    if not matches:
        raise NoSuchPerson(f"Nobody in this org has the e-mail {wanted}.", "Check the spelling, or use the id.")
    raise NoSuchPerson(
        f"{len(matches)} people answer to {wanted}.",
        "Use the id of the right one: " + ", ".join(f"{person.id} ({person.state})" for person in matches),
    )
