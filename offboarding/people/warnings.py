"""Pure: what an approver must know about a person before deciding, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from offboarding.genesys.records import AgentStatus, Group, Person, QueueMembership, Ref, ScimPerson
from offboarding.plan import Holding, Warning, counted


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read. `resources` is None when SCIM could not be read, `status` when the live sessions could not.

    `by_rule` tells by id which groups are dynamic, None where it could not be seen. `namesakes` is None where nobody
    could look for them.
    """

    who: Person
    items: tuple[Holding, ...]
    groups: tuple[Group, ...]
    by_rule: Mapping[str, bool | None]
    reports: tuple[Ref, ...]
    backs_up: tuple[Ref, ...]
    status: AgentStatus | None
    queues: tuple[QueueMembership, ...]
    resources: tuple[ScimPerson, ...] | None
    namesakes: tuple[Person, ...] | None = ()


def warnings_about(facts: Facts) -> tuple[Warning, ...]:
    """What an approver must know first; the worst comes first."""
    who, resources, status = facts.who, facts.resources, facts.status
    found: list[Warning] = []
    if status is not None and status.session_count:
        talks = counted(status.session_count, "live conversation")
        found.append(Warning("live", f"In {talks} now."))
    found += _namesakes(facts.namesakes)
    if resources is None:
        found.append(Warning("scim", "SCIM could not be read: what would be deleted is not known.", blocks=True))
    elif len(resources) != 1:
        number = "no SCIM resource has" if not resources else f"{len(resources)} SCIM resources have"
        found.append(Warning("scim", f"Cannot be deleted through SCIM: {number} this e-mail.", blocks=True))
    else:
        found += _identity_provider(resources[0])
    lonely = [queue.queue.name for queue in facts.queues if queue.member_count == 1]
    if lonely:
        found.append(Warning("last_agent", f"The last agent of {_named(lonely)}."))
    owned = [group.name for group in facts.groups if who.id in group.owner_ids]
    if owned:
        found.append(Warning("owner", f"Owns {_named(owned)}: give it another owner."))
    as_owner = [item.name for item in facts.items if item.is_as_owner]
    if as_owner:
        found.append(Warning("stays_as_owner", f"Stays in {_named(as_owner)} for as long as they own it."))
    if facts.reports:
        found.append(
            Warning("manager", f"Manages {counted(len(facts.reports), 'person').replace('persons', 'people')}.")
        )
    if facts.backs_up:
        people = _named([person.name or person.id for person in facts.backs_up])
        found.append(Warning("backup", f"Takes over the direct calls of {people}: give them another backup."))
    forwarded = [item.name for item in facts.items if item.kind == "forwarding"]
    if forwarded:
        found.append(Warning("forwarding", f"Forwarded: {_named(forwarded)}. The plan switches it off."))
    by_rule = [item.name for item in facts.items if item.is_by_rule]
    if by_rule:
        found.append(Warning("dynamic", f"In {_named(by_rule)} by a rule: only the deletion ends that."))
    unclear = [group.name for group in facts.groups if facts.by_rule.get(group.id, False) is None]
    if unclear:
        sentence = f"It could not be seen whether a rule puts people into {_named(unclear)}: then nobody can leave it."
        found.append(Warning("perhaps_dynamic", sentence))
    inherited = [item for item in facts.items if item.inherited_from]
    if inherited:
        through = sorted({source.name for item in inherited for source in item.inherited_from})
        come, end = ("comes", "ends") if len(inherited) == 1 else ("come", "end")
        it = "it" if len(through) == 1 else "them"
        held = counted(len(inherited), "holding")
        found.append(Warning("inherited", f"{held} {come} through {_named(through)} and {end} with {it}."))
    if who.state == "inactive":
        found.append(Warning("inactive", "Already inactive: sign-in is suspended."))
    return tuple(found)


def as_it_was(sentence: str) -> str:
    """The sentence of a warning for a later reader: what was so now, when it was read, was so then."""
    return f"{sentence.removesuffix(' now.')} then." if sentence.endswith(" now.") else sentence


def _namesakes(others: tuple[Person, ...] | None) -> Iterator[Warning]:
    """Who else might be meant, each with what tells them apart."""
    if others is None:
        yield Warning("namesake", "It could not be seen whether another person has this name: compare the e-mail.")
    elif others:
        told = [", ".join(filter(None, (o.email or o.id, o.title, o.department, o.state))) for o in others]
        more = f" and {len(told) - 3} more" if len(told) > 3 else ""
        have = "Another person has" if len(told) == 1 else f"{len(told)} other people have"
        yield Warning("namesake", f"{have} this name: {'; '.join(told[:3])}{more}.")


def _identity_provider(resource: ScimPerson) -> Iterator[Warning]:
    """What an identity provider keeps it makes again at its next sync; an id elsewhere may be no more than a key."""
    then = "disable there first, or it comes back."
    if resource.external_id:
        kept = f"Kept by an identity provider (external id {resource.external_id})"
        yield Warning("identity_provider", f"{kept}: {then}")
    elif resource.authorities:
        known = f"Has an id in {_named(list(resource.authorities))}"
        yield Warning("identity_provider", f"{known}: if that keeps the account, {then}")


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
