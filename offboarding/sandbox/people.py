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
    external_id: str = ""  # set by whoever provisions the person through SCIM
    external_ids: dict[str, str] = field(default_factory=dict)  # authority -> id, beside the one above
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
    ended: list[dict[str, Any]] = field(default_factory=list)  # once live, now over: as above, with end
    transferred: list[dict[str, Any]] = field(default_factory=list)  # once live, now in a queue: as above, with end, to
    phones: list[dict[str, str]] = field(default_factory=list)  # WebRTC phones: id, and the station on their line
    addresses: list[dict[str, str]] = field(default_factory=list)  # contacts beside the e-mail and the DID in `phone`
    forwarding: dict[str, Any] = field(default_factory=dict)  # enabled, calls, voicemail; empty: never set up
    voicemail: dict[str, Any] = field(default_factory=dict)  # enabled, alertTimeoutSeconds, sendEmailNotifications
    absence: dict[str, Any] = field(default_factory=dict)  # of `out_of_office`: indefinite, startDate, endDate
    management_unit: str | None = None
    utilization: dict[str, Any] = field(default_factory=dict)  # medium -> settings; empty: the org's default
    backup: dict[str, Any] = field(default_factory=dict)  # queueId, userId, waitForAgent, agentWaitSeconds
    evaluations: list[dict[str, Any]] = field(default_factory=list)  # those in which this person is scored
    work_items: list[dict[str, Any]] = field(default_factory=list)  # id, name, category, created, due
    activities: list[dict[str, Any]] = field(default_factory=list)  # coaching that this person attends
    verifiers: list[dict[str, Any]] = field(default_factory=list)  # second factors: id, name, enabled, default
    oauth_clients: list[dict[str, Any]] = field(default_factory=list)  # made by this person: id, name, grant, created
    why: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Person:
        """Raises TypeError for a field that a person does not have."""
        return cls(**data)


CHANGEABLE = {each.name for each in fields(Person)} - {"id", "scim_id", "why"}
