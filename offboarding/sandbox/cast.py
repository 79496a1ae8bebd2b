"""The cast: people who exist so that every case of a deprovisioning can be tried on somebody.

Each entry is (why, what makes the person so). `why` is what the control plane and the tests ask for. Order
matters: people 1 and 2 are the chiefs of everybody else.
"""

from __future__ import annotations

from collections.abc import Callable

from .catalogue import Catalogue
from .ids import stable_id
from .names import SCRIPTS
from .people import Person

Play = Callable[[Person, Catalogue, list[Person]], None]


def _plain(person: Person, org: Catalogue, people: list[Person]) -> None:
    names = org.by_name
    person.queues = [names[f"queue:{q}"] for q in ("Billing Voice", "Billing E-mail", "Collections", "VIP")]
    person.groups = [names["group:Night Shift"], names["group:Fire Wardens"]]
    person.grants = person.grants[:3]
    person.skills = {names["skill:Billing"]: 4.0, names["skill:Refunds"]: 3.0, names["skill:Payments"]: 5.0}
    person.languages = {names["language:English"]: 5.0}
    person.team = names["team:Care Berlin"]
    person.conversations = 420
    _signed_in(person)


def _signed_in(person: Person) -> None:
    person.sessions, person.last_token = 1, person.last_login
    person.presence, person.routing_status = "On Queue", "IDLE"
    person.station = person.default_station


def _chief(role: str, title: str) -> Play:
    def play(person: Person, org: Catalogue, people: list[Person]) -> None:
        person.title = title
        person.grants.append([org.by_name[f"role:{role}"], org.home.id, person.modified])
        person.groups = [org.by_name["group:Team Leads"]]
        person.conversations = 36

    return play


def _admin(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.title, person.department, person.queues = "Platform Administrator", "Information Technology", []
    person.grants.append([org.by_name["role:admin"], org.home.id, person.modified])
    person.conversations = 3


def _inactive(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.state, person.state_reason, person.state_date = "inactive", "Leave", person.last_login
    _signed_out(person)


def _deleted(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.state, person.state_reason, person.state_date = "deleted", "Voluntary", person.last_login
    person.division_id = org.home.id
    person.grants, person.queues, person.groups, person.team = [], [], [], None
    _signed_out(person)


def _signed_out(person: Person) -> None:
    person.sessions, person.presence, person.routing_status, person.station = 0, "Offline", "OFF_QUEUE", None


def _live(person: Person, org: Catalogue, people: list[Person]) -> None:
    _plain(person, org, people)
    person.routing_status = "INTERACTING"
    person.live = [{"media": "voice", "queue": person.queues[0], "minutes": 7}]


def _no_history(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.conversations = 0


def _owner(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.owned_groups = [org.by_name["group:Escalation Desk"]]
    person.groups.append(org.by_name["group:Escalation Desk"])


def _twin(of: int) -> Play:
    def play(person: Person, org: Catalogue, people: list[Person]) -> None:
        person.name = people[of].name

    return play


def _near_email(local: str, name: str) -> Play:
    def play(person: Person, org: Catalogue, people: list[Person]) -> None:
        person.name, person.email = name, f"{local}@{person.email.split('@')[1]}"

    return play


def _many_conversations(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.conversations = 6000


def _through(kind: str, name: str, *, direct: str | None = None) -> Play:
    def play(person: Person, org: Catalogue, people: list[Person]) -> None:
        holder = org.by_name[f"{kind}:{name}"]
        if kind == "group":
            person.groups.append(holder)
        elif kind == "team":
            person.team = holder
        else:
            person.skills[holder] = 4.0
        inherited = {q.id for q in org.queues.values() if q.member_groups}
        person.queues = [queue for queue in person.queues if queue not in inherited]
        if direct:
            person.queues.append(org.by_name[f"queue:{direct}"])

    return play


def _other_scim_id(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.scim_id = stable_id(0, "scim", person.id)


def _provisioned(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.external_id = "00u7sandbox0okta"


def _known_elsewhere(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.external_ids = {"microsoftentra": stable_id(0, "entra", person.id)}


def _formula(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.department = "=Sales"


def _named(name: str, local: str) -> Play:
    def play(person: Person, org: Catalogue, people: list[Person]) -> None:
        person.name, person.email = name, f"{local}@{person.email.split('@')[1]}"

    return play


def _nothing(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.queues, person.grants, person.groups, person.team = [], [], [], None
    person.skills, person.languages, person.conversations = {}, {}, 0
    person.default_station = person.station = person.phone = person.last_login = person.last_token = None
    _signed_out(person)


def _everything(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.queues = list(org.queues)
    person.groups = [group.id for group in org.groups.values() if not group.dynamic]
    # 12 grants in 4 divisions: each role but admin, and one of them in a second division.
    here = [person.division_id, org.home.id, *(each for each in org.divisions if each != person.division_id)]
    where = list(dict.fromkeys(here))[:4]
    roles = [role for role in org.roles if org.roles[role].name != "admin"]
    held = [(role, where[place % 4]) for place, role in enumerate(roles)] + [(roles[0], where[1])]
    person.grants = [[role, division, person.modified] for role, division in held]
    person.skills = dict.fromkeys(org.skills, 3.0)
    person.languages = dict.fromkeys(org.languages, 3.0)
    _signed_in(person)


def _not_joined(person: Person, org: Catalogue, people: list[Person]) -> None:
    person.queues = [
        org.by_name["queue:Renewals"],
        org.by_name["queue:Sales Inbound"],
        org.by_name["queue:VIP"],
    ]
    person.unjoined = person.queues[1:]


def _everything_and_talks(person: Person, org: Catalogue, people: list[Person]) -> None:
    _everything(person, org, people)
    person.conversations = 5_000
    person.routing_status = "INTERACTING"
    person.live = [{"media": "voice", "queue": person.queues[0], "minutes": 11}]


CAST: list[tuple[str, Play]] = [
    ("plain agent", _plain),
    ("supervisor", _chief("Supervisor", "Contact Centre Supervisor")),
    ("manager", _chief("Quality Evaluator", "Site Manager")),
    ("admin", _admin),
    ("inactive", _inactive),
    ("deleted", _deleted),
    ("in a live conversation", _live),
    ("no history", _no_history),
    ("owner of a group", _owner),
    ("same name", _twin(10)),
    ("same name", _twin(9)),
    ("near-equal e-mail", _near_email("m.keller", "Martin Keller")),
    ("near-equal e-mail", _near_email("m.kellner", "Martina Kellner")),
    ("many conversations", _many_conversations),
    ("inherits queues through a group", _through("group", "Digital Channels")),
    ("inherits roles through a group", _through("group", "Team Leads")),
    ("in a queue both directly and through a group", _through("group", "Callback Squad", direct="Callbacks")),
    ("in a queue through a team", _through("team", "Claims Manila")),
    ("in a queue through a skill group", _through("skill", "Fraud")),
    ("in a dynamic group", _through("group", "All Staff")),
    ("SCIM id differs", _other_scim_id),
    ("SCIM id differs", _other_scim_id),
    ("formula-like department", _formula),
    ("holds nothing", _nothing),
    ("holds everything", _everything),
    ("not joined to some queues", _not_joined),
    *((why, _named(name, local)) for why, name, local in SCRIPTS),
    ("holds everything and talks", _everything_and_talks),
    ("provisioned by an identity provider", _provisioned),
    ("known to another directory", _known_elsewhere),
]
