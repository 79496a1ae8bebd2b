"""Whether somebody is the last one who can give roles to others: without them nobody could mend anything."""

from __future__ import annotations

from collections.abc import Collection

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import MissingPermission, NotThere, NotUnderstood
from offboarding.genesys.records import Grant

# Who may do this can give themselves, or a colleague, every other permission.
GIVES_ROLES = ("authorization", "grant", "add")
IDS_A_CALL = 100  # GET /api/v2/users: at most 100 ids (400 max.user.ids)


def is_last_admin(client: GenesysClient, person_id: str, *, leaving: Collection[str] = ()) -> bool | None:
    """Whether no other active person holds one of the roles with which this one gives roles; None: cannot be seen.

    Those who are `leaving` are active yet, and count as gone.
    One read for who holds no such role, else one a role and one a hundred others, until an active one is found.
    Somebody who holds it through a group alone may not be listed: then this errs on the side of keeping the person.
    The article's dialect cannot tell.
    """
    if not client.KNOWS_EQUIPMENT:
        return None
    try:
        grants = client.get_authorization_subject(person_id, include_full_roles=True)
        roles = {grant.role.id for grant in grants if _gives_roles(grant)}
        others = {id for role in roles for id in client.get_authorization_role_users(role)}
        others -= {person_id, *leaving}
        return bool(roles) and not _any_active(client, sorted(others))
    except (MissingPermission, NotThere, NotUnderstood):
        return None


def _gives_roles(grant: Grant) -> bool:
    names = (name.split(":") for policy in grant.policies if not policy.conditional for name in policy.permissions)
    return any(
        all(part in ("*", wanted) for part, wanted in zip(parts, GIVES_ROLES, strict=True))
        for parts in names
        if len(parts) == len(GIVES_ROLES)
    )


def _any_active(client: GenesysClient, ids: list[str]) -> bool:
    groups = (ids[at : at + IDS_A_CALL] for at in range(0, len(ids), IDS_A_CALL))
    return any(client.get_users(ids=some, state="active", page_size=IDS_A_CALL).people for some in groups)
