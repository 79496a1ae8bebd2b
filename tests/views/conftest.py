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


def text_of(response: Any) -> str:
    """The page as text."""
    return str(response.content.decode())


def words_of(response: Any) -> str:
    """What is read on the page: no tags, one space between words."""
    return words_in(text_of(response))


def words_in(markup: str) -> str:
    """What is read of a piece of HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())
