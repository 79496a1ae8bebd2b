"""What the client returns: small frozen records of Genesys Cloud objects, with the fields this product reads.

No HTTP and no Django here. Field names follow the product's words; each record names the model it is read
from. `holdings` has what else a person holds, `work` what waits for a person and the history jobs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """An id with the name people know it by (Genesys `DomainEntityRef`). The name may be empty."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Genesys `User` (GET /api/v2/users/{userId}); `state` is active, inactive or deleted.

    What an `expand` did not bring stays None or empty; `expand` is best effort by the documentation, so None
    means "not told", never "has none".
    """

    id: str
    name: str
    email: str
    state: str
    version: int | None = None
    username: str = ""
    department: str = ""
    title: str = ""
    division: Ref | None = None
    manager: Ref | None = None
    roles: tuple[Ref, ...] | None = None
    groups: tuple[Ref, ...] | None = None
    team: Ref | None = None
    skills: tuple[Skill, ...] | None = None
    languages: tuple[Skill, ...] | None = None
    station: Ref | None = None
    routing_status: str | None = None
    presence: str | None = None
    last_login: str | None = None
    last_token_issued: str | None = None
    out_of_office: bool | None = None
    addresses: tuple[Contact, ...] | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Genesys `Contact`: an e-mail address or number of a person, kept whole so that it can be sent back.

    `media_type` is PHONE, EMAIL or SMS; `type` is PRIMARY, WORK, WORK2, WORK3, WORK4, HOME, MOBILE, MAIN or
    OTHER. An extension stands in place of an address.
    """

    media_type: str
    type: str
    address: str = ""
    display: str = ""
    extension: str = ""
    country_code: str = ""
    integration: str = ""


@dataclass(frozen=True, slots=True)
class Skill:
    """Genesys `UserRoutingSkill` or `UserRoutingLanguage`; proficiency 0.0 to 5.0, kept as sent."""

    id: str
    name: str
    proficiency: float | None = None


@dataclass(frozen=True, slots=True)
class MemberGroup:
    """Genesys `MemberGroup`: `kind` is TEAM, GROUP or SKILLGROUP."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class QueueMembership:
    """Genesys `UserQueue` (GET /api/v2/users/{userId}/queues). `joined` is activation, not membership.

    `through` names the groups that are members of the queue; whether this person is a member directly or
    through one of them is told by the queue's own member list (`memberBy`), see `QueueMember`.
    """

    queue: Ref
    division: Ref | None
    joined: bool
    through: tuple[MemberGroup, ...] = ()
    member_count: int | None = None


@dataclass(frozen=True, slots=True)
class QueueMember:
    """Genesys `QueueMember` (GET /api/v2/routing/queues/{queueId}/members); `member_by` is user or group."""

    id: str
    name: str
    joined: bool
    member_by: str


@dataclass(frozen=True, slots=True)
class Grant:
    """Genesys `AuthzGrant`. `subject_id` is not the person's id when the grant comes through a group.

    The id of `division` is "*" for all of them. `policies` are those of the role, empty unless they were asked for.
    """

    role: Ref
    division: Ref
    subject_id: str
    policies: tuple[Policy, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """Genesys `AuthzGrantPolicy`: permissions written domain:entity:action; `conditional` ones hold only at times."""

    permissions: tuple[str, ...]
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Genesys `Group` (GET /api/v2/groups/{groupId}). With `include_owners` its owners are members as well."""

    id: str
    name: str
    owner_ids: tuple[str, ...] = ()
    include_owners: bool = False
    member_count: int | None = None
    roles_enabled: bool = False


@dataclass(frozen=True, slots=True)
class LiveSession:
    """One entry of `sessions` in GET /api/v2/analytics/agents/{userId}/status."""

    conversation_id: str
    media_type: str
    since: str
    queue_id: str | None = None


@dataclass(frozen=True, slots=True)
class AgentStatus:
    """GET /api/v2/analytics/agents/{userId}/status: live work, and the workforce-management unit."""

    session_count: int
    sessions: tuple[LiveSession, ...]
    routing_status: str | None
    management_unit_id: str | None


@dataclass(frozen=True, slots=True)
class StateOfPerson:
    """Genesys `UserState` (GET and PUT /api/v2/users/{userId}/state).

    `changed_at` is when the state was last changed (stateChangeDate); None where that is not told.
    """

    state: str
    version: int | None
    changed_at: str | None = None


@dataclass(frozen=True, slots=True)
class ScimPerson:
    """SCIM 2.0 User resource (RFC 7643 section 4.1); `etag` is the header as sent, quotes included.

    `active` is optional there: None when it was not told. `external_id` is set by the provisioning client.
    `authorities` are the systems in which Genesys' own `externalIds` know the person too.
    """

    id: str
    user_name: str
    active: bool | None
    emails: tuple[str, ...] = ()
    external_id: str = ""
    etag: str = ""
    authorities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of POST /api/v2/users/search or of GET /api/v2/users."""

    people: tuple[Person, ...]
    total: int
    page: int
    page_count: int


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One page of POST /api/v2/analytics/conversations/details/query.

    `conversations` are the objects as Genesys sent them. `total_hits` is approximate while data arrives.
    `by_medium` is the answer to a term frequency on mediaType, empty when none was asked for. `page_missing`:
    the answer had no conversations although `total_hits` says that this page has some. Ask again; it is no
    proof that there are none.
    """

    conversations: tuple[dict[str, Any], ...]
    total_hits: int
    by_medium: dict[str, int] = field(default_factory=dict)
    page_missing: bool = False


@dataclass(frozen=True, slots=True)
class Organization:
    """GET /api/v2/organizations/me."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """GET /api/v2/tokens/me: the org our own token is for, and the OAuth client when it is told."""

    organization: Ref
    client: Ref | None = None
