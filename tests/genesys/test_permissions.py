"""Permissions: read from the docstrings, the same that a 403 names, and on the page for administrators."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import MissingPermission
from offboarding.genesys.permissions import (
    Need,
    as_markdown,
    missing_permissions,
    need_of,
    needs,
    permissions,
)
from tests.genesys.conftest import transport_to
from tests.genesys.test_operations import METHODS, invoke
from tests.genesys.wire import say, wire

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "permissions.md"
EVERYTHING = frozenset(permissions())


def test_every_operation_says_what_it_needs() -> None:
    assert [need.operation for need in needs()] == METHODS
    assert permissions()["oauth:token:delete"] == ("delete_token",)
    assert "delete_user_routinglanguage" in permissions()["routing:skill:assign"]


def test_a_refusal_names_what_the_docstring_names() -> None:
    with wire(say(403)) as server:
        client = GenesysClient(transport_to(server.url))
        for need in needs():
            with pytest.raises(MissingPermission) as caught:
                invoke(client, need.operation)
            named = re.findall(r"\w+:\w+:\w+", caught.value.remedy)
            assert named == list(need.permissions), need.operation


@pytest.mark.parametrize(
    ("docstring", "need"),
    [
        ("GET /x. Needs a:b:view. 200.", Need("x", ("a:b:view",))),
        ("GET /x.\n\n    Needs a:b:view or\n    c:d:edit. 200.", Need("x", ("a:b:view", "c:d:edit"))),
        ("GET /x. Needs a:b:view and c:d:edit. 200.", Need("x", ("a:b:view", "c:d:edit"), every=True)),
        ("GET /x. No permission declared. 200.", Need("x", ())),
    ],
)
def test_all_of_any_of_and_none_are_told_apart(docstring: str, need: Need) -> None:
    assert need_of("x", docstring) == need


@pytest.mark.parametrize(
    "docstring",
    [
        "",
        "GET /x. 200.",
        "GET /x. Needs patience.",
        "GET /x. Needs a:b:view or c:d:edit and e:f:add.",
        "GET /x. Needs a:b:view. Needs c:d:edit.",
        "GET /x. No permission declared. Needs a:b:view.",
    ],
)
def test_a_docstring_that_does_not_say_is_refused(docstring: str) -> None:
    with pytest.raises(ValueError, match="docstring of x"):
        need_of("x", docstring)


def test_what_is_missing_is_told_with_what_will_not_work() -> None:
    assert missing_permissions(EVERYTHING) == {}
    assert missing_permissions(EVERYTHING - {"oauth:token:delete"}) == {"oauth:token:delete": ("delete_token",)}
    assert len(missing_permissions(frozenset())) >= 25


def test_one_of_several_is_enough() -> None:
    languages = {"routing:language:assign", "routing:skill:assign"}
    assert "delete_user_routinglanguage" not in str(missing_permissions(EVERYTHING - {"routing:language:assign"}))
    missing = missing_permissions(EVERYTHING - languages)
    assert missing["routing:language:assign or routing:skill:assign"] == ("delete_user_routinglanguage",)


def test_all_of_several_are_each_missing() -> None:
    need = Need("x", ("a:b:view", "c:d:edit"), every=True)
    assert need.missing({"a:b:view"}) == ("c:d:edit",)
    assert need.missing({"a:b:view", "c:d:edit"}) == ()


@pytest.mark.parametrize("granted", ["oauth:token:*", "oauth:*:delete", "oauth:*:*"])
def test_an_asterisk_grants_every_entity_or_action(granted: str) -> None:
    assert missing_permissions((EVERYTHING - {"oauth:token:delete"}) | {granted}) == {}


@pytest.mark.parametrize("granted", ["*:token:delete", "oauth:token:del*", "oauth", "directory:*:*", "*"])
def test_nothing_else_counts_as_an_asterisk(granted: str) -> None:
    assert "oauth:token:delete" in missing_permissions((EVERYTHING - {"oauth:token:delete"}) | {granted})


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == as_markdown(), "Run: .venv/bin/python docs/reference.py"


def test_the_readme_leaves_the_list_to_the_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(docs/permissions.md)" in readme
    assert set(re.findall(r"`([a-zA-Z]+:[a-zA-Z]+:[a-zA-Z]+)`", readme)) <= EVERYTHING
