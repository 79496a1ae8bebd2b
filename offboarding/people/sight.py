"""What the OAuth client cannot see: holdings in a division that its roles do not cover are silently missing."""

from __future__ import annotations

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import GenesysError, MissingPermission, NotUnderstood
from offboarding.genesys.granted import Unread, read_granted


def blind_spots(client: GenesysClient) -> tuple[str, ...]:
    """A sentence for whoever decides on a plan, when something may be missing from it; three reads.

    That it could not be found out is such a sentence too. The article's dialect knows no divisions.
    """
    if not client.KNOWS_EQUIPMENT:
        return ()
    try:
        found = read_granted(client, client.get_tokens_me().client)
    except GenesysError as error:
        found = Unread(str(error), error.remedy)
    if isinstance(found, Unread):
        return (f"It is not known which divisions this console sees: {found.problem}",)
    if found.uncovered:
        names = ", ".join(found.uncovered)
        return (f"This console does not see the divisions {names}: what is held there is not in this plan, and stays.",)
    return ()


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
