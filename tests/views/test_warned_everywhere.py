"""What an approver must know first stands on all three pages that lead to a decision: person, check and request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows import request_for
from tests.views.conftest import words_of
from tests.views.test_ask import ANSWERS

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(client: Any, staff: Any, sandbox: Any) -> Callable[[str], dict[str, str]]:
    """pages(why) -> the words of the person's page, of the check page and of the request's page, by these names."""
    client.force_login(staff)

    def ask(why: str) -> dict[str, str]:
        person_id = sandbox.person(why)["id"]
        address = f"/people/{person_id}/"
        return {
            "person": words_of(client.get(address)),
            "check": words_of(client.post(f"{address}request/", {"step": "check", **ANSWERS})),
            "request": words_of(client.get(f"/requests/{request_for(staff, person_id).pk}/")),
        }

    return ask


@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        (
            "provisioned by an identity provider",
            "Kept by an identity provider (external id 00u7sandbox0okta): disable there first, or it comes back.",
        ),
        (
            "known to another directory",
            "Has an id in microsoftentra: if that keeps the account, disable there first, or it comes back.",
        ),
    ],
)
def test_an_identity_provider_is_told_everywhere_before_anybody_decides(pages, why, sentence):
    for page, words in pages(why).items():
        assert f"Know this first {sentence}" in words, page


def test_nobody_else_is_said_to_be_kept_by_an_identity_provider(pages):
    for words in pages("plain agent").values():
        assert "disable there first" not in words
