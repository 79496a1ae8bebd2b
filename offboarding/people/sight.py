"""What the OAuth client cannot see: holdings in a division that its roles do not cover are silently missing."""

from __future__ import annotations

from collections.abc import Collection

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import GenesysError, MissingPermission, NotUnderstood, RetryLater, Unreachable
from offboarding.genesys.granted import Granted, Unread, read_granted
from offboarding.plan import ALL_SEEN, Sight


def blind_spots(client: GenesysClient, *, raise_waits: bool = False) -> Sight:
    """Which divisions the OAuth client does not see, so that something may be missing from a plan; three reads.

    That it could not be found out is told, not raised; with `raise_waits` a call that may succeed later raises. The
    article's dialect knows no divisions.
    """
    if not client.KNOWS_EQUIPMENT:
        return ALL_SEEN
    try:
        found = read_granted(client, client.get_tokens_me().client)
    except (RetryLater, Unreachable) as error:
        if raise_waits:
            raise
        found = Unread(str(error), error.remedy)
    except GenesysError as error:
        found = Unread(str(error), error.remedy)
    return Sight(unknown=found.problem) if isinstance(found, Unread) else Sight(divisions_unseen(found))


def divisions_unseen(found: Granted) -> tuple[str, ...]:
    """Where no role is granted, or none that lets the console look at everything it looks at elsewhere. Pure."""
    half_seen = (
        name
        for lack in found.partly
        if any(permission.endswith(":view") for permission in lack.permissions)
        for name in lack.divisions
    )
    return tuple(dict.fromkeys((*found.uncovered, *half_seen)))


def is_our_client(client: GenesysClient, made: Collection[str]) -> bool:
    """Whether one of these OAuth clients is the one that this console signs in with; one read, none for none of them.

    False where that cannot be seen. Raises GenesysError.
    """
    if not made:
        return False
    try:
        own = client.get_tokens_me().client
    except (MissingPermission, NotUnderstood):
        return False
    return own is not None and own.id in made


def made_our_client(client: GenesysClient, person_id: str) -> bool | None:
    """Whether the person made the OAuth client that this console signs in with; None when that cannot be seen.

    Two reads: GET /api/v2/tokens/me names the client, GET /api/v2/oauth/clients who made it. The article's dialect
    knows neither.
    """
    if not client.KNOWS_EQUIPMENT:
        return None
    try:
        own = client.get_tokens_me().client
        makers = {each.id: each.created_by for each in client.get_oauth_clients()}
    except (MissingPermission, NotUnderstood):
        return None
    maker = makers.get(own.id) if own else None
    return None if maker is None else maker.id == person_id
