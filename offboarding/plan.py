"""Pure: what a person holds, the actions that would empty it, the plan's digest and its sentences. No HTTP, no Django."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
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
