"""Every method of the client is one documented operation: named, called and described as documented.

`operations.tsv` holds the rows of Genesys' Python SDK 269.0.0 for the operations that the sandbox serves; the client
uses most of them.
"""

from __future__ import annotations

import csv
import inspect
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from offboarding.genesys.article import ArticleClient
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import GenesysError, NotUnderstood, ReadOnly, Refused
from offboarding.genesys.records import Contact, Skill
from offboarding.genesys.records.holdings import DirectRoutingBackup
from tests.genesys.conftest import transport_to
from tests.genesys.wire import Wire, say, wire

ROWS = {
    row["operation"]: row
    for row in csv.DictReader(Path(__file__).with_name("operations.tsv").read_text().splitlines(), delimiter="\t")
}
METHODS = [name for name, _ in inspect.getmembers(GenesysClient, inspect.isfunction) if name[0] != "_"]
# POST operations that only search, by the documentation of each; READ_ONLY lets them out.
SEARCHES = {
    "post_users_search": "a search with its criteria in the body",
    "post_analytics_conversations_details_query": "a question with its filters in the body",
    "post_analytics_conversations_details_jobs": "the same question, answered later; its result goes away by itself",
    "post_taskmanagement_workitems_query": "a search with its filters in the body",
}
# Answers in which every field may be missing: then there is nothing to tell.
MAY_BE_EMPTY = {
    "get_user_station": "a person without a station is an empty object",
    "get_group_dynamicsettings": "that it answers at all is what is asked for",
}

ARGUMENTS: dict[str, Any] = {
    "criteria": [{"fields": ["name"], "type": "CONTAINS", "value": "x"}],
    "state": "inactive",
    "joined": True,
    "pairs": [("a-role", "a-division")],
    "ids": ["an-id"],
    "skills": [Skill("a-skill", "", 2.0)],
    "filter": 'userName eq "x"',
    "start": datetime(2026, 1, 1, tzinfo=UTC),
    "end": datetime(2026, 1, 31, tzinfo=UTC),
    "settings": DirectRoutingBackup(wait_for_agent=False, queue_id="a-queue"),
    "addresses": [Contact("PHONE", "WORK", "+4930123")],
    "version": 3,
    "enabled": False,
    "to_queue": "a-queue",
    "page": 1,
    "page_size": 25,
}


def invoke(client: GenesysClient, name: str, **given: Any) -> None:
    """Calls the method with an argument for each parameter that needs one; ids are "an-id"."""
    method = getattr(client, name)
    for parameter in inspect.signature(method).parameters.values():
        if parameter.default is parameter.empty and parameter.name not in given:
            fits = parameter.name.endswith("_id")
            given[parameter.name] = "an-id" if fits else ARGUMENTS[parameter.name]
    result = method(**given)
    if isinstance(result, Iterator):
        list(result)


@pytest.fixture(scope="module")
def server() -> Iterator[Wire]:
    """Refuses every call, and notes it."""
    with wire(say(500, b"{}")) as found:
        yield found


def test_the_client_has_methods_and_each_is_documented() -> None:
    assert len(METHODS) > 25
    assert set(METHODS) <= set(ROWS)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_makes_the_call_that_its_name_is_documented_for(server: Wire, name: str) -> None:
    server.calls.clear()
    with pytest.raises(Refused):
        invoke(GenesysClient(transport_to(server.url)), name)
    verb, path = server.calls[0].split(" ")
    path, _, query = path.partition("?")
    documented = re.sub(r"\{\w+\}", "[^/]+", ROWS[name]["path"])
    assert verb == ROWS[name]["method"]
    assert re.fullmatch(documented, path)
    sent = {pair.partition("=")[0] for pair in query.split("&") if pair}
    assert sent <= set(ROWS[name]["query"].split())


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_its_call_and_its_success_codes(name: str) -> None:
    doc = " ".join((getattr(GenesysClient, name).__doc__ or "").split())
    assert doc.startswith(f"{ROWS[name]['method']} {ROWS[name]['path']}"), doc
    assert re.search(r"\b20[024]\b|Any 2xx", doc)


@pytest.mark.parametrize("kind", [GenesysClient, ArticleClient])
@pytest.mark.parametrize("name", METHODS)
def test_read_only_stops_every_write_and_no_read(server: Wire, kind: type[GenesysClient], name: str) -> None:
    server.calls.clear()
    client = kind(transport_to(server.url, read_only=True))
    if ROWS[name]["method"] == "GET" or name in SEARCHES:
        with pytest.raises(Refused):
            invoke(client, name)
        assert server.calls
    else:
        with pytest.raises(ReadOnly):
            invoke(client, name)
        assert server.calls == []


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("body", [b"[]", b"{}", b'"text"', b"7", b"", b'{"entities": 1, "pageCount": "x"}'])
def test_no_body_makes_a_method_fail_in_any_other_way_than_by_name(name: str, body: bytes) -> None:
    """Wrong shapes end in NotUnderstood or, where the API answers nothing, in success; never in a KeyError."""
    with wire(say(200, body)) as server:
        try:
            invoke(GenesysClient(transport_to(server.url)), name)
        except GenesysError as error:
            assert isinstance(error, NotUnderstood)
            assert "lacks the field" in str(error)
        else:
            assert ROWS[name]["response"] in ("", "object") or body == b"[]" or name in MAY_BE_EMPTY


@pytest.mark.parametrize("name", METHODS)
def test_an_id_can_never_become_another_path(server: Wire, name: str) -> None:
    ids = [each for each in inspect.signature(getattr(GenesysClient, name)).parameters if each.endswith("_id")]
    if not re.search(r"\{", ROWS[name]["path"]):
        return
    client = GenesysClient(transport_to(server.url))
    for id in ids:
        for bad in ("", " ", ".", "..", "me"):
            server.calls.clear()
            with pytest.raises(Refused) as caught:
                invoke(client, name, **{id: bad})
            assert caught.value.code == "invalid.id"
            assert server.calls == []
        server.calls.clear()
        with pytest.raises(Refused):
            invoke(client, name, **{id: "../x?y=1&z#é"})
        assert "..%2Fx%3Fy%3D1%26z%23%C3%A9" in server.calls[0]
