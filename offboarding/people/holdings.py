"""Reading everything one person holds, each item with its source, in two rounds of parallel reads."""

from __future__ import annotations

from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from offboarding.genesys.api.area import PAGE_SIZE
from offboarding.genesys.api.scim import scim_filter
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import GenesysError, MissingPermission, NotThere, NotUnderstood
from offboarding.genesys.records import (
    AgentStatus,
    Grant,
    Group,
    Person,
    QueueMembership,
    Ref,
    ScimPerson,
)
from offboarding.people.equipment import Equipment
from offboarding.people.items import (
    by_id,
    group_items,
    queue_items,
    role_items,
    session_items,
    skill_items,
    through,
)
from offboarding.people.namesakes import namesakes
from offboarding.people.reads import Reads
from offboarding.people.search import find_person
from offboarding.people.team import with_team
from offboarding.people.warnings import Facts, warnings_about
from offboarding.plan import Holdings, same_person

FAN_OUT = 16
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


def holdings(
    client: GenesysClient,
    person_id: str,
    *,
    scim_id: str = "",
    team: Ref | None = None,
    raise_waits: bool = False,
    for_a_plan: bool = False,
) -> Holdings:
    """Everything the person holds, each item with its source, in two rounds of parallel reads.

    With `scim_id`, the one an earlier plan found, the SCIM resource is read by it before anything else, so that its
    ETag is older than all the rest; without, it is looked for by e-mail. `team` is the one an earlier plan found: it is
    asked for its members where the person is told without a team. With `raise_waits` a call that may succeed
    later (RetryLater, Unreachable) raises instead of making its section unknown. `for_a_plan` costs a call a group,
    which tells the dynamic ones or warns of those that it could not be seen of, one for others of the same name, one
    for the manager's name (Genesys gives an id; without an answer the id stays), and one for the names of those whose
    direct calls the person takes over, if any.
    A section that could not be read is named in `unknown` with the reason, never shown as empty. Raises
    GenesysError only when the person cannot be read (NotThere: no such person). A deleted person holds nothing.
    """
    read_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    reads = Reads(raise_waits=raise_waits)
    resource = reads.now("scim", lambda: _by_scim_id(client, scim_id), None) if scim_id else None
    with ThreadPoolExecutor(max_workers=FAN_OUT) as pool:
        first = _First.start(pool, client, person_id)
        who = first.person.result()
        if who.state == "deleted":
            return Holdings(person=who, read_at=read_at)
        if team is not None:
            who = reads.now("team", partial(with_team, client, who, team), who)
        scim = None if scim_id else pool.submit(_resources, client, who)
        manager = pool.submit(_named_manager, client, who) if for_a_plan else None
        others = pool.submit(namesakes, client, who) if for_a_plan else None
        known = who.groups or ()
        rules = [pool.submit(_is_dynamic, client, group.id) for group in known] if for_a_plan else []
        group_read = pool.submit(_groups, client, [group.id for group in known])
        queues = by_id(reads.of("queues", first.joined, ()), reads.of("queues", first.unjoined, ()))
        direct = _direct(reads, pool, client, queues, who)
        groups = reads.of("groups", group_read, ())
        by_rule = {group.id: reads.of("groups", rule, None) for group, rule in zip(known, rules, strict=False)}
        grants = reads.of("roles", first.grants, ())
        live = reads.of("sessions", first.status, None)
        reports = reads.of("reports", first.reports, ())
        equipment = first.equipment.items(reads, live) if first.equipment else ()
        backs_up = first.equipment.backs_up(reads) if first.equipment else ()
        if for_a_plan:
            backs_up = _named_people(client, backs_up)
        found = reads.of("scim", scim, None) if scim else resource
        alike = reads.of("namesakes", others, None) if others else ()
        who = replace(who, manager=manager.result()) if manager else who
    resources = None if found is None else tuple(each for each in found if same_person(who, each))
    for section, told in (("groups", who.groups), ("skills", who.skills), ("languages", who.languages)):
        if told is None:
            reads.unknown.setdefault(section, "Genesys did not send it with the person")
    items = (
        *queue_items(queues, direct, who),
        *role_items(grants, groups, who),
        *group_items(groups, who, by_rule),
        *skill_items(who),
        *equipment,
        *session_items(live),
    )
    return Holdings(
        person=who,
        read_at=read_at,
        items=items,
        owned_groups=tuple(group.name for group in groups if who.id in group.owner_ids),
        direct_reports=tuple(report.name or report.id for report in reports),
        backs_up=backs_up,
        scim=resources[0] if resources and len(resources) == 1 else None,
        scim_matches=len(resources or ()),
        warnings=warnings_about(Facts(who, items, groups, by_rule, reports, backs_up, live, queues, resources, alike)),
        unknown=reads.unknown,
    )


@dataclass(frozen=True, slots=True)
class _First:
    """The reads that need nothing but the person's id."""

    person: Future[Person]
    joined: Future[tuple[QueueMembership, ...]]
    unjoined: Future[tuple[QueueMembership, ...]]
    grants: Future[tuple[Grant, ...]]
    status: Future[AgentStatus]
    reports: Future[tuple[Ref, ...]]
    equipment: Equipment | None

    @classmethod
    def start(cls, pool: Executor, client: GenesysClient, person_id: str) -> _First:
        return cls(
            pool.submit(find_person, client, person_id, EXPAND),
            pool.submit(client.get_user_queues, person_id, joined=True),
            pool.submit(client.get_user_queues, person_id, joined=False),
            pool.submit(client.get_authorization_subject, person_id, include_duplicates=True),
            pool.submit(client.get_analytics_agent_status, person_id),
            pool.submit(client.get_user_directreports, person_id),
            Equipment.start(pool, client, person_id),
        )


def _direct(
    reads: Reads, pool: Executor, client: GenesysClient, queues: tuple[QueueMembership, ...], who: Person
) -> dict[str, bool]:
    """For each queue that a group of the person is in too: whether they are also a member of their own."""
    mixed = [queue for queue in queues if through(queue, who)]
    started = [pool.submit(is_direct_member, client, queue.queue.id, who, queue.member_count) for queue in mixed]
    return {queue.queue.id: reads.of("queues", read, True) for queue, read in zip(mixed, started, strict=True)}


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


def _is_dynamic(client: GenesysClient, group_id: str) -> bool | None:
    """Whether Genesys computes the group's members; None where we may not see it.

    The operation is a preview, and no permission is declared for it. An org that keeps it from us must still be able
    to have its people leave: then it is said that nobody knows, and nothing more is unknown.
    """
    try:
        client.get_group_dynamicsettings(group_id)
    except NotThere:
        return False
    except MissingPermission:
        return None
    return True


def _named_manager(client: GenesysClient, who: Person) -> Ref | None:
    if who.manager is None or who.manager.name:
        return who.manager
    try:
        return Ref(who.manager.id, find_person(client, who.manager.id).name)
    except GenesysError:
        return who.manager


def _named_people(client: GenesysClient, people: tuple[Ref, ...]) -> tuple[Ref, ...]:
    """The same people with their names, a hundred a call; of whom nothing comes back, the id stays."""
    names: dict[str, str] = {}
    try:
        for at in range(0, len(people), 100):
            found = client.get_users(ids=[each.id for each in people[at : at + 100]], state="any").people
            names |= {person.id: person.name for person in found}
    except GenesysError:
        pass
    return tuple(Ref(each.id, names.get(each.id, "")) for each in people)


def is_direct_member(client: GenesysClient, queue_id: str, who: Person, member_count: int | None = None) -> bool:
    """Whether the queue lists the person as a member of their own (`memberBy=user`), beside any group.

    How `name` narrows the listing is not documented: it is asked for only where it may spare pages, and whom it does
    not find is looked for among all.
    """
    fits_a_page = member_count is not None and member_count <= PAGE_SIZE
    names = (None,) if fits_a_page else (who.name, None)
    return any(
        member.id == who.id
        for name in names
        for member in client.get_routing_queue_members(queue_id, member_by="user", name=name, member_count=member_count)
    )
