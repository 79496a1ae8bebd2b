"""The divisions to choose from, kept for ten minutes so that a search stays one call, and those that are not seen."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import cache

from offboarding import connection, plan
from offboarding import people as directory
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import GenesysError

KEPT_FOR = 600


def kept_divisions(chosen: str) -> dict[str, Any]:
    """What the filter of divisions needs, without any call: what was read in the last ten minutes."""
    return _to_choose(cache.get(_key(), ()), chosen)


def divisions_to_choose(client: GenesysClient, chosen: str) -> dict[str, Any]:
    """What the filter of divisions needs; when they cannot be read the filter says why, and the search stands."""
    kept = cache.get(_key())
    if kept is None:
        try:
            read = client.get_authorization_divisions()
        except GenesysError as error:
            return _to_choose((), chosen) | {"divisions_unknown": error}
        kept = [(division.id, division.name) for division in read]
        cache.set(_key(), kept, KEPT_FOR)
    return _to_choose(kept, chosen)


def warnings_of_unseen() -> tuple[plan.Warning, ...]:
    """That something may be hidden, by the latest kept look at the connection: without any call."""
    found = connection.kept()
    granted = found.connection.granted if found else None
    told = plan.Sight(directory.divisions_unseen(granted)).hidden if granted else ""
    return (plan.Warning("divisions", told),) if told else ()


def _to_choose(kept: Any, chosen: str) -> dict[str, Any]:
    """A chosen division that is not among them stays in the list: a filter in force is never hidden."""
    divisions = list(kept)
    if chosen and chosen not in dict(divisions):
        divisions.append((chosen, f"Division {chosen}"))
    return {"divisions": divisions}


def _key() -> str:
    return f"divisions:{settings.GENESYS_DOMAIN}:{settings.GENESYS_CLIENT_ID}"
