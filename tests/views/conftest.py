"""What tests of pages share: a cache and a static folder of their own, and no token or org kept from another test."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offboarding.genesys import connect


@pytest.fixture(autouse=True)
def nothing_kept(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Divisions, the org, tokens and the pace of a rate limit are kept for minutes; no test starts with another's."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }
    settings.STATIC_ROOT = tmp_path
    connect.forget()
    yield
    connect.forget()


@pytest.fixture
def holder(client: Any, staff: Any, sandbox: Any) -> dict[str, Any]:
    """Somebody who holds one of everything, in the sandbox; with the names of those it has to do with. Staff is in."""
    client.force_login(staff)
    person = sandbox.person("holds everything and talks")
    state = sandbox.state(person["id"])
    report, boss = sandbox.person("plain agent"), sandbox.person("manager")
    sandbox.change(report["id"], manager_id=person["id"])
    changed = sandbox.change(
        person["id"],
        external_id="00u7",
        manager_id=boss["id"],
        team=sandbox.name_id("team", "Claims Manila"),
        unjoined=[sandbox.name_id("queue", "Renewals")],
        groups=[*state["groups"], sandbox.name_id("group", "All Staff")],
        owned_groups=[sandbox.name_id("group", "Escalation Desk")],
        addresses=[*state["addresses"], {"mediaType": "PHONE", "type": "WORK2", "extension": "4711"}],
    )
    names = {
        "report": report["name"],
        "manager": boss["name"],
        "backed_up": sandbox.person("name with diacritics")["name"],
    }
    return {**changed, **names}


def text_of(response: Any) -> str:
    """The page as text."""
    return str(response.content.decode())


def words_of(response: Any) -> str:
    """What is read on the page: no tags, one space between words."""
    return words_in(text_of(response))


def words_in(markup: str) -> str:
    """What is read of a piece of HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())
