"""Reading everything one person holds, each item with its source, in two rounds of parallel reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from offboarding.genesys.api.scim import scim_filter
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import (
    GenesysError,
    MissingPermission,
    NotThere,
    NotUnderstood,
    RetryLater,
    Unreachable,
)
from offboarding.genesys.records import AgentStatus, Grant, Group, Person, QueueMembership, Ref, ScimPerson
from offboarding.people.search import find_person
from offboarding.people.warnings import warnings_about
from offboarding.plan import DIRECT, Holding, Holdings, Source, same_person

FAN_OUT = 8
# "Best effort" by the documentation (GET /api/v2/users/{userId}): what proves a step is read from its own endpoint.
EXPAND = (
    "groups",
    "team",
    "skills",
    "languages",
    "station",
    "routingStatus",
    "presence",
    "lasttokenissued",
    "dateLastLogin",
    "outOfOffice",
)

T = TypeVar("T")
U = TypeVar("U")


def holdings(
    client: GenesysClient,
    person_id: str,
    *,
    scim_id: str = "",
    raise_waits: bool = False,
    with_manager_name: bool = False,
    with_rules: bool = False,
) -> Holdings:
    """Everything the person holds, each item with its source, in two rounds of parallel reads.

    With `scim_id`, the one an earlier plan found, the SCIM resource is read by it before anything else, so that its
    ETag is older than all the rest; without, it is looked for by e-mail. With `raise_waits` a call that may succeed
    later (RetryLater, Unreachable) raises instead of making its section unknown. `with_manager_name` costs a call:
    Genesys names a person's manager by id alone; without an answer the id stays. `with_rules` costs a call a group:
    it tells which groups are dynamic.
    A section that could not be read is named in `unknown` with the reason, never shown as empty. Raises
    GenesysError only when the person cannot be read (NotThere: no such person). A deleted person holds nothing.
    """
    read_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    reads = _Reads(raise_waits)
    resource = reads.now("scim", lambda: _by_scim_id(client, scim_id), None) if scim_id else None
    with ThreadPoolExecutor(max_workers=FAN_OUT) as pool:
        person = pool.submit(find_person, client, person_id, EXPAND)
        joined = pool.submit(client.get_user_queues, person_id, joined=True)
        unjoined = pool.submit(client.get_user_queues, person_id, joined=False)
        grants = pool.submit(client.get_authorization_subject, person_id)
        status = pool.submit(client.get_analytics_agent_status, person_id)
        reports = pool.submit(client.get_user_directreports, person_id)
        who = person.result()
        if who.state == "deleted":
            return Holdings(person=who, read_at=read_at)
        scim = None if scim_id else pool.submit(_resources, client, who)
        manager = pool.submit(_named_manager, client, who) if with_manager_name else None
        known = who.groups or ()
        rules = [pool.submit(_is_dynamic, client, group.id) for group in known] if with_rules else []
        group_read = pool.submit(_groups, client, [group.id for group in known])
        queues = _by_id(reads.of("queues", joined, ()), reads.of("queues", unjoined, ()))
        mixed = [queue for queue in queues if _through(queue, who)]
        direct_reads = [
            pool.submit(is_direct_member, client, queue.queue.id, who, queue.member_count) for queue in mixed
        ]
        groups = reads.of("groups", group_read, ())
        direct = {
            queue.queue.id: reads.of("queues", read, True) for queue, read in zip(mixed, direct_reads, strict=True)
        }
        held = reads.of("roles", grants, ())
        live = reads.of("sessions", status, None)
        below = reads.of("reports", reports, ())
        found = reads.of("scim", scim, None) if scim else resource
        dynamic = {group.id for group, rule in zip(known, rules, strict=False) if reads.of("groups", rule, False)}
        who = replace(who, manager=manager.result()) if manager else who
    resources = None if found is None else tuple(resource for resource in found if same_person(who, resource))
    for section, told in (("groups", who.groups), ("skills", who.skills), ("languages", who.languages)):
        if told is None:
            reads.unknown.setdefault(section, "Genesys did not send it with the person")
    items = (
        *_queue_items(queues, direct, who),
        *_role_items(held, groups, who),
        *_group_items(groups, who, dynamic),
        *_skill_items(who),
        *_session_items(live),
    )
    return Holdings(
        person=who,
        read_at=read_at,
        items=items,
        owned_groups=tuple(group.name for group in groups if who.id in group.owner_ids),
        direct_reports=tuple(report.name or report.id for report in below),
        scim=resources[0] if resources and len(resources) == 1 else None,
        scim_matches=len(resources or ()),
        warnings=warnings_about(who, items, groups, below, live, queues, resources),
        unknown=reads.unknown,
    )


class _Reads:
    """Collects the results of parallel reads; a failed one becomes an unknown section instead of an empty one."""

    def __init__(self, raise_waits: bool) -> None:
        self.unknown: dict[str, str] = {}
        self._raised = (RetryLater, Unreachable) if raise_waits else ()

    def of(self, section: str, read: Future[T], otherwise: U) -> T | U:
        return self.now(section, read.result, otherwise)

    def now(self, section: str, read: Callable[[], T], otherwise: U) -> T | U:
        try:
            return read()
        except self._raised:
            raise
        except GenesysError as error:
            self.unknown[section] = str(error)
            return otherwise


def _by_id(*lists: tuple[QueueMembership, ...]) -> tuple[QueueMembership, ...]:
    """The union by queue id: whether `joined=false` means "not joined" or "all" is not documented."""
    union: dict[str, QueueMembership] = {}
    for queue in (queue for queues in lists for queue in queues):
        union.setdefault(queue.queue.id, queue)
    return tuple(sorted(union.values(), key=lambda queue: (queue.queue.name, queue.queue.id)))


def _through(queue: QueueMembership, who: Person) -> tuple[Source, ...]:
    """The groups and team of this person that are members of the queue; skill groups always may be."""
    own = {group.id for group in who.groups or ()} | ({who.team.id} if who.team else set())
    return tuple(
        Source(member.kind.lower().replace("skillgroup", "skill_group"), member.id, member.name)
        for member in queue.through
        if member.id in own or member.kind == "SKILLGROUP"
    )


def _groups(client: GenesysClient, ids: list[str]) -> tuple[Group, ...]:
    """The groups by their ids, a hundred a call: `expand=groups` brings ids only. A missing one is an error."""
    found = tuple(group for at in range(0, len(ids), 100) for group in client.get_groups(ids=ids[at : at + 100]))
    if missing := set(ids) - {group.id for group in found}:
        raise NotUnderstood(
            f"Genesys listed {len(ids) - len(missing)} of the {len(ids)} groups of the person.",
            remedy="Read it again; if it stays so, look at the person's groups in Genesys Cloud admin.",
            method="GET",
            path="/api/v2/groups",
        )
    return found


def _resources(client: GenesysClient, who: Person) -> tuple[ScimPerson, ...]:
    """The SCIM resources that may be this person's, each with the ETag of this moment.

    Whether a listing by userName finds an inactive person is not documented, so one that finds nobody proves nothing
    about them: there the person's own id is tried, which most orgs use for both.
    """
    found = client.get_scim_v2_users(scim_filter("userName", who.email))
    return found if found or who.state == "active" else _by_scim_id(client, who.id)


def _by_scim_id(client: GenesysClient, scim_id: str) -> tuple[ScimPerson, ...]:
    try:
        return (client.get_scim_v2_user(scim_id),)
    except NotThere:
        return ()


def _is_dynamic(client: GenesysClient, group_id: str) -> bool:
    """Whether Genesys computes the group's members. The operation is a preview: where it is not, no group is."""
    try:
        client.get_group_dynamicsettings(group_id)
    except (NotThere, MissingPermission):
        return False
    return True


def _named_manager(client: GenesysClient, who: Person) -> Ref | None:
    if who.manager is None or who.manager.name:
        return who.manager
    try:
        return Ref(who.manager.id, find_person(client, who.manager.id).name)
    except GenesysError:
        return who.manager


def is_direct_member(client: GenesysClient, queue_id: str, who: Person, member_count: int | None = None) -> bool:
    """Whether the queue lists the person as a member of their own (`memberBy=user`), beside any group."""
    members = client.get_routing_queue_members(queue_id, member_by="user", name=who.name, member_count=member_count)
    return any(member.id == who.id for member in members)


def _queue_items(queues: Iterable[QueueMembership], direct: dict[str, bool], who: Person) -> Iterable[Holding]:
    for queue in queues:
        through = _through(queue, who)
        own = (DIRECT,) if not through or direct.get(queue.queue.id, True) else ()
        place = queue.division.name if queue.division else ""
        yield Holding(
            "queue",
            queue.queue.id,
            queue.queue.name or queue.queue.id,
            (*own, *through),
            ", ".join(filter(None, (place, "" if queue.joined else "not activated"))),
        )


def _role_items(grants: Iterable[Grant], groups: Iterable[Group], who: Person) -> Iterable[Holding]:
    names = {group.id: group.name for group in groups}
    held: dict[str, Holding] = {}
    for grant in grants:
        key = f"{grant.role.id}:{grant.division.id}"
        source = (
            DIRECT
            if grant.subject_id == who.id
            else Source("group", grant.subject_id, names.get(grant.subject_id, grant.subject_id))
        )
        before = held[key].sources if key in held else ()
        held[key] = Holding("role", key, grant.role.name or grant.role.id, (*before, source), grant.division.name)
    return sorted(held.values(), key=lambda item: (item.name, item.id))


def _group_items(groups: Iterable[Group], who: Person, dynamic: set[str]) -> Iterable[Holding]:
    for group in sorted(groups, key=lambda group: (group.name, group.id)):
        source = Source("rule", group.id, group.name) if group.id in dynamic else DIRECT
        yield Holding("group", group.id, group.name, (source,), "owner" if who.id in group.owner_ids else "")
    if who.team:
        yield Holding("team", who.team.id, who.team.name)


def _skill_items(who: Person) -> Iterable[Holding]:
    for kind, skills in (("skill", who.skills), ("language", who.languages)):
        for skill in sorted(skills or (), key=lambda skill: (skill.name, skill.id)):
            level = "" if skill.proficiency is None else f"{skill.proficiency:g} of 5"
            yield Holding(kind, skill.id, skill.name, detail=level)


def _session_items(status: AgentStatus | None) -> Iterable[Holding]:
    """Every live session; one that is counted but not listed is there all the same."""
    if status is None:
        return
    for session in status.sessions:
        yield Holding("live_session", session.conversation_id, session.media_type, detail=f"since {session.since}")
    for number in range(len(status.sessions), status.session_count):
        yield Holding("live_session", f"unlisted {number + 1}", "a conversation that is counted but not listed")
