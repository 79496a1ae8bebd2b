"""The org's policy for evaluations that are still to be scored: said before anybody asks, without a further call."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db
ANSWERS = {"step": "check", "reason": "Voluntary", "live": "wait", "when": "now"}
QUERY = "/quality/evaluations/query"
RULE = "DEPROVISION_PENDING_EVALUATIONS=refuse"
NO_PLAN = "No plan would be made now"
NOT_LISTED = "Of those of this person, Genesys Cloud lists none that is never to be released"


@pytest.fixture
def refuse(settings: Any) -> None:
    settings.DEPROVISION_PENDING_EVALUATIONS = "refuse"


@pytest.fixture
def read(client: Any, staff: Any) -> Any:
    """The words of a page about a person, as staff; `check` sends the form to be checked."""
    client.force_login(staff)

    def words(name: str, person: Any, *, check: bool = False) -> str:
        address = reverse(name, args=[person["id"]])
        return words_of(client.post(address, ANSWERS) if check else client.get(address))

    return words


@pytest.mark.usefixtures("refuse")
def test_that_evaluations_stand_in_the_way_is_said_where_they_are_read(sandbox, read):
    person = sandbox.person("holds everything")
    for shown in (read("person_duties", person), read("request_new", person, check=True)):
        told = shown[shown.index(NO_PLAN) :]
        assert f"by or of {person['name']} are still to be scored. {RULE} forbids" in told
        assert "Have them scored, reassigned or deleted" in told


@pytest.mark.usefixtures("refuse")
def test_the_form_says_the_policy_before_the_number_is_known(sandbox, read):
    shown = read("request_new", sandbox.person("plain agent"))
    assert "Evaluations come first" in shown and RULE in shown
    assert f"{NOT_LISTED}." in shown
    read("person", sandbox.person("plain agent"))
    assert not sandbox.calls(path=QUERY)


@pytest.mark.usefixtures("refuse")
def test_nobody_without_any_is_told_of_a_refusal(sandbox, read):
    person = sandbox.person("plain agent")
    assert NO_PLAN not in read("request_new", person, check=True)
    assert len(sandbox.calls(path=QUERY)) == 2


@pytest.mark.usefixtures("refuse")
def test_what_cannot_be_seen_is_not_taken_for_none(sandbox, read):
    sandbox.faults({"path": QUERY, "times": None, "status": 403, "code": "missing.permissions"})
    shown = read("request_new", sandbox.person("plain agent"), check=True)
    assert f"{NO_PLAN} This console cannot see whether evaluations" in shown


def test_none_is_not_said_without_what_genesys_does_not_list(sandbox, read):
    shown = read("person_duties", sandbox.person("holds nothing"))
    assert "Nothing has to be taken over." in shown
    assert "Genesys Cloud lists none of their evaluations that are never to be released." in shown


def test_where_they_are_handed_over_nothing_stands_in_the_way(sandbox, read):
    person = sandbox.person("holds everything")
    assert RULE not in read("request_new", person)
    shown = read("request_new", person, check=True)
    assert NO_PLAN not in shown
    assert "still to be scored" in shown[shown.index("To be taken over by somebody") :]
