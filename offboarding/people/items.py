"""Pure: what was read of a person as holdings, each with where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from offboarding.genesys.records import AgentStatus, Grant, Group, Person, QueueMembership
from offboarding.plan import DIRECT, Holding, Source


def by_id(*lists: tuple[QueueMembership, ...]) -> tuple[QueueMembership, ...]:
    """The union by queue id: whether `joined=false` means "not joined" or "all" is not documented."""
    union: dict[str, QueueMembership] = {}
    for queue in (queue for queues in lists for queue in queues):
        union.setdefault(queue.queue.id, queue)
    return tuple(sorted(union.values(), key=lambda queue: (queue.queue.name, queue.queue.id)))


def through(queue: QueueMembership, who: Person) -> tuple[Source, ...]:
    """The groups and team of this person that are members of the queue; skill groups always may be."""
    own = {group.id for group in who.groups or ()} | ({who.team.id} if who.team else set())
    return tuple(
        Source(member.kind.lower().replace("skillgroup", "skill_group"), member.id, member.name)
        for member in queue.through
        if member.id in own or member.kind == "SKILLGROUP"
    )


def queue_items(queues: Iterable[QueueMembership], direct: dict[str, bool], who: Person) -> Iterable[Holding]:
    for queue in queues:
        sources = through(queue, who)
        own = (DIRECT,) if not sources or direct.get(queue.queue.id, True) else ()
        place = queue.division.name if queue.division else ""
        yield Holding(
            "queue",
            queue.queue.id,
            queue.queue.name or queue.queue.id,
            (*own, *sources),
            ", ".join(filter(None, (place, "" if queue.joined else "not activated"))),
        )


def role_items(grants: Iterable[Grant], groups: Iterable[Group], who: Person) -> Iterable[Holding]:
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


def group_items(groups: Iterable[Group], who: Person, by_rule: Mapping[str, bool | None]) -> Iterable[Holding]:
    """`by_rule` tells of a group whether it is dynamic, None where nobody knows; nothing where nobody asked."""
    for group in sorted(groups, key=lambda group: (group.name, group.id)):
        rule = by_rule.get(group.id, False)
        owner = who.id in group.owner_ids
        kept_by = "rule" if rule else "owner" if owner and group.include_owners else ""
        source = Source(kept_by, group.id, group.name) if kept_by else DIRECT
        told = ("owner" if owner else "", "perhaps by its rule" if rule is None else "")
        yield Holding("group", group.id, group.name, (source,), ", ".join(filter(None, told)))
    if who.team:
        yield Holding("team", who.team.id, who.team.name)


def skill_items(who: Person) -> Iterable[Holding]:
    for kind, skills in (("skill", who.skills), ("language", who.languages)):
        for skill in sorted(skills or (), key=lambda skill: (skill.name, skill.id)):
            level = "" if skill.proficiency is None else f"{skill.proficiency:g} of 5"
            yield Holding(kind, skill.id, skill.name, detail=level)


def session_items(status: AgentStatus | None) -> Iterable[Holding]:
    """Every live session; one that is counted but not listed is there all the same."""
    if status is None:
        return
    for session in status.sessions:
        yield Holding("live_session", session.conversation_id, session.media_type, detail=f"since {session.since}")
    for number in range(len(status.sessions), status.session_count):
        yield Holding("live_session", f"unlisted {number + 1}", "a conversation that is counted but not listed")
