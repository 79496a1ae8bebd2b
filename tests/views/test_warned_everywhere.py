"""What must be known before a decision stands on each page that leads to one: person, check and request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from offboarding import connection, people
from offboarding.genesys import connect
from offboarding.genesys.connect import client_for_worker
from tests.flows import request_for
from tests.views.conftest import words_of
from tests.views.test_ask import ANSWERS
from tests.views.test_every_holding import WARNINGS

pytestmark = pytest.mark.django_db
HANDED_OVER = (
    "1 group owned by them: Escalation Desk",
    "1 direct report without a manager then: {report}",
    "1 person for whom they take over direct calls: {backed_up}",
    "1 evaluation to be scored by them",
    "1 evaluation of them still to be scored",
    "2 work items assigned to them: Call the customer back, Check the refund",
    "3 coaching or learning appointments ahead: Handling complaints (2), Data protection",
    "1 OAuth client made by them: Wallboard feed",
)


@pytest.fixture
def pages(client: Any, staff: Any, sandbox: Any) -> Callable[[str], dict[str, str]]:
    """pages(id) -> the words of the person's page, of the check page and of the request's page, by these names."""
    client.force_login(staff)

    def ask(person_id: str) -> dict[str, str]:
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
def test_an_identity_provider_is_told_everywhere_before_anybody_decides(pages, sandbox, why, sentence):
    for page, words in pages(sandbox.person(why)["id"]).items():
        assert f"Know this first {sentence}" in words, page


def test_another_person_of_the_same_name_is_told_everywhere_before_anybody_decides(pages, sandbox):
    one, other = sandbox.people("same name")
    for page, words in pages(one["id"]).items():
        first = words[words.index("Know this first") :]
        assert f"Another person has this name: {other['email']}, " in first, page


def test_the_approver_sees_where_the_person_belonged_when_the_plan_was_read(pages, sandbox):
    one, boss = sandbox.people("same name")[0], sandbox.person("manager")
    sandbox.change(one["id"], title="Team Lead", department="Claims", manager_id=boss["id"])
    words = pages(one["id"])["request"]
    division = people.find_person(connect.client_for_page(), one["id"]).division.name
    assert f"Title Team Lead Department Claims Division {division} Manager {boss['name']}" in words


def test_nobody_else_is_said_to_be_kept_by_an_identity_provider(pages, sandbox):
    for words in pages(sandbox.person("plain agent")["id"]).values():
        assert "disable there first" not in words


def test_all_that_bites_and_all_that_is_left_to_others_is_told_before_the_decision(pages, holder):
    told = pages(holder["id"])
    for page, words in told.items():
        first = words[words.index("Know this first") :]
        assert [each for each in WARNINGS if each.format(**holder) not in first] == [], page
    for page in ("check", "request"):
        left = told[page][told[page].index("To be taken over by somebody") :]
        assert [each for each in HANDED_OVER if each.format(**holder) not in left] == [], page


def test_a_duty_that_nobody_could_see_is_told_before_the_decision(pages, sandbox):
    sandbox.faults({"path": "taskmanagement/workitems", "status": 403, "times": None})
    told = pages(sandbox.person("holds nothing")["id"])
    unseen = "To be taken over by somebody Not known: work items. The OAuth client may not do this"
    assert unseen in told["check"] and unseen in told["request"]


def test_a_division_that_is_not_seen_is_told_everywhere_before_anybody_decides(pages, sandbox):
    """On pages by the latest look at the connection, in the plan by a look of its own."""
    sandbox.grant_in("Home")
    connection.look_at_start(client_for_worker())
    told = pages(sandbox.person("plain agent")["id"])
    for page, words in told.items():
        assert "Know this first" in words, page
        assert "This console does not see the divisions " in words and "Europe North" in words, page
    assert "what is held there is not shown." in told["person"] and "what is held there is not shown." in told["check"]


def test_a_console_that_sees_every_division_is_not_said_to_miss_one(pages, sandbox):
    connection.look_at_start(client_for_worker())
    assert "This console does not see" not in " ".join(pages(sandbox.person("plain agent")["id"]).values())
