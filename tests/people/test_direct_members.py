"""Whether somebody is in a mixed queue on their own account does not hang on how Genesys finds a name."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding import people
from offboarding.genesys.records import Person
from tests.flows import client

MEMBERS = "/routing/queues/.*/members$"
FINDS_NOBODY = {"path": MEMBERS, "query": "name=", "status": 200, "body": {"entities": []}, "times": None}
LARGE = 101  # members: more than one page has


@pytest.fixture
def mixed(sandbox: Any) -> Person:
    """In Callbacks both directly and through a group."""
    return client().get_user(sandbox.person("in a queue both directly and through a group")["id"], expand=("groups",))


@pytest.fixture
def queue(sandbox: Any) -> str:
    return str(sandbox.name_id("queue", "Callbacks"))


def asked(sandbox: Any) -> list[bool]:
    """Each listing of members: whether by name."""
    return ["name" in call["query"] for call in sandbox.calls(method="GET", path=MEMBERS)]


def test_a_direct_member_is_found_where_names_are_not(sandbox: Any, mixed: Person) -> None:
    sandbox.faults(FINDS_NOBODY)
    held = people.holdings(client(), mixed.id).of("queue")
    (callbacks,) = (item for item in held if item.name == "Callbacks")
    assert callbacks.is_direct and callbacks.inherited_from


@pytest.mark.parametrize(
    ("member_count", "by_name"), [(100, [False]), (LARGE, [True]), (None, [True])], ids=["small", "large", "not told"]
)
def test_a_name_is_asked_for_only_where_it_may_spare_pages(
    sandbox: Any, mixed: Person, queue: str, member_count: int | None, by_name: list[bool]
) -> None:
    sandbox.clear_calls()
    assert people.is_direct_member(client(), queue, mixed, member_count)
    assert asked(sandbox) == by_name


@pytest.mark.parametrize("member_count", [LARGE, None])
def test_who_is_not_found_by_name_is_looked_for_without(
    sandbox: Any, mixed: Person, queue: str, member_count: int | None
) -> None:
    sandbox.faults(FINDS_NOBODY)
    assert people.is_direct_member(client(), queue, mixed, member_count)
    sandbox.change(mixed.id, queues=[])
    assert not people.is_direct_member(client(), queue, mixed, member_count)
