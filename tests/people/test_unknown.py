"""A part that could not be read is unknown, in the holdings and on the page, and never "none"."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string

from offboarding import people
from offboarding.plan import Holdings
from offboarding.views.sections import sections_of
from tests.flows import client
from tests.views.conftest import words_in

# A part of the holdings, its section on the page, and the call that reads it.
READS = [
    ("queues", "queues", "/users/[^/]+/queues$"),
    ("roles", "roles", "/authorization/subjects/"),
    ("stations", "phones", "/station$"),
    ("phones", "phones", "/edges/phones$"),
    ("numbers", "phones", "/edges/dids$"),
    ("forwarding", "routing", "/callforwarding$"),
    ("backup", "routing", "/directroutingbackup/settings$"),
    ("utilization", "routing", "/utilization$"),
    ("sessions", "routing", "/analytics/agents/"),
    ("sessions", "sessions", "/analytics/agents/"),
    ("reports", "reports", "/directreports$"),
]
# What comes with the person, by "best effort".
SENT_ALONG = [("groups", "groups"), ("skills", "skills"), ("languages", "skills")]


def shown(holdings: Holdings, key: str) -> tuple[str, str]:
    """The section as the page words it, and its words for none."""
    section = next(each for each in sections_of(holdings) if each.key == key)
    return words_in(render_to_string("people/section.html", {"section": section})), section.none


@pytest.fixture
def nobody_special(sandbox: Any) -> str:
    """Who holds nothing, so that whatever could not be read looks empty."""
    return sandbox.person("holds nothing")["id"]


def test_who_holds_nothing_is_shown_with_none_everywhere(nobody_special: str) -> None:
    holdings = people.holdings(client(), nobody_special)
    assert holdings.unknown == {}
    for _, key, *_ in [*READS, *SENT_ALONG]:
        words, none = shown(holdings, key)
        assert none in words


@pytest.mark.parametrize("status", [403, 500])
@pytest.mark.parametrize(("part", "key", "path"), READS)
def test_a_read_that_failed_is_never_none(
    sandbox: Any, nobody_special: str, part: str, key: str, path: str, status: int
) -> None:
    sandbox.faults({"path": path, "status": status, "times": None})
    holdings = people.holdings(client(), nobody_special)
    words, none = shown(holdings, key)
    assert set(holdings.unknown) == {part}
    assert f"{status} " in holdings.unknown[part]
    assert "Could not be read" in words and none not in words


@pytest.mark.parametrize(("part", "key"), SENT_ALONG)
def test_what_was_not_sent_along_is_never_none(sandbox: Any, nobody_special: str, part: str, key: str) -> None:
    sandbox.faults({"path": f"/users/{nobody_special}$", "remove": [part], "times": None})
    holdings = people.holdings(client(), nobody_special)
    words, none = shown(holdings, key)
    assert holdings.unknown == {part: "Genesys did not send it with the person"}
    assert "Could not be read" in words and none not in words


def test_a_team_that_was_not_sent_along_is_never_none(sandbox: Any, nobody_special: str) -> None:
    """Genesys leaves `team` out for somebody in none, too, so that the section is not unknown by that."""
    sandbox.change(nobody_special, team=sandbox.name_id("team", "Care Berlin"))
    assert "Care Berlin" in shown(people.holdings(client(), nobody_special), "groups")[0]
    sandbox.faults({"path": f"/users/{nobody_special}$", "remove": ["team"], "times": None})
    holdings = people.holdings(client(), nobody_special)
    words, _ = shown(holdings, "groups")
    assert holdings.unknown == {}
    assert "In no group. Genesys named no team." in words


@pytest.mark.parametrize(("part", "path"), [("phones", "/edges/phones$"), ("numbers", "/edges/dids$")])
def test_what_is_listed_as_somebody_elses_is_not_the_persons(
    sandbox: Any, nobody_special: str, part: str, path: str
) -> None:
    """A filter that Genesys did not honour would have the phones of others deleted."""
    somebody = {"id": "somebody-else"}
    listed = {"id": "x-1", "phoneNumber": "+4930123", "webRtcUser": somebody, "owner": somebody, "ownerType": "USER"}
    body = {"entities": [listed], "pageNumber": 1, "pageCount": 1}
    sandbox.faults({"path": path, "status": 200, "body": body, "times": None})
    holdings = people.holdings(client(), nobody_special)
    assert set(holdings.unknown) == {part}
    assert not holdings.of("phone") and not holdings.of("did")


def test_an_extension_is_none_only_where_the_addresses_were_told(sandbox: Any, nobody_special: str) -> None:
    """A deletion takes the extension for good."""

    def extension() -> str:
        return dict(people.duties(client(), client().get_user(nobody_special)).account)["Extension"]

    sandbox.change(nobody_special, addresses=[{"mediaType": "PHONE", "type": "WORK", "extension": "4711"}])
    assert extension() == "4711"
    sandbox.faults({"path": f"/users/{nobody_special}$", "remove": ["addresses"], "times": None})
    assert extension() == "not told"
    sandbox.clear_faults()
    sandbox.change(nobody_special, addresses=[])
    assert extension() == "none"
