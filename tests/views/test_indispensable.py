"""Whom the console itself depends on: said where somebody checks the answers, before anything is asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.pipeline.test_protection import made_admin
from tests.views.conftest import words_of
from tests.views.test_ask import ANSWERS

pytestmark = pytest.mark.django_db
NO_PLAN = "No plan would be made now"
OURS = "made the OAuth client that this console signs in with, and is protected by that. Let somebody who stays make"
LAST = "is the last active person who can give roles to others, and is protected by that. Give a role with"


@pytest.fixture
def check(client: Any, staff: Any) -> Any:
    client.force_login(staff)
    return lambda person: words_of(client.post(reverse("request_new", args=[person]), {**ANSWERS, "step": "check"}))


@pytest.fixture
def duties(client: Any, staff: Any) -> Any:
    client.force_login(staff)
    return lambda person: words_of(client.get(reverse("person_duties", args=[person])))


def test_who_made_our_oauth_client_is_told_before_the_request_and_on_the_persons_page(sandbox, check, duties):
    made_admin(sandbox)
    person = sandbox.person("admin")
    for told in (check(person["id"]), duties(person["id"])):
        assert f"{NO_PLAN} {person['name']} {OURS}" in told


def test_who_made_another_oauth_client_is_not(sandbox, check, duties):
    person = sandbox.person("holds everything")["id"]
    assert NO_PLAN not in check(person) and NO_PLAN not in duties(person)


def test_the_last_administrator_is_told_before_the_request(sandbox, check):
    person = made_admin(sandbox)
    assert NO_PLAN not in check(person)
    sandbox.change(sandbox.person("admin")["id"], state="inactive")
    assert f"{NO_PLAN} {sandbox.state(person)['name']} {LAST}" in check(person)


def test_it_costs_the_persons_page_no_call_unless_they_made_a_client_and_then_one(sandbox, duties):
    for kind, calls in (("plain agent", 0), ("holds everything", 1)):
        sandbox.clear_calls()
        duties(sandbox.person(kind)["id"])
        assert len(sandbox.calls(path="/tokens/me")) == calls, kind
        assert not sandbox.calls(path="/authorization/roles/")


def test_what_cannot_be_seen_stands_in_nobodys_way(sandbox, check, duties):
    sandbox.faults({"path": "/tokens/me", "status": 403, "code": "missing.permissions", "times": None})
    sandbox.faults({"path": "/authorization/roles/.*/users", "status": 500, "code": "internal", "times": None})
    person = sandbox.person("admin")["id"]
    assert NO_PLAN not in check(person) and NO_PLAN not in duties(person)
