"""Finding people in Genesys Cloud, and reading what one of them holds in as few and as parallel calls as possible.

Reads only; knows neither Django nor rows. Every function takes the client it may use.
"""

from offboarding.people.duties import Duties, duties, pending_evaluations
from offboarding.people.equipment import OWN, without_numbers
from offboarding.people.holdings import holdings, is_direct_member
from offboarding.people.last_admin import is_last_admin
from offboarding.people.preview import (
    ArchivePreview,
    Month,
    Row,
    history_interval,
    interval_of,
    months,
    preview,
)
from offboarding.people.search import (
    PAGE_SIZE,
    NoSuchPerson,
    SearchRefused,
    SearchResult,
    exactly_one,
    find_person,
    search,
)
from offboarding.people.sight import blind_spots, divisions_unseen, is_our_client, made_our_client
from offboarding.people.team import is_team_member

__all__ = [
    "OWN",
    "PAGE_SIZE",
    "ArchivePreview",
    "Duties",
    "Month",
    "NoSuchPerson",
    "Row",
    "SearchRefused",
    "SearchResult",
    "blind_spots",
    "divisions_unseen",
    "duties",
    "exactly_one",
    "find_person",
    "history_interval",
    "holdings",
    "interval_of",
    "is_direct_member",
    "is_last_admin",
    "is_our_client",
    "is_team_member",
    "made_our_client",
    "months",
    "pending_evaluations",
    "preview",
    "search",
    "without_numbers",
]
