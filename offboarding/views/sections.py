"""Pure: a person as facts, and what they hold as the groups that a page lists, each item with its source in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from offboarding.genesys.records import Person, Ref
from offboarding.plan import Holding, Holdings, Source
from offboarding.status import status_of


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a holding comes from, in words; for an inherited one also what ends it."""

    words: str
    inherited: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One thing held: `detail` is a division or a level.

    `since` is the start of a live conversation, ISO 8601, and empty for everything else.
    """

    name: str
    detail: str = ""
    origins: tuple[Origin, ...] = ()
    since: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One group of holdings. `unknown` says why it, or a part of it, could not be read; then it is never "none"."""

    key: str
    title: str
    icon: str
    lines: tuple[Line, ...]
    none: str
    unknown: tuple[str, ...] = ()

    @property
    def first(self) -> tuple[Line, ...]:
        """What is shown at once: all of a short section, the first of a long one."""
        return self.lines if len(self.lines) <= LONG else self.lines[:FIRST]

    @property
    def rest(self) -> tuple[Line, ...]:
        """What is folded away, for somebody with hundreds of them; what an approver must know stands in a warning."""
        return self.lines[len(self.first) :]

    @property
    def count(self) -> int | None:
        """How many are held; None while nobody knows."""
        return None if self.unknown else len(self.lines)


NOT_TOLD = "not told"
# A section of more lines than LONG shows its FIRST ones and folds the rest.
LONG, FIRST = 20, 12
# key, title, icon, kinds of holdings, names in `Holdings.unknown`, the words for none
GROUPS = (
    ("queues", "Queues", "queue", ("queue",), ("queues",), "In no queue."),
    ("roles", "Roles", "key", ("role",), ("roles",), "Has no role."),
    ("groups", "Groups and team", "group", ("group", "team"), ("groups",), "In no group. Genesys named no team."),
    (
        "skills",
        "Skills and languages",
        "person",
        ("skill", "language"),
        ("skills", "languages"),
        "Has no skill and no language.",
    ),
    (
        "phones",
        "Phones and numbers",
        "phone",
        ("station", "phone", "did"),
        ("stations", "phones", "numbers"),
        "No station, no phone and no number of their own.",
    ),
    (
        "routing",
        "Forwarding, backup and schedule",
        "send",
        ("forwarding", "backup", "utilization", "workforce"),
        ("forwarding", "backup", "utilization", "sessions"),
        "Nothing is forwarded, and no schedule is made.",
    ),
    ("sessions", "Live conversations", "clock", ("live_session",), ("sessions",), "In no conversation now."),
)


def facts_of(person: Person) -> dict[str, list[dict[str, str]]]:
    """Where the person belongs (`place`) and how active they are (`activity`), as rows of definition lists.

    What Genesys did not send is said to be not told.
    """
    return {
        "place": _place(person.title, person.department, person.division, person.manager),
        "activity": [
            {"term": "State", "value": status_of("person", person.state).word},
            {"term": "Presence", "value": person.presence or NOT_TOLD},
            {"term": "Agent status", "value": _agent_status(person.routing_status)},
            _time("Last login", person.last_login),
            _time("Last token", person.last_token_issued),
        ],
    }


def place_then(stored: Mapping[str, Any]) -> list[dict[str, str]]:
    """Where the person belonged when a plan was read, from the holdings that are stored with it."""
    person = stored["person"]
    division, manager = (Ref(**person[name]) if person.get(name) else None for name in ("division", "manager"))
    return _place(person.get("title", ""), person.get("department", ""), division, manager)


def sections_of(holdings: Holdings) -> tuple[Section, ...]:
    """The holdings in the order of the page. A section that could not be read says why, with what is known of it."""
    held = tuple(
        Section(
            key,
            title,
            icon,
            tuple(_line(item) for kind in kinds for item in holdings.of(kind)),
            none,
            _why(holdings, parts),
        )
        for key, title, icon, kinds, parts, none in GROUPS
    )
    return (
        *held,
        Section(
            "owned",
            "Groups owned",
            "group",
            _named(holdings.owned_groups),
            "Owns no group.",
            _why(holdings, ("groups",)),
        ),
        Section(
            "reports",
            "Direct reports",
            "people",
            _named(holdings.direct_reports),
            "Manages nobody.",
            _why(holdings, ("reports",)),
        ),
    )


def origin_of(source: Source) -> Origin:
    """A source in words, and for an inherited holding what ends it."""
    if source.kind == "direct":
        return Origin("directly", inherited=False)
    if source.kind == "rule":
        return Origin("by its rule: ends with the deletion", inherited=True)
    if source.kind == "owner":
        return Origin("as its owner: ends when it has another owner", inherited=True)
    name = source.name or source.id
    ends = "the skill is cleared" if source.kind == "skill_group" else f"leaving {name}"
    return Origin(f"through {source.kind.replace('_', ' ')} {name}: ends when {ends}", inherited=True)


def _place(title: str, department: str, division: Ref | None, manager: Ref | None) -> list[dict[str, str]]:
    return [
        {"term": "Title", "value": title},
        {"term": "Department", "value": department},
        {"term": "Division", "value": division.name or division.id if division else ""},
        _manager(manager),
    ]


def _time(term: str, at: str | None) -> dict[str, str]:
    return {"term": term, "time": at} if at else {"term": term, "value": NOT_TOLD}


def _agent_status(status: str | None) -> str:
    """OFF_QUEUE, IDLE, INTERACTING, NOT_RESPONDING or COMMUNICATING, as people say it."""
    return status.replace("_", " ").capitalize() if status else NOT_TOLD


def _manager(manager: Ref | None) -> dict[str, str]:
    """Genesys names a manager by id alone in most answers: to a reader that is no name."""
    return {"term": "Manager", "value": manager.name or "Name not known" if manager else ""}


def _line(item: Holding) -> Line:
    if item.kind == "live_session":
        return Line(item.name.capitalize(), since=item.detail.removeprefix("since "))
    if item.kind == "team":
        return Line(item.name, "team", tuple(origin_of(source) for source in item.sources))
    return Line(item.name, item.detail, tuple(origin_of(source) for source in item.sources))


def _named(names: Iterable[str]) -> tuple[Line, ...]:
    return tuple(Line(name) for name in names)


def _why(holdings: Holdings, parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(holdings.unknown[part] for part in parts if part in holdings.unknown))
