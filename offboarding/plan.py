"""Pure: what a person holds, the actions that would empty it, the plan's digest and its sentences. No HTTP, no Django."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from offboarding.genesys.records import Person, ScimPerson

PLAN_VERSION = 1


@dataclass(frozen=True, slots=True)
class Source:
    """Where a holding comes from: `kind` is direct, group, team or skill_group; a direct source has no id."""

    kind: str
    id: str = ""
    name: str = ""


DIRECT = Source("direct")


@dataclass(frozen=True, slots=True)
class Holding:
    """One thing a person holds.

    `kind`: queue, role, group, team, skill, language or live_session. `id` identifies it within its kind (a role's
    is "{roleId}:{divisionId}"). `detail` is for reading only (division, proficiency). A direct source means a step
    can end it; any other source is ended by leaving that group or team.
    """

    kind: str
    id: str
    name: str
    sources: tuple[Source, ...] = (DIRECT,)
    detail: str = ""

    @property
    def is_direct(self) -> bool:
        return any(source.kind == "direct" for source in self.sources)

    @property
    def inherited_from(self) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.kind != "direct")


@dataclass(frozen=True, slots=True)
class Warning:
    """Something an approver must know before deciding. `key` is stable, `sentence` is for people."""

    key: str
    sentence: str
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything read of one person at one moment.

    `unknown` maps a section (queues, roles, groups, skills, languages, sessions, scim) to why it could not be read.
    An unknown section is never shown as "none", and a plan is never made from holdings with one.
    """

    person: Person
    read_at: str
    items: tuple[Holding, ...] = ()
    owned_groups: tuple[str, ...] = ()
    direct_reports: tuple[str, ...] = ()
    scim: ScimPerson | None = None
    scim_matches: int = 0
    warnings: tuple[Warning, ...] = ()
    unknown: dict[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> tuple[Holding, ...]:
        """The holdings of one kind, in the order they were read."""
        return tuple(item for item in self.items if item.kind == kind)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a run will do. `step` and `kind` and `id` identify it; `name` and `via` are for reading.

    `ended_by` is "step" when the step ends it itself, "group" when leaving a group or team ends it, "deletion"
    when only the deletion can. `call` is the raw call for the expert view, as "METHOD /path" with a body or none.
    """

    step: str
    kind: str
    id: str
    name: str
    ended_by: str = "step"
    via: str = ""
    call: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.step, self.kind, self.id)


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between an approved plan and the person as found now."""

    added: tuple[Action, ...]
    gone: tuple[Action, ...]

    @property
    def needs_a_decision(self) -> bool:
        return bool(self.added)


class NotPlannable(Exception):
    """No plan can be made from what was read: says why, and the next action in `remedy`."""

    def __init__(self, problem: str, remedy: str, code: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.code = code


def canonical(document: Any) -> bytes:
    """RFC 8785 (JSON Canonicalization Scheme) of strings, integers, booleans, lists and maps; refuses the rest.

    Floats and nulls are refused with TypeError: their text differs between writers, and a digest must not.
    """
    _only_exact(document)
    return json.dumps(_sorted(document), ensure_ascii=False, separators=(",", ":")).encode()


def digest_of(document: Any) -> str:
    """SHA-256 (hex) of the canonical form."""
    return hashlib.sha256(canonical(document)).hexdigest()


def difference(approved: Iterable[Action], now: Iterable[Action]) -> Difference:
    """What is new, and what is gone, by step, kind and id. Names and counts may change without a new decision."""
    approved, now = tuple(approved), tuple(now)
    before = {action.key for action in approved}
    after = {action.key for action in now}
    return Difference(
        added=tuple(action for action in now if action.key not in before),
        gone=tuple(action for action in approved if action.key not in after),
    )


def document_of(
    *, person: Person, scim_id: str, actions: Sequence[Action], archive: dict[str, Any], reason: str
) -> dict[str, Any]:
    """The plan as stored, shown and hashed: who, what in order, and which history. Strings and integers only."""
    return {
        "version": PLAN_VERSION,
        "person": {
            "id": person.id,
            "name": person.name,
            "email": person.email,
            "scim_id": scim_id,
            "state": person.state,
        },
        "reason": reason,
        "archive": archive,
        "actions": [
            {
                "step": action.step,
                "kind": action.kind,
                "id": action.id,
                "name": action.name,
                "ended_by": action.ended_by,
                "via": action.via,
                "call": action.call,
            }
            for action in actions
        ],
    }


def actions_of(document: dict[str, Any]) -> tuple[Action, ...]:
    """The actions of a stored plan document, in order."""
    return tuple(Action(**action) for action in document["actions"])


def sentences(document: dict[str, Any]) -> tuple[str, ...]:
    """The plan in plain sentences, in the order of the work; one a kind of work, with counts."""
    actions = actions_of(document)
    count = {kind: sum(1 for action in actions if action.kind == kind) for kind in {a.kind for a in actions}}
    archive = document["archive"]
    lines = ["Suspend sign-in, so that nobody can sign in as this person", "Sign out everywhere"]
    for kind, sentence in (
        ("queue", "Remove from {n}"),
        ("role", "Take away {n}"),
        ("group", "Remove from {n}"),
        ("team", "Remove from {n}"),
        ("skill", "Clear {n}"),
        ("language", "Clear {n}"),
    ):
        if count.get(kind):
            lines.append(sentence.format(n=counted(count[kind], WORDS[kind])))
    if archive["approximate_count"]:
        lines.append(
            f"Archive about {archive['approximate_count']:,} conversations of the last {archive['days']} days"
        )
    else:
        lines.append(f"Archive the history of the last {archive['days']} days: none was found")
    lines.append(
        "Delete through SCIM (soft: the account can be restored, its queues and roles not by Genesys)"
    )
    lines.append("Tell downstream systems")
    return tuple(lines)


WORDS = {
    "queue": "queue",
    "role": "role grant",
    "group": "group",
    "team": "team",
    "skill": "skill",
    "language": "language",
}


def counted(number: int, word: str) -> str:
    """1 queue, 14 queues, 1,204 conversations."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def to_json(holdings: Holdings) -> dict[str, Any]:
    """The holdings as stored with a plan: the record of what was there before anything was done."""
    return asdict(holdings)


def same_person(person: Person, scim: ScimPerson) -> bool:
    """Whether a SCIM resource is this person: the e-mail must agree, ignoring case (RFC 7643 section 4.1.1)."""
    addresses = {scim.user_name.casefold(), *(email.casefold() for email in scim.emails)}
    return bool(person.email) and person.email.casefold() in addresses


def _only_exact(value: Any) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"a key of a digest must be text, not {type(key).__name__}")
            _only_exact(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _only_exact(item)
    elif not isinstance(value, (str, int)):
        raise TypeError(f"a digest covers text and whole numbers only, not {type(value).__name__}")


def _sorted(value: Any) -> Any:
    """Keys in the order of their UTF-16 code units, as RFC 8785 section 3.2.3 wants."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, (list, tuple)):
        return [_sorted(item) for item in value]
    return value
