"""One made-up person: what the org knows of them. Everything that can change about the org stands here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass
class Person:
    """A person with what they hold directly; what comes through groups is worked out in `membership`."""

    id: str
    scim_id: str
    name: str
    email: str
    title: str
    department: str
    division_id: str
    manager_id: str | None = None
    employee_number: str = ""
    state: str = "active"
    version: int = 1
    state_reason: str | None = None
    state_date: str | None = None
    modified: str = ""
    queues: list[str] = field(default_factory=list)  # direct memberships
    unjoined: list[str] = field(default_factory=list)  # member of, but not activated in
    grants: list[list[str]] = field(default_factory=list)  # [role id, division id, made at]
    groups: list[str] = field(default_factory=list)
    owned_groups: list[str] = field(default_factory=list)
    team: str | None = None
    skills: dict[str, float] = field(default_factory=dict)
    languages: dict[str, float] = field(default_factory=dict)
    station: str | None = None
    default_station: str | None = None
    phone: str | None = None
    presence: str = "Offline"
    routing_status: str = "OFF_QUEUE"
    out_of_office: bool = False
    sessions: int = 0  # signed-in sessions; no documented call lists them
    token_epoch: int = 0  # a personal token of an older epoch is dead
    last_token: str | None = None
    last_login: str | None = None
    conversations: int = 0
    live: list[dict[str, Any]] = field(default_factory=list)  # open conversations: id, media, queue, start
    why: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Person:
        """Raises TypeError for a field that a person does not have."""
        return cls(**data)


CHANGEABLE = {each.name for each in fields(Person)} - {"id", "scim_id", "why"}
