"""Tags Groups and Teams."""

from __future__ import annotations

from typing import Any

from .. import membership, person_record
from ..call import Answer, Call
from ..catalogue import Group, Team
from ..errors import bad_request, not_found
from ..paging import cursored, numbered
from . import PLATFORM


def _group_of(call: Call) -> Group:
    group = call.org.catalogue.groups.get(call.params["groupId"])
    if group is None:
        raise not_found("The requested resource could not be found.", "general.resource.not.found")
    return group


def _show(call: Call, group: Group) -> dict[str, Any]:
    owners = [each for each in call.org.people.values() if group.id in each.owned_groups]
    return {
        "id": group.id,
        "name": group.name,
        "memberCount": len(membership.members_of(call.org, group.id)),
        "state": "active",
        "version": 1,
        "type": group.kind,
        "visibility": "public",
        "rolesEnabled": bool(group.grants),
        "includeOwners": group.include_owners,
        "owners": [{"id": each.id, "selfUri": f"/api/v2/users/{each.id}"} for each in owners],
        "selfUri": f"/api/v2/groups/{group.id}",
    }


@PLATFORM.on("GET", "/api/v2/groups")
def list_groups(call: Call) -> Answer:
    groups = list(call.org.catalogue.groups.values())
    if ids := call.values("id"):
        groups = [each for each in groups if each.id in ids]
    groups.sort(key=lambda each: each.name)
    return Answer(200, numbered(call, groups, lambda each: _show(call, each)))


@PLATFORM.on("GET", "/api/v2/groups/{groupId}")
def get_group(call: Call) -> Answer:
    return Answer(200, _show(call, _group_of(call)))


@PLATFORM.on("GET", "/api/v2/groups/{groupId}/members")
def group_members(call: Call) -> Answer:
    """Individuals, owners (where included) and dynamically included people."""
    members, expands = membership.members_of(call.org, _group_of(call).id), person_record.wanted(call)
    return Answer(200, numbered(call, members, lambda each: person_record.show(call.org, each, expands)))


@PLATFORM.on("GET", "/api/v2/groups/{groupId}/individuals")
def group_individuals(call: Call) -> Answer:
    """Direct members only, not paged; a dynamic group has none."""
    group = _group_of(call)
    people = [each for each in call.org.people.values() if group.id in each.groups and not group.dynamic]
    return Answer(200, {"entities": [person_record.show(call.org, each, []) for each in people]})


@PLATFORM.on("GET", "/api/v2/groups/{groupId}/dynamicsettings")
def dynamic_settings(call: Call) -> Answer:
    """A preview operation: the definition of a dynamic group, 404 for any other group (inferred)."""
    group = _group_of(call)
    if not group.dynamic:
        raise not_found("The requested resource could not be found.", "general.resource.not.found")
    uri = f"/api/v2/groups/{group.id}"
    return Answer(200, {"group": {"id": group.id, "selfUri": uri}, "selfUri": f"{uri}/dynamicsettings"})


@PLATFORM.on("DELETE", "/api/v2/groups/{groupId}/members")
def delete_group_members(call: Call) -> Answer:
    """202 and asynchronous, at most 50 ids. Who is no member is ignored; a dynamic group keeps everybody.

    The answer names nobody, and the directory may fail afterwards, as Genesys' own tool has met with deletions of
    groups ("always returns a 200 on the delete and then fails asynchronously"); option `group_loses`: with one of
    the members (inferred).
    """
    group, ids = _group_of(call), call.values("ids")
    if not 1 <= len(ids) <= 50:
        raise bad_request("A maximum of 50 members are allowed per request.", "general.bad.request")
    lost = (ids[0], group.id)
    if call.org.options.group_loses and lost not in call.org.lost:
        call.org.lost.add(lost)
        ids = ids[1:]
    for each in ids:
        if each in call.org.people:
            call.org.later(call.org.options.group_delay, each, "group", group.id)
    return Answer(202, {})


def _team_of(call: Call) -> Team:
    team = call.org.catalogue.teams.get(call.params["teamId"])
    if team is None:
        raise not_found("The requested resource could not be found.", "general.resource.not.found")
    return team


@PLATFORM.on("GET", "/api/v2/teams/{teamId}", any_of=("groups:team:view",))
def get_team(call: Call) -> Answer:
    team = _team_of(call)
    division = call.org.catalogue.divisions[team.division_id]
    body = {
        "id": team.id,
        "name": team.name,
        "division": {"id": division.id, "name": division.name},
        "memberCount": len(membership.members_of(call.org, team.id)),
        "selfUri": f"/api/v2/teams/{team.id}",
    }
    return Answer(200, body)


@PLATFORM.on("GET", "/api/v2/teams/{teamId}/members", any_of=("groups:team:view",))
def team_members(call: Call) -> Answer:
    def show(person: Any) -> dict[str, Any]:
        return {"id": person.id, "name": person.name, "selfUri": f"/api/v2/users/{person.id}"}

    return Answer(200, cursored(call, membership.members_of(call.org, _team_of(call).id), show))


@PLATFORM.on("DELETE", "/api/v2/teams/{teamId}/members", any_of=("groups:team:assign",))
def delete_team_members(call: Call) -> Answer:
    """204, at once, at most 25 ids."""
    team, ids = _team_of(call), call.values("id")
    if not 1 <= len(ids) <= 25:
        raise bad_request("Only 25 users can be requested at a time.", "max.user.ids")
    for person in [call.org.people[each] for each in ids if each in call.org.people]:
        if person.team == team.id:
            with call.org.changing(person):
                person.team = None
    return Answer(204)
