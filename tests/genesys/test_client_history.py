"""Conversations and SCIM against the sandbox, over a socket: what is listed to its end, and what is deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offboarding.genesys.api.scim import scim_filter
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import (
    NotThere,
    ReadAgain,
    StillHeld,
)
from offboarding.sandbox.testing import SandboxThread


def _history(client: GenesysClient, person: str, **more: Any) -> list[Any]:
    """Every page of the last 365 days, in windows of 31."""
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    start, found = end - timedelta(days=366), []
    while start < end:
        until, page = min(start + timedelta(days=31), end), 1
        while True:
            answer = client.post_analytics_conversations_details_query(
                person_id=person, start=start, end=until, page=page, page_size=25, **more
            )
            found.append(answer)
            if not answer.conversations:
                break
            page += 1
        start = until
    return found


def test_a_year_of_history_is_read_window_by_window(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    pages = _history(client, leaver["id"], by_medium=True)
    ids = {row["conversationId"] for page in pages for row in page.conversations}
    assert len(ids) == 130
    assert not any(page.page_missing for page in pages)
    assert all(sum(page.by_medium.values()) >= page.total_hits for page in pages if page.total_hits)


def test_no_history_is_an_empty_page_and_no_missing_one(client: GenesysClient, sandbox: SandboxThread) -> None:
    pages = _history(client, sandbox.person("no history")["id"])
    assert all((page.conversations, page.total_hits, page.page_missing) == ((), 0, False) for page in pages)


def test_only_open_conversations_can_be_asked_for(client: GenesysClient, sandbox: SandboxThread) -> None:
    found = _history(client, sandbox.person("in a live conversation")["id"], open_only=True)
    assert sum(page.total_hits for page in found[-2:]) >= 1
    assert all("conversationEnd" not in row for page in found for row in page.conversations)


def test_a_page_that_is_missing_is_seen(client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]) -> None:
    sandbox.faults({"drop_page": 1})
    now = datetime.now(UTC)
    page = client.post_analytics_conversations_details_query(
        person_id=leaver["id"], start=now - timedelta(days=30), end=now, page=1, page_size=25
    )
    assert page.page_missing and page.total_hits > 0 and page.conversations == ()


def test_scim_finds_exactly_the_person(client: GenesysClient, sandbox: SandboxThread) -> None:
    who = sandbox.person("SCIM id differs")
    (found,) = client.get_scim_v2_users(scim_filter("userName", who["email"]))
    assert (found.id, found.user_name, found.active) == (who["scim_id"], who["email"], True)
    assert client.get_scim_v2_user(found.id).etag == found.etag != ""
    assert client.get_scim_v2_users(scim_filter("userName", "nobody@sandbox.example")) == ()


def test_scim_tells_who_else_knows_the_person(client: GenesysClient, sandbox: SandboxThread) -> None:
    kept, known, plain = (
        client.get_scim_v2_user(sandbox.person(why)["scim_id"])
        for why in ("provisioned by an identity provider", "known to another directory", "plain agent")
    )
    assert (kept.external_id, kept.authorities) == ("00u7sandbox0okta", ())
    assert (known.external_id, known.authorities) == ("", ("microsoftentra",))
    assert (plain.external_id, plain.authorities) == ("", ())


def test_a_listing_of_scim_people_is_read_to_its_end(client: GenesysClient, sandbox: SandboxThread) -> None:
    active = {person["scim_id"] for person in sandbox.people() if person["state"] == "active"}
    assert {person.id for person in client.get_scim_v2_users("active eq true")} == active
    assert len(active) > 50


def test_the_deletion_goes_through_scim_and_is_read_back(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    etag = client.get_scim_v2_user(leaver["scim_id"]).etag
    client.put_user_state(leaver["id"], "inactive")
    with pytest.raises(ReadAgain) as caught:
        client.delete_scim_v2_user(leaver["scim_id"], etag=etag)
    assert caught.value.code == "invalidVers"
    client.delete_scim_v2_user(leaver["scim_id"], etag=client.get_scim_v2_user(leaver["scim_id"]).etag)
    assert client.get_user(leaver["id"], state="deleted").state == "deleted"
    with pytest.raises(NotThere):
        client.delete_scim_v2_user(leaver["scim_id"])


def test_references_that_remain_hold_the_deletion_back(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    sandbox.options(referential_rule=True)
    with pytest.raises(StillHeld) as caught:
        client.delete_scim_v2_user(leaver["scim_id"])
    assert "active queue assignments" in caught.value.remedy
    with pytest.raises(StillHeld):
        client.put_user_state(leaver["id"], "deleted")
