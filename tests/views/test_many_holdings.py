"""Somebody with hundreds of holdings: counts and the first lines at once, the rest folded, no warning among it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template.loader import render_to_string

from offboarding.plan import Holding, Source
from offboarding.views.sections import sections_of
from tests import states
from tests.builders import holdings
from tests.flows import request_for
from tests.views.conftest import text_of, words_in, words_of

pytestmark = pytest.mark.django_db
FOLDED = re.compile(r"<details.*?</details>", re.DOTALL)
NIGHT = (Source("group", "g1", "Night shift"),)


def queues(number: int, **unknown: str) -> str:
    """The section of somebody in so many queues, the last of them through a group."""
    own = [Holding("queue", f"q{n}", f"Queue {n:03}") for n in range(1, number)]
    held = holdings(items=(*own, Holding("queue", "last", "Queue last", NIGHT)), unknown=unknown)
    return render_to_string("people/section.html", {"section": sections_of(held)[0]})


def test_a_long_section_shows_its_count_and_first_lines_and_folds_the_rest():
    shown = queues(200)
    (folded,) = FOLDED.findall(shown)
    at_once = words_in(FOLDED.sub("", shown))
    assert at_once.startswith("Queues 200 Queue 001 directly")
    assert "Queue 012" in at_once and "Queue 013" not in at_once
    assert words_in(folded).startswith("188 more under Queues Queue 013 directly")
    assert "Queue last through group Night shift: ends when leaving Night shift" in words_in(folded)
    assert " open" not in folded.partition(">")[0]


@pytest.mark.parametrize("number", [1, 20])
def test_a_section_that_is_read_at_a_glance_folds_nothing(number):
    assert "<details" not in queues(number)
    assert words_in(queues(number)).count("Queue ") == number


def test_what_could_not_be_read_is_never_folded_away():
    at_once = words_in(FOLDED.sub("", queues(200, queues="one page timed out")))
    assert at_once.startswith("Queues Could not be read completely: one page timed out")


@pytest.fixture
def hoarder(sandbox: Any) -> dict[str, Any]:
    """Who holds everything, with 200 phones, and owns a group."""
    person: dict[str, Any] = sandbox.person("holds everything")
    phones = [{"id": f"phone-{n}", "station": f"station-{n}"} for n in range(200)]
    sandbox.change(person["id"], phones=phones, owned_groups=[sandbox.name_id("group", "Escalation Desk")])
    return person


def test_the_page_of_a_person_with_200_phones_stays_scannable(client, staff, hoarder):
    client.force_login(staff)
    answer = client.get(f"/people/{hoarder['id']}/")
    page = text_of(answer)
    at_once = words_in(FOLDED.sub("", page))
    assert len(re.findall('<li class="holding">', page)) > 280
    assert len(re.findall('<li class="holding">', FOLDED.sub("", page))) < 110
    assert "191 more under Phones and numbers" in words_of(answer)
    assert at_once.index("Owns Escalation Desk") < at_once.index("Holdings")


def test_its_plan_counts_them_names_equal_ones_once_and_folds_every_call(client, staff, hoarder):
    client.force_login(staff)
    answer = client.get(f"/requests/{request_for(staff, hoarder['id']).pk}/")
    at_once = words_in(FOLDED.sub("", text_of(answer)))
    assert re.search(r"Delete 200 WebRTC phones: \S[^,]* \(200\) ", at_once)
    assert max(len(line) for line in re.findall(r"<li>(.*?)</li>", FOLDED.sub("", text_of(answer)))) < 400
    assert text_of(answer).count("DELETE /api/v2/telephony/providers/edges/phones/") == 200


def test_everything_that_is_approved_can_be_read_where_the_plan_stands(client, approver, staff):
    """No name that a sentence leaves out is to be looked for among the raw calls."""
    roles = [Holding("role", f"r{n}:d1", f"Agent {n:02}", detail="Home") for n in range(13)]
    asked = states.awaiting_decision(staff, holdings(*roles, Holding("role", "r99:d1", "Supervisor", detail="Home")))
    client.force_login(approver)
    page = text_of(client.get(f"/requests/{asked.pk}/"))
    before_the_calls = page[: page.index("Expert view")]
    assert "All 16 role grants" in words_in(before_the_calls)
    assert "Supervisor (Home)" in words_in(before_the_calls)
    assert "Supervisor (Home)" not in words_in(FOLDED.sub("", before_the_calls))
    assert "26 actions in 9 lines: the expert view lists each action." in words_in(page)
