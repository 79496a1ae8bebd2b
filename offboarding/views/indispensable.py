"""Built-in protection, said before anybody asks: the last administrator, and who made the console's OAuth client."""

from __future__ import annotations

from offboarding import people, plan
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import GenesysError
from offboarding.genesys.records import Person
from offboarding.people import Duties


def made_ours(client: GenesysClient, who: Person, found: Duties) -> str:
    """That the person made the OAuth client of this console, and what to do about it; one call for who made any.

    Empty where it is not so, or could not be seen: the planner asks again, and says what nobody could see.
    """
    try:
        ours = people.is_our_client(client, found.oauth_clients)
    except GenesysError:
        return ""
    return f"{plan.MADE_OUR_CLIENT.format(name=who.name)} {plan.LET_ANOTHER_MAKE}" if ours else ""


def last_admin(client: GenesysClient, who: Person) -> str:
    """The same of the last who can give roles to others: one call for who cannot, else one a role and a few more."""
    try:
        last = people.is_last_admin(client, who.id)
    except GenesysError:
        return ""
    return f"{plan.LAST_ADMIN.format(name=who.name)} {plan.LET_ANOTHER_GIVE}." if last else ""
