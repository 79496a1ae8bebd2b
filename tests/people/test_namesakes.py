"""Who else has the name: one call, never the person, never a near name, and an honest word where nobody could look."""

from __future__ import annotations

import pytest

from offboarding import people
from offboarding.genesys.connect import client_for_page
from offboarding.genesys.errors import RetryLater
from offboarding.plan import Holdings


def namesakes(found: Holdings) -> list[str]:
    return [warning.sentence for warning in found.warnings if warning.key == "namesake"]


def test_each_of_two_people_of_one_name_is_told_of_the_other_in_one_call(sandbox):
    one, other = sandbox.people("same name")
    for mine, theirs in ((one, other), (other, one)):
        sandbox.clear_calls()
        (told,) = namesakes(people.holdings(client_for_page(), mine["id"], for_a_plan=True))
        state = sandbox.state(theirs["id"])
        assert theirs["email"] in told and mine["email"] not in told
        assert state["title"] in told and told.endswith(f", {state['state']}.")
        assert len(sandbox.calls(path="users/search")) == 1


def test_a_near_name_is_another_name_and_a_deleted_namesake_is_none(sandbox):
    one, other = sandbox.people("same name")
    sandbox.change(other["id"], name=f"{one['name']} Jr")
    assert namesakes(people.holdings(client_for_page(), one["id"], for_a_plan=True)) == []
    sandbox.change(other["id"], name=one["name"], state="deleted")
    assert namesakes(people.holdings(client_for_page(), one["id"], for_a_plan=True)) == []


def test_a_snapshot_of_the_work_does_not_look_for_them(sandbox):
    sandbox.clear_calls()
    people.holdings(client_for_page(), sandbox.people("same name")[0]["id"])
    assert sandbox.calls(path="users/search") == []


def test_where_nobody_may_look_the_page_and_the_plan_say_so_and_lack_nothing_else(sandbox):
    sandbox.faults({"path": "users/search", "status": 403, "times": None})
    found = people.holdings(client_for_page(), sandbox.person("plain agent")["id"], for_a_plan=True)
    assert (found.unknown, len(namesakes(found))) == ({}, 1)
    assert "could not be seen" in namesakes(found)[0]


def test_a_plan_waits_for_the_search(sandbox):
    sandbox.faults({"path": "users/search", "status": 429, "headers": {"Retry-After": "150"}, "times": None})
    with pytest.raises(RetryLater):
        people.holdings(client_for_page(), sandbox.person("plain agent")["id"], for_a_plan=True, raise_waits=True)
