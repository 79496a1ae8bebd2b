"""Records of what a person holds beside queues, roles, groups and skills: stations, phones, numbers,
forwarding, licences, the workforce unit, sign-in devices and OAuth clients.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from offboarding.genesys.records import Ref


@dataclass(frozen=True, slots=True)
class Utilization:
    """Genesys `AgentMaxUtilizationResponse`. `level` is Agent (a setting of the person's own) or Organization.

    `capacity` is `maximumCapacity` by medium.
    """

    level: str
    capacity: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DirectRoutingBackup:
    """Genesys `AgentDirectRoutingBackupSettings`: who or which queue takes over a person's direct calls.

    `backed_up_user_ids` are the people for whom this person takes over.
    """

    wait_for_agent: bool
    queue_id: str | None = None
    user_id: str | None = None
    agent_wait_seconds: int | None = None
    backed_up_user_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Station:
    """Genesys `UserStation`; `type` such as inin_webrtc_softphone, kept as sent."""

    id: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Stations:
    """Genesys `UserStations`. `effective` is where the person is reached: the associated or the default one."""

    associated: Station | None = None
    default: Station | None = None
    effective: Station | None = None


@dataclass(frozen=True, slots=True)
class Phone:
    """Genesys `Phone`. A phone with a `web_rtc_user` is that person's alone and cannot be left ownerless."""

    id: str
    name: str
    state: str
    web_rtc_user: Ref | None = None
    stand_alone: bool | None = None


@dataclass(frozen=True, slots=True)
class Did:
    """Genesys `DID`, a direct number. `owner_type` is USER, PHONE, IVR_CONFIG or GROUP."""

    id: str
    phone_number: str
    owner: Ref | None = None
    owner_type: str = ""
    did_pool: Ref | None = None


@dataclass(frozen=True, slots=True)
class CallTarget:
    """Genesys `CallTarget`: `type` is STATION or PHONENUMBER, `value` the station id or the number."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class CallForwarding:
    """Genesys `CallForwarding`; `targets` are those of all its `CallRoute`s in their order.

    `voicemail` is PURECLOUD, LASTCALL or NONE.
    """

    enabled: bool
    targets: tuple[CallTarget, ...] = ()
    voicemail: str = ""


@dataclass(frozen=True, slots=True)
class VoicemailPolicy:
    """Genesys `VoicemailUserPolicy`, without the pin."""

    enabled: bool
    send_email_notifications: bool | None = None


@dataclass(frozen=True, slots=True)
class OutOfOffice:
    """Genesys `OutOfOffice`; dates are ISO 8601 as sent."""

    active: bool
    indefinite: bool = False
    start_date: str | None = None
    end_date: str | None = None


@dataclass(frozen=True, slots=True)
class License:
    """Genesys `LicenseDefinition`: licences have an id and a description, no name."""

    id: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class WorkforceUnit:
    """Genesys `AgentManagementUnitReference`: the units are told by their ids alone."""

    management_unit_id: str
    business_unit_id: str | None = None


@dataclass(frozen=True, slots=True)
class AgentMove:
    """Genesys `MoveAgentResponse`. `result` is MoveSuccessful, NothingToDo, AlreadyMoved,
    SourceManagementUnitNotAuthorized or another, kept as sent.
    """

    user_id: str
    result: str


@dataclass(frozen=True, slots=True)
class Verifier:
    """Genesys `Verifier`: a second factor of a person, such as an authenticator app."""

    id: str
    name: str
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """Genesys `OAuthClient`, without its secret. `state` is active, disabled or inactive; `grant_type` is
    CODE, TOKEN, SAML2-BEARER, PASSWORD or CLIENT-CREDENTIALS.
    """

    id: str
    name: str
    state: str
    grant_type: str
    created_by: Ref | None = None
    modified_by: Ref | None = None
