"""What only the deletion could end: looked for once more after it, where the API can still tell."""

from __future__ import annotations

from typing import NamedTuple

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import NotThere
from offboarding.pipeline.step import Work

GIVEN_SINCE = "anything given to the person between this run's last look and the deletion, which may be somebody else's"


class Left(NamedTuple):
    """A holding of the last look before the deletion, as an action names it."""

    kind: str
    id: str
    name: str


def unseen(work: Work) -> tuple[Left, ...]:
    """What no last look covers when somebody else deleted the person, or may have.

    The work of steps that came too late for it, what only the deletion ends, and whatever was given to the person
    since the run last looked.
    """
    evidences = work.run.steps.values_list("evidence", flat=True)
    late = (Left(*each) for evidence in evidences for each in evidence.get("overtaken", ()))
    by_deletion = (Left(each.kind, each.id, each.name) for each in work.approved if each.ended_by != "step")
    found = {(left.kind, left.id): left for left in (*by_deletion, *late)}
    return (*found.values(), Left("anything", "", GIVEN_SINCE))


def after_deletion(client: GenesysClient, person_id: str, left: tuple[Left, ...]) -> tuple[list[str], list[str]]:
    """The names of what is seen to have ended, and of what is still there or cannot be seen any more.

    Roles are told by GET /api/v2/authorization/subjects/{subjectId}, queues by their own list of members. Nothing
    tells who is in a dynamic group once the person is gone. No call where nothing was left.
    """
    grants = _grants(client, person_id) if any(each.kind == "role" for each in left) else set()
    ended: list[str] = []
    still: list[str] = []
    for each in left:
        gone = (each.kind == "role" and each.id not in grants) or (
            each.kind == "queue" and not _is_member(client, each.id, person_id)
        )
        (ended if gone else still).append(each.name)
    return ended, still


def _grants(client: GenesysClient, person_id: str) -> set[str]:
    try:
        return {f"{grant.role.id}:{grant.division.id}" for grant in client.get_authorization_subject(person_id)}
    except NotThere:
        return set()


def _is_member(client: GenesysClient, queue_id: str, person_id: str) -> bool:
    try:
        return any(member.id == person_id for member in client.get_routing_queue_members(queue_id))
    except NotThere:
        return False
