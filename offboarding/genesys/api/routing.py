"""Tag Routing: queues a person is in, their members, skills, languages and skill groups, utilization, backups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from offboarding.genesys.api.area import Area, path_of
from offboarding.genesys.api.people_records import skill
from offboarding.genesys.errors import NotThere
from offboarding.genesys.records import MemberGroup, QueueMember, QueueMembership, Ref, Skill
from offboarding.genesys.records.holdings import DirectRoutingBackup, Utilization
from offboarding.genesys.shape import Shape

MEMBERS = "routing:queueMember:manage or routing:queue:edit"
ASSIGN_SKILL = "routing:skill:assign"
ASSIGN_LANGUAGE = "routing:language:assign or routing:skill:assign"
BACKUP_PATH = "/api/v2/routing/users/{userId}/directroutingbackup/settings"
NO_BACKUP = "resource.not.found"


class RoutingArea(Area):
    def get_user_queues(self, user_id: str, *, joined: bool) -> tuple[QueueMembership, ...]:
        """GET /api/v2/users/{userId}/queues, every page. Needs routing:queue:view. 200.

        Whether `joined=false` means "not joined" or "all" is not documented: read both and unite them by
        queue id. Queues of divisions that the OAuth client's role does not cover are silently missing.
        """
        path = path_of("/api/v2/users/{userId}/queues", userId=user_id)
        rows = self._pages(path, query={"joined": joined}, permission="routing:queue:view")
        return tuple(_membership(row) for row in rows)

    def get_routing_queue_members(
        self,
        queue_id: str,
        *,
        member_by: str | None = None,
        name: str | None = None,
        member_count: int | None = None,
    ) -> Iterator[QueueMember]:
        """GET /api/v2/routing/queues/{queueId}/members, page after page until one is empty. 200.

        Needs routing:queue:view. `member_by` is user or group; without it both are listed. `name` narrows by
        name. The listing has no total: `member_count`, the queue's own, spares the call for the empty page.
        """
        path = path_of("/api/v2/routing/queues/{queueId}/members", queueId=queue_id)
        query = {"memberBy": member_by, "name": name}
        permission = "routing:queue:view"
        for row in self._pages(path, query=query, permission=permission, totals=False, rows_at_most=member_count):
            yield QueueMember(row.text("id"), row.text_or("name"), row.flag("joined"), row.text("memberBy"))

    def delete_routing_queue_member(self, queue_id: str, member_id: str) -> None:
        """DELETE /api/v2/routing/queues/{queueId}/members/{memberId}. 204; NotThere when no member.

        Needs routing:queueMember:manage or routing:queue:edit. A member through a group is Refused (400
        invalid.type): such a person leaves the group instead. Live conversations go on.
        """
        path = path_of("/api/v2/routing/queues/{queueId}/members/{memberId}", queueId=queue_id, memberId=member_id)
        self._call("DELETE", path, permission=MEMBERS)

    def get_user_routingskills(self, user_id: str) -> tuple[Skill, ...]:
        """GET /api/v2/users/{userId}/routingskills, every page. No permission declared. 200."""
        path = path_of("/api/v2/users/{userId}/routingskills", userId=user_id)
        return tuple(skill(row) for row in self._pages(path))

    def put_user_routingskills_bulk(self, user_id: str, skills: Sequence[Skill]) -> tuple[Skill, ...]:
        """PUT /api/v2/users/{userId}/routingskills/bulk: replaces all; whether an empty list clears is inferred. 200.

        Needs routing:skill:assign. The answer is one page of what the person has now; read back for proof.
        """
        path = path_of("/api/v2/users/{userId}/routingskills/bulk", userId=user_id)
        body = [{"id": each.id, "proficiency": each.proficiency or 0.0} for each in skills]
        answer = self._call("PUT", path, json=body, permission=ASSIGN_SKILL)
        return tuple(skill(row) for row in Shape.of(answer, "PUT", path).entities())

    def delete_user_routingskill(self, user_id: str, skill_id: str) -> None:
        """DELETE /api/v2/users/{userId}/routingskills/{skillId}. Needs routing:skill:assign. 200.

        NotThere when not assigned; ReadAgain on a conflict.
        """
        path = path_of("/api/v2/users/{userId}/routingskills/{skillId}", userId=user_id, skillId=skill_id)
        self._call("DELETE", path, permission=ASSIGN_SKILL)

    def get_user_routinglanguages(self, user_id: str) -> tuple[Skill, ...]:
        """GET /api/v2/users/{userId}/routinglanguages, every page. No permission declared. 200."""
        path = path_of("/api/v2/users/{userId}/routinglanguages", userId=user_id)
        return tuple(skill(row) for row in self._pages(path))

    def delete_user_routinglanguage(self, user_id: str, language_id: str) -> None:
        """DELETE /api/v2/users/{userId}/routinglanguages/{languageId}. 204; NotThere when not assigned.

        Needs routing:language:assign or routing:skill:assign. There is no call that clears all languages.
        """
        path = path_of("/api/v2/users/{userId}/routinglanguages/{languageId}", userId=user_id, languageId=language_id)
        self._call("DELETE", path, permission=ASSIGN_LANGUAGE)

    def get_user_skillgroups(self, user_id: str) -> tuple[Ref, ...]:
        """GET /api/v2/users/{userId}/skillgroups, every page by `after`. Needs routing:skillGroup:view. 200.

        Membership follows the skills: it ends when they are cleared. Models `UserSkillGroupEntityListing` and
        `SkillGroup`.
        """
        path = path_of("/api/v2/users/{userId}/skillgroups", userId=user_id)
        return tuple(row.ref() for row in self._after_pages(path, permission="routing:skillGroup:view"))

    def get_routing_user_utilization(self, user_id: str) -> Utilization:
        """GET /api/v2/routing/users/{userId}/utilization. 200.

        Needs routing:utilization:view or routing:utilization:manage. Models `AgentMaxUtilizationResponse` and
        `MediaUtilization`.
        """
        path = path_of("/api/v2/routing/users/{userId}/utilization", userId=user_id)
        answer = self._get(path, permission="routing:utilization:view or routing:utilization:manage")
        media = answer.inside_or_none("utilization")
        capacity = {} if media is None else {name: media.inside(name).whole("maximumCapacity") for name in media.value}
        return Utilization(answer.text("level"), capacity)

    def delete_routing_user_utilization(self, user_id: str) -> None:
        """DELETE /api/v2/routing/users/{userId}/utilization: back to the org's. 200; 409 is ReadAgain.

        Needs routing:utilization:manage.
        """
        path = path_of("/api/v2/routing/users/{userId}/utilization", userId=user_id)
        self._call("DELETE", path, permission="routing:utilization:manage")

    def get_routing_user_directroutingbackup_settings(self, user_id: str) -> DirectRoutingBackup | None:
        """GET /api/v2/routing/users/{userId}/directroutingbackup/settings. 200; None when there are none.

        Needs routing:directRoutingBackup:view. None is 404 with the code resource.not.found, documented as
        "The user's backup settings could not be found"; any other 404 is NotThere. Model
        `AgentDirectRoutingBackupSettings`.
        """
        path = path_of(BACKUP_PATH, userId=user_id)
        try:
            return _backup(self._get(path, permission="routing:directRoutingBackup:view"))
        except NotThere as error:
            if error.code == NO_BACKUP:
                return None
            raise

    def put_routing_user_directroutingbackup_settings(
        self, user_id: str, settings: DirectRoutingBackup
    ) -> DirectRoutingBackup:
        """PUT /api/v2/routing/users/{userId}/directroutingbackup/settings: replaces them. 200.

        Needs routing:directRoutingBackup:edit. For the colleagues in `backed_up_user_ids`: send theirs
        without the leaver. Who is backed up is not sent: it is read-only. Model
        `AgentDirectRoutingBackupSettings`.
        """
        path = path_of(BACKUP_PATH, userId=user_id)
        every: dict[str, Any] = {
            "waitForAgent": settings.wait_for_agent,
            "queueId": settings.queue_id,
            "userId": settings.user_id,
            "agentWaitSeconds": settings.agent_wait_seconds,
        }
        body = {name: value for name, value in every.items() if value is not None}
        answer = self._call("PUT", path, json=body, permission="routing:directRoutingBackup:edit")
        return _backup(Shape.of(answer, "PUT", path))

    def delete_routing_user_directroutingbackup_settings(self, user_id: str) -> None:
        """DELETE /api/v2/routing/users/{userId}/directroutingbackup/settings. 204; NotThere when there are none.

        Needs routing:directRoutingBackup:delete.
        """
        path = path_of(BACKUP_PATH, userId=user_id)
        self._call("DELETE", path, permission="routing:directRoutingBackup:delete")


def _backup(answer: Shape) -> DirectRoutingBackup:
    """Somebody without a backup who is one for others has `backedUpUsers` alone (inferred): any field must be there."""
    if not answer.value.keys() & {"waitForAgent", "queueId", "userId", "backedUpUsers"}:
        raise answer.lacks("waitForAgent", "true or false")
    return DirectRoutingBackup(
        wait_for_agent=answer.flag_or("waitForAgent", False),
        queue_id=answer.text_or_none("queueId"),
        user_id=answer.text_or_none("userId"),
        agent_wait_seconds=answer.whole_or_none("agentWaitSeconds"),
        backed_up_user_ids=answer.texts_or_empty("backedUpUsers"),
    )


def _membership(row: Shape) -> QueueMembership:
    return QueueMembership(
        queue=row.ref(),
        division=row.ref_or_none("division"),
        joined=row.flag("joined"),
        through=tuple(
            MemberGroup(group.text("id"), group.text_or("name"), group.text("type"))
            for group in row.each_or_none("memberGroups") or ()
        ),
        member_count=row.whole_or_none("memberCount"),
    )
