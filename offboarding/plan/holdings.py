"""What a person holds, each item with where it comes from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from offboarding.genesys.records import Person, Ref, ScimPerson


@dataclass(frozen=True, slots=True)
class Source:
    """Where a holding comes from: `kind` is direct, group, team, skill_group, rule or owner; a direct one has no id.

    A group held by `rule` is dynamic: Genesys computes its members, and nobody can be taken out. Nor can an `owner`
    out of a group that includes its owners, as long as they own it.
    """

    kind: str
    id: str = ""
    name: str = ""


DIRECT = Source("direct")


@dataclass(frozen=True, slots=True)
class Holding:
    """One thing a person holds.

    `kind`: one of `plan.ENDED_BY`, or live_session. `id` identifies it within its kind (a role's is
    "{roleId}:{divisionId}"). `detail` is for reading only (division, proficiency). A direct source means a step
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
    def is_by_rule(self) -> bool:
        return any(source.kind == "rule" for source in self.sources)

    @property
    def is_as_owner(self) -> bool:
        return any(source.kind == "owner" for source in self.sources)

    @property
    def inherited_from(self) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.kind not in ("direct", "rule", "owner"))


@dataclass(frozen=True, slots=True)
class Warning:
    """Something an approver must know before deciding. `key` is stable, `sentence` is for people."""

    key: str
    sentence: str
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything read of one person at one moment.

    `unknown` maps a section (queues, roles, groups, skills, languages, sessions, scim, stations, phones, numbers,
    forwarding, backup, utilization, reports) to why it could not be read. `backs_up` are those whose direct calls
    the person takes over. An unknown section is never shown as "none", and a plan is never made from holdings with one.
    """

    person: Person
    read_at: str
    items: tuple[Holding, ...] = ()
    owned_groups: tuple[str, ...] = ()
    direct_reports: tuple[str, ...] = ()
    backs_up: tuple[Ref, ...] = ()
    scim: ScimPerson | None = None
    scim_matches: int = 0
    warnings: tuple[Warning, ...] = ()
    unknown: dict[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> tuple[Holding, ...]:
        """The holdings of one kind, in the order they were read."""
        return tuple(item for item in self.items if item.kind == kind)


def to_json(holdings: Holdings) -> dict[str, Any]:
    """The holdings as stored with a plan: the record of what was there before anything was done.

    Without the person's addresses: private numbers are nobody's business here.
    """
    stored = asdict(holdings)
    stored["person"].pop("addresses")
    return stored


def same_person(person: Person, scim: ScimPerson) -> bool:
    """Whether a SCIM resource is this person: the e-mail must agree, ignoring case (RFC 7643 section 4.1.1)."""
    addresses = {scim.user_name.casefold(), *(email.casefold() for email in scim.emails)}
    return bool(person.email) and person.email.casefold() in addresses
