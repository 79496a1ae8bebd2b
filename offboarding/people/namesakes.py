"""Who else has the name: the most likely way to deprovision the wrong person."""

from __future__ import annotations

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import GenesysError, RetryLater, Unreachable
from offboarding.genesys.records import Person
from offboarding.people.search import PAGE_SIZE


def namesakes(client: GenesysClient, who: Person) -> tuple[Person, ...] | None:
    """Everybody else, active or inactive, whose name this is; None where it could not be seen. One call.

    Raises RetryLater and Unreachable: whoever reads decides whether to wait. Source: POST /api/v2/users/search, type
    EXACT; what it compares (case, accents) is not documented, so that the names are compared again. Its index lags.
    """
    try:
        found = client.post_users_search(
            [
                {"type": "EXACT", "fields": ["name"], "value": who.name},
                {"type": "EXACT", "fields": ["state"], "values": ["active", "inactive"]},
            ],
            page=1,
            page_size=PAGE_SIZE,
        )
    except (RetryLater, Unreachable):
        raise
    except GenesysError:
        return None
    return tuple(each for each in found.people if each.id != who.id and each.name.casefold() == who.name.casefold())
