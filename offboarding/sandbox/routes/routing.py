"""Tag Routing: queues, their members, and what a person has of skills and languages."""

from __future__ import annotations

from typing import Any

from .. import membership, person_record
from ..call import Answer, Call
from ..catalogue import Queue, SkillGroup
from ..errors import bad_request, not_found
from ..paging import cursored, numbered
from ..people import Person
from . import PLATFORM
from .users import person_of

_MEMBERS = ("routing:queue:edit", "routing:queueMember:manage")
_LOOK = ("routing:queue:view", "routing:queue:edit", "routing:queue:readonly", "routing:queueMember:manage")
_NO_QUEUE = "Specified queue could not be found"


def _queue_of(call: Call) -> Queue:
    queue = call.org.catalogue.queues.get(call.params["queueId"])
    if queue is None:
        raise not_found(_NO_QUEUE, "resource.not.found")
    return queue


def show_queue(call: Call, queue: Queue) -> dict[str, Any]:
    catalogue = call.org.catalogue
    members = membership.members_of_queue(call.org, queue)
    division = catalogue.divisions[queue.division_id]
    return {
        "id": queue.id,
        "name": queue.name,
        "division": {
            "id": division.id,
            "name": division.name,
            "selfUri": f"/api/v2/authorization/divisions/{division.id}",
        },
        "memberCount": len(members),
        "userMemberCount": sum(direct for _, direct in members),
        "joinedMemberCount": sum(queue.id not in person.unjoined for person, _ in members),
        "memberGroups": [_member_group(call, kind, holder) for kind, holder in queue.member_groups],
        "selfUri": f"/api/v2/routing/queues/{queue.id}",
    }


def _member_group(call: Call, kind: str, holder: str) -> dict[str, Any]:
    catalogue = call.org.catalogue
    known = {"GROUP": catalogue.groups, "TEAM": catalogue.teams, "SKILLGROUP": catalogue.skill_groups}[kind]
    name = known[holder].name  # type: ignore[index]
    return {
        "id": holder,
        "name": name,
        "type": kind,
        "memberCount": len(membership.members_of(call.org, holder)),
    }


@PLATFORM.on("GET", "/api/v2/routing/queues", any_of=("routing:queue:view",))
def list_queues(call: Call) -> Answer:
    queues = [queue for queue in call.org.catalogue.queues.values() if call.org.is_seen(queue.division_id)]
    if ids := call.values("id"):
        queues = [queue for queue in queues if queue.id in ids]
    if divisions := call.values("divisionId"):
        queues = [queue for queue in queues if queue.division_id in divisions]
    if name := call.text("name"):
        queues = [queue for queue in queues if name.strip("*").casefold() in queue.name.casefold()]
    queues.sort(key=lambda queue: queue.name)
    return Answer(200, numbered(call, queues, lambda queue: show_queue(call, queue)))


@PLATFORM.on("GET", "/api/v2/routing/queues/{queueId}", any_of=("routing:queue:view",))
def get_queue(call: Call) -> Answer:
    return Answer(200, show_queue(call, _queue_of(call)))


@PLATFORM.on("GET", "/api/v2/routing/queues/{queueId}/members", any_of=_LOOK)
def list_members(call: Call) -> Answer:
    """No total and no pageCount; at most 100 a page. A member both ways shows once, as `user` (inferred)."""
    queue = _queue_of(call)
    members = membership.members_of_queue(call.org, queue)
    by = call.text("memberBy", "", ("", "user", "group"))
    held = {holder for _, holder in queue.member_groups}
    if by == "user":
        members = [pair for pair in members if pair[1]]
    elif by == "group":
        members = [(person, False) for person, _ in members if held & membership.holders(call.org, person)]
    if call.text("joined", "", ("", "true", "false")):
        joined = call.flag("joined", True)
        members = [pair for pair in members if (queue.id not in pair[0].unjoined) == joined]

    def show(pair: tuple[Person, bool]) -> dict[str, Any]:
        person, direct = pair
        return {
            "id": person.id,
            "name": person.name,
            "user": person_record.show(call.org, person, person_record.wanted(call)),
            "ringNumber": 1,
            "joined": queue.id not in person.unjoined,
            "memberBy": "user" if direct else "group",
            "routingStatus": person_record.routing_status(call.org, person),
            "selfUri": f"/api/v2/routing/queues/{queue.id}/members/{person.id}",
        }

    return Answer(200, numbered(call, members, show, most=100, totals=False))


@PLATFORM.on("DELETE", "/api/v2/routing/queues/{queueId}/members/{memberId}", any_of=_MEMBERS)
def delete_member(call: Call) -> Answer:
    """204; 400 invalid.type for a member only through a group; 404 for no member at all."""
    queue, person = _queue_of(call), call.org.people.get(call.params["memberId"])
    if person is None or queue.id not in membership.queues_of(call.org, person):
        raise not_found("The resource could not be found.", "resource.not.found")
    if queue.id not in person.queues:
        raise bad_request("Group-type queue members cannot be individually deleted", "invalid.type")
    _leave(call, person, queue)
    return Answer(204)


def _leave(call: Call, person: Person, queue: Queue) -> None:
    with call.org.changing(person):
        person.queues.remove(queue.id)
        if queue.id in person.unjoined and queue.id not in membership.queues_of(call.org, person):
            person.unjoined.remove(queue.id)


@PLATFORM.on("POST", "/api/v2/routing/queues/{queueId}/members", any_of=_MEMBERS)
def change_members(call: Call) -> Answer:
    """Adds members, or removes them with delete=true; at most 100. Unknown ids: option `unknown_member`."""
    queue, body = _queue_of(call), call.json(list)
    if not 1 <= len(body) <= 100:
        raise bad_request("The number of members must be from 1 to 100.")
    ids = [each.get("id") if isinstance(each, dict) else None for each in body]
    if call.org.options.unknown_member == "refuse" and any(each not in call.org.people for each in ids):
        raise bad_request("A non-UUID value was specified for an ID field.", "invalid.id")
    removing = call.flag("delete", False)
    for person in [call.org.people[each] for each in ids if each in call.org.people]:
        if removing and queue.id in person.queues:
            _leave(call, person, queue)
        elif not removing and queue.id not in person.queues:
            with call.org.changing(person):
                person.queues.append(queue.id)
    return Answer(call.org.options.default_status)


@PLATFORM.on("GET", "/api/v2/users/{userId}/queues", any_of=("routing:queue:view",))
def user_queues(call: Call) -> Answer:
    """`joined` is true by default: queues that are not activated show only with joined=false."""
    return Answer(200, _user_queues(call, call.org.lag.shown(person_of(call)), call.flag("joined", True)))


def _user_queues(call: Call, person: Person, joined: bool) -> dict[str, Any]:
    held = [call.org.catalogue.queues[each] for each in membership.queues_of(call.org, person)]
    queues = [queue for queue in held if call.org.is_seen(queue.division_id)]
    if joined or call.org.options.unjoined_lists == "unjoined":
        queues = [queue for queue in queues if (queue.id not in person.unjoined) == joined]
    if divisions := call.values("divisionId"):
        queues = [queue for queue in queues if queue.division_id in divisions]
    queues.sort(key=lambda queue: queue.name)
    return numbered(call, queues, lambda queue: show_queue(call, queue) | {"joined": queue.id not in person.unjoined})


@PLATFORM.on("PATCH", "/api/v2/users/{userId}/queues", any_of=("routing:queue:join", "routing:queueMember:manage"))
def join_queues(call: Call) -> Answer:
    """UserQueue[] {id, joined}: activates or not; membership stays. Queues of others are ignored."""
    person, body = person_of(call), call.json(list)
    member_of = membership.queues_of(call.org, person)
    with call.org.changing(person):
        for each in body:
            if not isinstance(each, dict) or type(each.get("joined")) is not bool:
                raise bad_request("Each queue needs an id and joined.", "general.bad.request")
            if each.get("id") in member_of:
                kept = [queue for queue in person.unjoined if queue != each["id"]]
                person.unjoined = kept if each["joined"] else [*kept, each["id"]]
    return Answer(200, _user_queues(call, person, True))


@PLATFORM.on("GET", "/api/v2/users/{userId}/skillgroups", any_of=("routing:skillGroup:view",))
def user_skill_groups(call: Call) -> Answer:
    """The skill groups that the person's skills make them a member of; no call takes anybody out of one."""
    person = call.org.lag.shown(person_of(call, missing=not_found))

    def show(group: SkillGroup) -> dict[str, Any]:
        uri = f"/api/v2/routing/skillgroups/{group.id}"
        members = membership.members_of(call.org, group.id)
        return {"id": group.id, "name": group.name, "memberCount": len(members), "status": "Complete", "selfUri": uri}

    return Answer(200, cursored(call, membership.skill_groups(call.org, person), show))
