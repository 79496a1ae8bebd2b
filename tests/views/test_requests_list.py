"""The list of requests: its groups, its search, its pages, and what it costs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from offboarding.status import STATUSES
from offboarding.views import requests as view
from tests import states
from tests.views.conftest import text_of, words_of

pytestmark = pytest.mark.django_db

GROUPS = {
    "undecided": {"awaiting_decision", "plan_changed"},
    "running": {"planning", "put_off", "queued", "running", "parked"},
    "held": {"held"},
    "attention": {"plan_failed", "failed", "stopped"},
    "ended": {"completed", "rejected", "cancelled", "closed"},
    "": set(states.STATES),
}


@pytest.fixture
def everything(staff, approver):
    """One request in every state, by its status word."""
    return {
        name: build(staff, approver, number=number)
        for number, (name, build) in enumerate(states.STATES.items(), start=1)
    }


def listed(response) -> set[int]:
    return {asked.pk for asked in response.context["lines"]}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_lists_exactly_its_states_and_counts_them(group, everything, manager, client):
    client.force_login(manager)
    response = client.get(reverse("requests"), {"group": group})
    assert listed(response) == {everything[name].pk for name in GROUPS[group]}
    tab = next(tab for tab in response.context["tabs"] if tab["current"])
    assert tab["count"] == len(GROUPS[group])


def test_every_state_is_in_exactly_one_group_besides_all(everything, manager, client):
    client.force_login(manager)
    groups = [listed(client.get(reverse("requests"), {"group": group})) for group in GROUPS if group]
    assert sorted(pk for group in groups for pk in group) == sorted(asked.pk for asked in everything.values())


def test_the_words_are_those_of_the_status_table(everything, manager, client):
    client.force_login(manager)
    words = words_of(client.get(reverse("requests")))
    assert all(STATUSES["request"][name].word in words for name in everything)


def test_what_waits_for_me_is_what_i_can_do_next(everything, staff, approver, manager, make_actor, client):
    waiting = {
        staff: {"plan_failed"},
        approver: {"awaiting_decision", "plan_changed"},
        manager: set(),
        make_actor("pia", "staff"): set(),
    }
    for actor, names in waiting.items():
        client.force_login(actor)
        response = client.get(reverse("requests"), {"group": "mine"})
        assert listed(response) == {everything[name].pk for name in names}, actor
        assert response.context["shell"]["waiting_for_me"] == len(names)


def test_an_own_request_does_not_wait_for_an_approver_who_asked_for_it(make_actor, client):
    both = make_actor("both", "staff", "approver")
    states.awaiting_decision(both)
    client.force_login(both)
    assert listed(client.get(reverse("requests"), {"group": "mine"})) == set()


@pytest.mark.parametrize("text", ["zoë", "OHARA@example", "HR-7"])
def test_the_search_finds_name_e_mail_and_ticket(text, staff, client):
    wanted = states.planning(staff, ticket="HR-7")
    client.force_login(staff)
    assert listed(client.get(reverse("requests"), {"q": text})) == {wanted.pk}
    assert listed(client.get(reverse("requests"), {"q": "somebody else"})) == set()


@pytest.mark.parametrize(
    "query",
    [{"group": "nonsense"}, {"before": "x"}, {"before": "9" * 40}, {"q": "x" * 999}, {"q": "9" * 30}, {"q": "\x00"}],
)
def test_nonsense_in_the_address_breaks_nothing(query, staff, client):
    states.planning(staff)
    client.force_login(staff)
    assert client.get(reverse("requests"), query).status_code == 200


def test_pages_follow_each_other_without_gap_or_double_while_requests_arrive(staff, monkeypatch, client):
    monkeypatch.setattr(view, "PAGE_SIZE", 2)
    asked = [states.planning(staff, number=number).pk for number in range(1, 6)]
    client.force_login(staff)
    first = client.get(reverse("requests"))
    states.planning(staff, number=9)
    second = client.get(reverse("requests") + first.context["older_url"])
    third = client.get(reverse("requests") + second.context["older_url"])
    assert [listed(page) for page in (first, second, third)] == [{asked[4], asked[3]}, {asked[2], asked[1]}, {asked[0]}]
    assert third.context["older_url"] == ""


def test_the_filters_stay_on_every_link(staff, monkeypatch, client):
    monkeypatch.setattr(view, "PAGE_SIZE", 1)
    for number in (1, 2):
        states.planning(staff, number=number)
    client.force_login(staff)
    response = client.get(reverse("requests"), {"group": "running", "q": "Zoë"})
    assert "group=running&amp;q=Zo%C3%AB&amp;before=" in text_of(response)


def test_a_longer_list_costs_no_more_queries(staff, approver, manager, client):
    client.force_login(manager)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("requests"))
        return len(queries)

    for number, build in enumerate(states.STATES.values(), start=1):
        build(staff, approver, number=number)
    few = cost()
    for number in range(20, 30):
        states.running(staff, approver, number=number)
    assert cost() == few <= 10
