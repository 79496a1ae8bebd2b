"""The people of the org, the same for the same seed: the cast first, ordinary agents after it."""

from __future__ import annotations

from . import belongings
from .cast import CAST
from .catalogue import DID_POOL, Catalogue
from .clock import text_of_ms
from .ids import Draws, number_of, stable_id
from .names import DEPARTMENTS, FIRST, LAST
from .people import Person

DOMAIN = "sandbox.example"
FEWEST = len(CAST)
_DAY = 86_400_000


def build(seed: int, count: int, catalogue: Catalogue, today_ms: int, conversations: int | None = None) -> list[Person]:
    """`count` people. `conversations` gives each the same number of them, except those without any history.

    Raises ValueError when `count` is too small for the cast.
    """
    if count < FEWEST:
        raise ValueError(f"the sandbox needs at least {FEWEST} people, so that every case has its person")
    people = [_agent(seed, index, catalogue, today_ms) for index in range(count)]
    chiefs = people[1:3]
    for person in people[len(CAST) :]:
        person.manager_id = chiefs[number_of(seed, "manager", person.id) % 5 == 0].id
    for index, (tag, play) in enumerate(CAST):
        person = people[index]
        person.why.append(tag)
        person.manager_id = None if index in (1, 2) else chiefs[index % 2].id
        play(person, catalogue, people)
    belongings.hand_out(people, catalogue, today_ms)
    if conversations is not None:
        for person in people:
            person.conversations = conversations if person.conversations else 0
    return people


def _agent(seed: int, index: int, catalogue: Catalogue, today_ms: int) -> Person:
    draw = Draws(number_of(seed, "person", index))
    first, last, email = _name(seed, index)
    department, titles = draw.pick(DEPARTMENTS)
    divisions = [division.id for division in catalogue.divisions.values() if not division.home]
    division = draw.pick(divisions)
    person_id = stable_id(seed, "person", index)
    made_at = text_of_ms(today_ms - draw.between(30, 900) * _DAY)
    roles = catalogue.by_name
    home = catalogue.home.id
    person = Person(
        id=person_id,
        scim_id=person_id,
        name=f"{first} {last}",
        email=email,
        title=draw.pick(titles),
        department=department,
        division_id=division,
        employee_number=f"{100000 + index}",
        version=draw.between(3, 60),
        modified=made_at,
        queues=draw.some(list(catalogue.queues), draw.between(2, 6)),
        grants=[
            [roles["role:employee"], home, made_at],
            [roles["role:User"], division, made_at],
            [roles["role:Communicate - User"], home, made_at],
        ],
        team=draw.pick(list(catalogue.teams)),
        skills={skill: draw.between(1, 5) * 1.0 for skill in draw.some(list(catalogue.skills), draw.between(1, 5))},
        languages={each: draw.between(2, 5) * 1.0 for each in draw.some(list(catalogue.languages), draw.between(1, 2))},
        default_station=stable_id(seed, "station", index),
        phone=f"{DID_POOL}{index % 10000:04d}",
        conversations=240 + draw.below(60) ** 2,
        last_login=text_of_ms(today_ms - draw.between(1, 20) * _DAY),
    )
    person.skills.pop(roles["skill:Fraud"], None)  # only the cast reaches a queue through a skill group
    if draw.chance(15):
        person.grants.append([roles["role:Outbound Agent"], division, made_at])
    person.groups = [roles[f"group:{name}"] for name in ("Night Shift", "Book Club") if draw.chance(25)]
    if draw.chance(40):
        _sign_in(person, today_ms)
    return person


def _sign_in(person: Person, today_ms: int) -> None:
    person.sessions = 1
    person.last_token = text_of_ms(today_ms - 3_600_000)
    person.presence, person.routing_status = "On Queue", "IDLE"
    person.station = person.default_station


def _name(seed: int, index: int) -> tuple[str, str, str]:
    """A different name for each of the first 2500 people; after that the e-mail carries a number."""
    turn, place = divmod(index + number_of(seed, "names") % 2500, len(FIRST))
    first, last = FIRST[place], LAST[(7 * turn + 13 * place) % len(LAST)]
    suffix = f".{index // 2500 + 1}" if index >= 2500 else ""
    return first, last, f"{first}.{last}{suffix}@{DOMAIN}".lower()
