"""Tags Users and Routing: the skills and languages of one person."""

from __future__ import annotations

from typing import Any

from .. import person_record
from ..call import Answer, Call
from ..errors import bad_request, not_found
from ..paging import numbered
from ..people import Person
from . import PLATFORM
from .users import person_of

_SKILL = ("routing:skill:assign",)
_LANGUAGE = ("routing:skill:assign", "routing:language:assign")
_GONE = "The requested resource could not be found."


def _proficiencies(call: Call, known: dict[str, str], most: int | None) -> dict[str, float]:
    """id -> proficiency out of a body [{id, proficiency}], both required."""
    body: dict[str, float] = {}
    rows = call.json(list)
    if most and len(rows) > most:
        raise bad_request(f"At most {most} can be changed at a time.", "general.bad.request")
    for each in rows:
        level = each.get("proficiency") if isinstance(each, dict) else None
        if not isinstance(level, int | float) or not 0 <= level <= 5:
            raise bad_request("Both id and a proficiency from 0.0 to 5.0 are required.", "general.bad.request")
        if each.get("id") not in known:
            raise not_found(_GONE, "general.resource.not.found")
        body[each["id"]] = float(level)
    return body


def _skills(call: Call, person: Person) -> dict[str, Any]:
    return numbered(call, list(person.skills), lambda each: person_record.skill(call.org, person, each))


@PLATFORM.on("GET", "/api/v2/users/{userId}/routingskills")
def user_skills(call: Call) -> Answer:
    return Answer(200, _skills(call, call.org.lag.shown(person_of(call))))


@PLATFORM.on("PUT", "/api/v2/users/{userId}/routingskills/bulk", any_of=_SKILL)
def replace_skills(call: Call) -> Answer:
    """Replaces all current skills; an empty list clears them (inferred; option `empty_clears`)."""
    person = person_of(call)
    skills = _proficiencies(call, call.org.catalogue.skills, None)
    if not skills and call.org.options.empty_clears == "refused":
        raise bad_request("At least one skill is required.", "general.bad.request")
    if not skills and call.org.options.empty_clears == "ignored":
        return Answer(200, _skills(call, person))
    with call.org.changing(person):
        person.skills = skills
    return Answer(200, _skills(call, person))


@PLATFORM.on("PATCH", "/api/v2/users/{userId}/routingskills/bulk", any_of=_SKILL)
def add_skills(call: Call) -> Answer:
    """Adds and updates only, at most 50."""
    person = person_of(call)
    skills = _proficiencies(call, call.org.catalogue.skills, 50)
    with call.org.changing(person):
        person.skills |= skills
    return Answer(200, _skills(call, person))


@PLATFORM.on("DELETE", "/api/v2/users/{userId}/routingskills/{skillId}", any_of=_SKILL)
def delete_skill(call: Call) -> Answer:
    """200 with an empty body."""
    person = person_of(call)
    if call.params["skillId"] not in person.skills:
        raise not_found(_GONE, "general.resource.not.found")
    with call.org.changing(person):
        del person.skills[call.params["skillId"]]
    return Answer(200)


def _languages(call: Call, person: Person) -> dict[str, Any]:
    return numbered(call, list(person.languages), lambda each: person_record.language(call.org, person, each))


@PLATFORM.on("GET", "/api/v2/users/{userId}/routinglanguages")
def user_languages(call: Call) -> Answer:
    return Answer(200, _languages(call, call.org.lag.shown(person_of(call))))


@PLATFORM.on("PATCH", "/api/v2/users/{userId}/routinglanguages/bulk", any_of=_LANGUAGE)
def add_languages(call: Call) -> Answer:
    """Adds and updates only, at most 50. There is no call that replaces all languages."""
    person = person_of(call)
    languages = _proficiencies(call, call.org.catalogue.languages, 50)
    with call.org.changing(person):
        person.languages |= languages
    return Answer(200, _languages(call, person))


@PLATFORM.on("DELETE", "/api/v2/users/{userId}/routinglanguages/{languageId}", any_of=_LANGUAGE)
def delete_language(call: Call) -> Answer:
    person = person_of(call)
    if call.params["languageId"] not in person.languages:
        raise not_found(_GONE, "general.resource.not.found")
    with call.org.changing(person):
        del person.languages[call.params["languageId"]]
    return Answer(204)
