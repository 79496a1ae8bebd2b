"""What others in the org do to a person while the run goes on, as the sandbox's own control plane would do it."""

from __future__ import annotations

import random
from collections.abc import Callable

from offboarding.sandbox import recent
from offboarding.sandbox.clock import now_ms, now_text
from offboarding.sandbox.people import Person
from offboarding.sandbox.state import Org


def meddle(org: Org, person_id: str, chance: random.Random) -> str:
    """Do one of the things below to somebody who is still there; says what was done."""
    person = org.people[person_id]
    if person.state == "deleted":
        return "nothing, the account is gone"
    name, act = chance.choices(list(_ACTS), weights=[weight for _, _, weight in _ALL])[0]
    with org.changing(person, version=True):
        act(org, person, chance)
    return name


def _queue(org: Org, person: Person, chance: random.Random) -> None:
    others = [id for id in org.catalogue.queues if id not in person.queues]
    person.queues = [*person.queues, *others[: chance.randint(1, 2)]]


def _role(org: Org, person: Person, chance: random.Random) -> None:
    role = chance.choice(sorted(org.catalogue.roles))
    person.grants = [*person.grants, [role, org.catalogue.home.id, now_text()]]


def _group(org: Org, person: Person, chance: random.Random) -> None:
    person.groups = list(dict.fromkeys([*person.groups, org.catalogue.by_name["group:Night Shift"]]))


def _skill(org: Org, person: Person, chance: random.Random) -> None:
    person.skills = {**person.skills, org.catalogue.by_name["skill:Billing"]: 3.0}


def _back(org: Org, person: Person, chance: random.Random) -> None:
    person.state, person.state_date = "active", now_text()


def _sign_in(org: Org, person: Person, chance: random.Random) -> None:
    if person.state == "active":
        person.sessions += 1
        person.last_token = person.last_login = now_text()


def _conversation(org: Org, person: Person, chance: random.Random) -> None:
    if person.state == "active" and person.queues:
        number = f"{chance.getrandbits(48):012x}"
        live = {"id": f"{person.id[:23]}-{number}", "media": "voice", "queue": person.queues[0], "start": now_ms()}
        person.live = [*person.live, live]


def _hang_up(org: Org, person: Person, chance: random.Random) -> None:
    recent.end(person)


def _name(org: Org, person: Person, chance: random.Random) -> None:
    person.name = f"{person.name} Jr"


def _email(org: Org, person: Person, chance: random.Random) -> None:
    person.email = f"new.{person.email}"


def _delete(org: Org, person: Person, chance: random.Random) -> None:
    person.state, person.state_date, person.sessions = "deleted", now_text(), 0


def _title(org: Org, person: Person, chance: random.Random) -> None:
    person.title = "Formerly"


_ALL: tuple[tuple[str, Callable[[Org, Person, random.Random], None], int], ...] = (
    ("a new queue", _queue, 4),
    ("a new role", _role, 4),
    ("into a group", _group, 2),
    ("a skill", _skill, 2),
    ("active again", _back, 3),
    ("signs in", _sign_in, 2),
    ("a conversation begins", _conversation, 3),
    ("hangs up", _hang_up, 4),
    ("another name", _name, 1),
    ("another e-mail", _email, 1),
    ("deleted by hand", _delete, 1),
    ("another title", _title, 2),
)
_ACTS = tuple((name, act) for name, act, _ in _ALL)
