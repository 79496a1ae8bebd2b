"""The team of a person: an answer without one is no proof that there is none.

`team` comes with GET /api/v2/users/{userId} by `expand`, "best effort, not guaranteed", and somebody in no team is
answered without it, too. Only the team itself can tell: GET /api/v2/teams/{teamId}/members.
"""

from __future__ import annotations

from dataclasses import replace

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import NotThere
from offboarding.genesys.records import Person, Ref


def is_team_member(client: GenesysClient, team_id: str, person_id: str) -> bool:
    """Whether the team lists the person; a team that is no more lists nobody."""
    try:
        return person_id in client.get_team_members(team_id)
    except NotThere:
        return False


def with_team(client: GenesysClient, who: Person, team: Ref) -> Person:
    """The person as told, and in `team` where none was told and it lists them. No call where one was told."""
    return replace(who, team=team) if who.team is None and is_team_member(client, team.id, who.id) else who
