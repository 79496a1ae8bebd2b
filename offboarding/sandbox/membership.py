"""What a person holds through something else: queues and roles by group, team or skill. Pure reading."""

from __future__ import annotations

from dataclasses import dataclass, field

from .catalogue import Queue, SkillGroup
from .people import Person
from .state import Org


def holders(org: Org, person: Person) -> set[str]:
    """Ids of every group, team and skill group the person is in. Deletion ends what is only computed."""
    groups = org.catalogue.groups
    held = {each for each in person.groups if person.state != "deleted" or not groups[each].dynamic}
    if person.team:
        held.add(person.team)
    held.update(group.id for group in skill_groups(org, person))
    held.update(group for group in person.owned_groups if groups[group].include_owners)
    return held


def skill_groups(org: Org, person: Person) -> list[SkillGroup]:
    if person.state == "deleted":
        return []
    known = org.catalogue.skill_groups.values()
    return [group for group in known if person.skills.get(group.skill_id, 0) >= group.least]


def queues_of(org: Org, person: Person) -> dict[str, bool]:
    """Queue id -> is it (also) a direct membership? Every queue the person is in, in catalogue order."""
    held = holders(org, person)
    found = {}
    for queue in org.catalogue.queues.values():
        direct = queue.id in person.queues
        if direct or any(holder in held for _, holder in queue.member_groups):
            found[queue.id] = direct
    return found


@dataclass
class Members:
    """Who is in what as reads show it, by name: made in one pass over the people and kept until something changes."""

    queues: dict[str, list[tuple[Person, bool]]] = field(default_factory=dict)
    holders: dict[str, list[Person]] = field(default_factory=dict)


def _members(org: Org) -> Members:
    kept = org.derived.get("members")
    if kept and kept[0] == org.revision:
        found: Members = kept[1]
        return found
    found = Members()
    shown = [org.lag.shown(person) for person in org.people.values()]
    for person in sorted(shown, key=lambda each: (each.name, each.id)):
        for holder in holders(org, person):
            found.holders.setdefault(holder, []).append(person)
        for queue_id, direct in queues_of(org, person).items():
            found.queues.setdefault(queue_id, []).append((person, direct))
    org.derived["members"] = (org.revision, found)
    return found


def members_of_queue(org: Org, queue: Queue) -> list[tuple[Person, bool]]:
    """(person, direct?) for every member, by name."""
    return _members(org).queues.get(queue.id, [])


def members_of(org: Org, holder_id: str) -> list[Person]:
    """The members of a group, team or skill group, by name."""
    return _members(org).holders.get(holder_id, [])


def inherited_grants(org: Org, person: Person) -> list[tuple[str, str, str]]:
    """(subject id, role id, division id) of the grants that come through groups."""
    found = []
    for holder in sorted(holders(org, person)):
        group = org.catalogue.groups.get(holder)
        for role, division in group.grants if group and person.state != "deleted" else ():
            if role not in org.removed_roles:
                found.append((holder, role, division))
    return found


def live_roles(org: Org, person: Person) -> list[str]:
    """Ids of all roles in effect, direct and inherited, each once."""
    direct = [grant[0] for grant in org.visible_grants(person)]
    return list(dict.fromkeys([*direct, *(role for _, role, _ in inherited_grants(org, person))]))
