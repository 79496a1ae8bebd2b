"""What the OAuth client cannot see: holdings in a division that its roles do not cover are silently missing."""

from __future__ import annotations

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import GenesysError
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
