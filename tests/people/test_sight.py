"""Which divisions a plan is blind in, by what the OAuth client is granted there."""

from __future__ import annotations

from offboarding import people
from offboarding.genesys.granted import judge
from offboarding.genesys.permissions import permissions
from offboarding.genesys.records import Grant, Policy, Ref

NORTH, SOUTH, EVERYWHERE = Ref("d-1", "North"), Ref("d-2", "South"), Ref("*")
ALL = frozenset(permissions())


def unseen(*grants: tuple[Ref, frozenset[str]]) -> tuple[str, ...]:
    held = [Grant(Ref("r-1", "Leavers"), where, "o-1", (Policy(tuple(names)),)) for where, names in grants]
    return people.divisions_unseen(judge(held, [NORTH, SOUTH]))


def test_a_role_in_every_division_sees_all():
    assert unseen((EVERYWHERE, ALL)) == ()


def test_a_division_without_any_role_is_not_seen():
    assert unseen((NORTH, ALL)) == ("South",)


def test_a_division_where_queues_cannot_be_looked_at_is_not_seen():
    """Some role is granted there, so that it counts as covered; its queues are missing all the same."""
    assert unseen((NORTH, ALL), (SOUTH, ALL - {"routing:queue:view"})) == ("South",)


def test_what_can_only_not_be_changed_somewhere_is_seen():
    assert unseen((NORTH, ALL), (SOUTH, ALL - {"routing:queue:edit", "authorization:grant:delete"})) == ()
