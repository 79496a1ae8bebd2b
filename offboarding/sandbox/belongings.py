"""What people have beside queues and roles: telephony, workforce, quality, tasks, credentials.

Drawn from each person's id alone, so that nothing here disturbs the draws of the population.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .catalogue import Catalogue
from .clock import text_of_ms
from .ids import number_of, stable_id
from .people import Person

_DAY = 86_400_000
_CHANCE = 0.08  # of each of the rarer things, for an agent outside the cast
#: Who has everything -> who has them as a backup, an evaluator and a coach.
_ALL_OF_IT = {
    "holds everything": "not joined to some queues",
    "holds everything and talks": "name with diacritics",
}


@dataclass(frozen=True)
class _Org:
    catalogue: Catalogue
    today_ms: int
    evaluator: Person
    coach: Person

    def day(self, offset: int) -> str:
        return text_of_ms(self.today_ms + offset * _DAY + 9 * 3_600_000)


def hand_out(people: list[Person], catalogue: Catalogue, today_ms: int) -> None:
    """Gives everybody the usual things, a few agents one of the others, and two of the cast all of them."""
    org = _Org(catalogue, today_ms, evaluator=people[2], coach=people[1])
    for person in people:
        _usual(person, org)
        chance = random.Random(person.id)
        for give in [] if person.why else _RARE:
            if chance.random() < _CHANCE:
                give(person, org)
    by_tag = {tag: person for person in people for tag in person.why}
    for tag, other in _ALL_OF_IT.items():
        for give in _RARE:
            give(by_tag[tag], org)
        _tie(by_tag[tag], by_tag[other], org)


def _usual(person: Person, org: _Org) -> None:
    """Nothing for who holds nothing; of a deleted person only the phone is left."""
    if not person.default_station:
        return
    person.phones = [{"id": stable_id(0, "phone", person.id), "station": person.default_station}]
    if person.state != "deleted":
        units = list(org.catalogue.management_units)
        person.management_unit = units[number_of("unit", person.id) % len(units)]
        person.voicemail = {"enabled": True, "alertTimeoutSeconds": 30, "sendEmailNotifications": True}


def _tie(person: Person, other: Person, org: _Org) -> None:
    """What binds others to the person, and a private number beside the DID."""
    person.backup |= {"userId": other.id}
    other.backup = {"userId": person.id, "waitForAgent": True, "agentWaitSeconds": 600}
    other.evaluations = [_evaluation(other, org, "PENDING", person)]
    other.activities = [_activity(other, org, "Planned", person, 5)]
    person.addresses = [{"address": _mobile(person), "mediaType": "PHONE", "type": "MOBILE"}]


def _mobile(person: Person) -> str:
    return f"+4915550{number_of('mobile', person.id) % 100_000:05d}"


def _evaluation(person: Person, org: _Org, status: str, evaluator: Person) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": stable_id(0, "evaluation", status, person.id),
        "status": status,
        "evaluator": evaluator.id,
        "conversation": stable_id(0, "evaluated", status, person.id),
        "assigned": org.day(-6),
        "neverRelease": False,
    }
    return found | ({"released": org.day(-2)} if status == "FINISHED" else {})


def _activity(person: Person, org: _Org, status: str, coach: Person, due: int) -> dict[str, Any]:
    return {
        "id": stable_id(0, "activity", status, person.id),
        "name": "Handling complaints",
        "type": "Coaching",
        "status": status,
        "facilitator": coach.id,
        "created": org.day(-9),
        "due": org.day(due),
    }


def _learning(person: Person, org: _Org) -> dict[str, Any]:
    own = {"id": stable_id(0, "learning", person.id), "name": "Data protection", "type": "AssessedContent"}
    return _activity(person, org, "Planned", org.coach, 2) | own


def _forwarding(person: Person, org: _Org) -> None:
    target = {"type": "PHONENUMBER", "value": _mobile(person)}
    person.forwarding = {"enabled": True, "calls": [{"targets": [target]}], "voicemail": "NONE"}


def _away(person: Person, org: _Org) -> None:
    person.out_of_office = True
    person.absence = {"indefinite": False, "startDate": org.day(-3), "endDate": org.day(11)}


def _evaluations(person: Person, org: _Org) -> None:
    person.evaluations = [_evaluation(person, org, status, org.evaluator) for status in ("PENDING", "FINISHED")]


def _work_items(person: Person, org: _Org) -> None:
    rows = [("Open", "Call the customer back"), ("InProgress", "Check the refund"), ("Closed", "Send the contract")]
    person.work_items = [
        {
            "id": stable_id(0, "work-item", category, person.id),
            "name": name,
            "category": category,
            "created": org.day(-4),
            "due": org.day(3),
        }
        for category, name in rows
    ]


def _coaching(person: Person, org: _Org) -> None:
    person.activities = [
        _activity(person, org, "Planned", org.coach, 4),
        _activity(person, org, "Completed", org.coach, -4),
        _learning(person, org),
    ]


def _verifier(person: Person, org: _Org) -> None:
    row = {"id": stable_id(0, "verifier", person.id), "name": "Authenticator app", "enabled": True, "default": True}
    person.verifiers = [row]


def _oauth_client(person: Person, org: _Org) -> None:
    row = {"id": stable_id(0, "oauth-client", person.id), "name": "Wallboard feed", "grant": "CLIENT-CREDENTIALS"}
    person.oauth_clients = [row | {"created": org.day(-90)}]


def _utilization(person: Person, org: _Org) -> None:
    call = {"maximumCapacity": 1, "interruptableMediaTypes": [], "includeNonAcd": True}
    chat = {"maximumCapacity": 5, "interruptableMediaTypes": ["call"], "includeNonAcd": False}
    person.utilization = {"call": call, "chat": chat}


def _backup(person: Person, org: _Org) -> None:
    if person.queues:
        person.backup = {"queueId": person.queues[0], "waitForAgent": True, "agentWaitSeconds": 300}


_RARE: tuple[Callable[[Person, _Org], None], ...] = (
    _forwarding,
    _away,
    _evaluations,
    _work_items,
    _coaching,
    _verifier,
    _oauth_client,
    _utilization,
    _backup,
)
