"""Tags Groups and Teams: groups, their direct members, and leaving a group or a team."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from offboarding.genesys.api.area import Area, one_call_of, path_of
from offboarding.genesys.records import Group
from offboarding.genesys.shape import Shape

MOST_OF_A_GROUP = 50
MOST_OF_A_TEAM = 25


class GroupsArea(Area):
    def get_group(self, group_id: str) -> Group:
        """GET /api/v2/groups/{groupId}. No permission declared. 200."""
        return _group(self._get(path_of("/api/v2/groups/{groupId}", groupId=group_id)))

    def get_groups(self, *, ids: Sequence[str] = ()) -> Iterator[Group]:
        """GET /api/v2/groups, page after page. No permission declared. 200."""
        for row in self._pages("/api/v2/groups", query={"id": list(ids) or None}):
            yield _group(row)

    def get_group_individuals(self, group_id: str) -> tuple[str, ...]:
        """GET /api/v2/groups/{groupId}/individuals: ids of direct members only. 200.

        No permission declared. Not paged.
        """
        path = path_of("/api/v2/groups/{groupId}/individuals", groupId=group_id)
        return tuple(row.text("id") for row in self._get(path).each("entities"))

    def get_group_dynamicsettings(self, group_id: str) -> None:
        """GET /api/v2/groups/{groupId}/dynamicsettings: a preview. No permission declared. 200.

        Answers for a dynamic group; NotThere for any other (inferred).
        """
        self._get(path_of("/api/v2/groups/{groupId}/dynamicsettings", groupId=group_id))

    def delete_group_members(self, group_id: str, ids: Sequence[str]) -> None:
        """DELETE /api/v2/groups/{groupId}/members?ids=: 1 to 50. No permission declared. 202.

        Asynchronous, and it may still fail afterwards: read the members back. A dynamic group keeps
        everybody, and one with `includeOwners` its owners. Another number of ids is Refused, and nothing is sent.
        """
        path = path_of("/api/v2/groups/{groupId}/members", groupId=group_id)
        self._call("DELETE", path, query={"ids": one_call_of(ids, MOST_OF_A_GROUP, path)})

    def get_team_members(self, team_id: str) -> tuple[str, ...]:
        """GET /api/v2/teams/{teamId}/members, every page by `after`: ids of the members. 200.

        Needs groups:team:view. Model `TeamMemberEntityListing`.
        """
        path = path_of("/api/v2/teams/{teamId}/members", teamId=team_id)
        return tuple(row.text("id") for row in self._after_pages(path, permission="groups:team:view"))

    def delete_team_members(self, team_id: str, ids: Sequence[str]) -> None:
        """DELETE /api/v2/teams/{teamId}/members?id=: 1 to 25. Needs groups:team:assign. 204.

        Another number of ids is Refused, and nothing is sent.
        """
        path = path_of("/api/v2/teams/{teamId}/members", teamId=team_id)
        self._call(
            "DELETE", path, query={"id": one_call_of(ids, MOST_OF_A_TEAM, path)}, permission="groups:team:assign"
        )


def _group(row: Shape) -> Group:
    return Group(
        id=row.text("id"),
        name=row.text("name"),
        owner_ids=tuple(owner.text("id") for owner in row.each_or_none("owners") or ()),
        include_owners=row.flag_or("includeOwners", False),
        member_count=row.whole_or_none("memberCount"),
        roles_enabled=row.flag_or("rolesEnabled", False),
    )
