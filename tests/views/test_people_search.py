"""Searching people through the pages, against the sandbox over a socket."""

from __future__ import annotations

import re
import socket
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from offboarding.actions.requests import open_request
from offboarding.genesys.records import Organization, Person
from tests.views.conftest import text_of

pytestmark = pytest.mark.django_db

ORG = Organization("11111111-0000-4000-8000-000000000000", "Example Org")
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def page(client: Any, staff: Any, sandbox: Any) -> Any:
    """page("ann", state="inactive") -> the answer, as staff sees it."""
    client.force_login(staff)

    def ask(text: str = "", *, headers: Any = None, **more: str) -> Any:
        return client.get(f"/people/?{urlencode({'q': text, **more})}", **(headers or {}))

    return ask


def names_in(response: Any) -> list[str]:
    return re.findall(r"data-result>([^<]*)</a>", text_of(response))


def test_it_lists_everybody_who_is_not_deleted_when_nothing_is_typed(page, sandbox):
    found = page()
    there = [person for person in sandbox.people() if person["state"] != "deleted"]
    assert found.status_code == 200
    assert len(names_in(found)) == 25
    assert f"{len(there)} people" in text_of(found)


def test_a_whole_name_of_two_characters_can_be_searched_for(page, sandbox):
    person = sandbox.person("name in CJK")
    assert names_in(page(person["name"][:2])) == [escape(person["name"])]


def test_it_finds_by_part_of_a_name(page, sandbox):
    person = sandbox.person("plain agent")
    found = page(person["name"][:6])
    assert escape(person["name"]) in names_in(found)
    assert person["email"] in text_of(found)


def test_it_finds_by_id(page, sandbox):
    person = sandbox.person("supervisor")
    assert names_in(page(person["id"])) == [escape(person["name"])]


def test_it_finds_a_deleted_person_by_the_whole_id(page, sandbox):
    person = sandbox.person("deleted")
    assert names_in(page(person["id"])) == [escape(person["name"])]
    assert names_in(page(person["id"], state="active")) == []


@pytest.mark.parametrize("typed", ["{first} {last}", "{last} {first}", "{last}, {first}", "{last},{first}"])
def test_the_words_of_a_name_are_found_in_any_order_in_one_call(page, sandbox, typed):
    person = sandbox.person("supervisor")
    first, last = person["name"].split()
    page()
    sandbox.clear_calls()
    assert escape(person["name"]) in names_in(page(typed.format(first=first, last=last)))
    assert [call["path"] for call in sandbox.calls()] == ["/api/v2/users/search"]
    assert names_in(page(f"{last} nobody-is-called-this")) == []


@pytest.mark.parametrize("typed", [",,,", "a b c d e f g h i j k l m n o"])
def test_odd_text_is_searched_for_and_finds_nobody(page, typed):
    answer = page(typed)
    assert answer.status_code == 200
    assert names_in(answer) == []


def test_a_state_that_is_none_is_said_to_be_left_out(page):
    told = "Not understood, and left out of the filters: state bogus"
    assert told in text_of(page("ann", state="bogus"))
    assert told in text_of(page("ann", state="bogus", headers=HTMX))
    assert "Not understood" not in text_of(page("ann", state="inactive")) + text_of(page("ann", state=""))


def test_a_search_makes_exactly_one_call(page, sandbox):
    page()
    sandbox.clear_calls()
    page("ann")
    assert [call["path"] for call in sandbox.calls()] == ["/api/v2/users/search"]
    sandbox.clear_calls()
    page("ann", headers=HTMX)
    assert [call["path"] for call in sandbox.calls()] == ["/api/v2/users/search"]


def test_as_one_types_only_the_results_are_sent(page):
    part, whole = page("ann", headers=HTMX), page("ann")
    assert "<html" not in text_of(part) and "<html" in text_of(whole)
    assert names_in(part) == names_in(whole)
    assert names_in(part)


def test_a_page_that_htmx_restores_from_its_history_is_whole(page):
    assert "<html" in text_of(page("ann", headers=HTMX | {"HTTP_HX_HISTORY_RESTORE_REQUEST": "true"}))


@pytest.mark.parametrize("text", ["a", "an", " a "])
def test_one_or_two_letters_get_a_hint_and_no_call(page, sandbox, text):
    page()
    sandbox.clear_calls()
    answer = page(text, headers=HTMX)
    assert answer.status_code == 200
    assert "Type at least 3 letters." in text_of(answer)
    assert sandbox.calls() == []


def test_huge_text_gets_a_clear_error_and_no_call(page, sandbox):
    sandbox.clear_calls()
    answer = page("x" * 5000)
    assert "5,000 characters long" in text_of(answer)
    assert "Type at most 200" in text_of(answer)
    assert sandbox.calls(path="search") == []


def test_nobody_found_says_what_to_try(page):
    answer = text_of(page("nobody-is-called-this"))
    assert "Nobody was found." in answer
    assert "Deleted" in answer


def test_it_narrows_by_state_division_and_department(page, sandbox):
    inactive = sandbox.person("inactive")
    assert escape(inactive["name"]) in names_in(page(state="inactive"))
    assert escape(inactive["name"]) in names_in(page(inactive["email"]))
    assert escape(inactive["name"]) not in names_in(page(inactive["email"], state="active"))
    deleted = sandbox.person("deleted")
    assert names_in(page(deleted["name"], state="deleted")) == [escape(deleted["name"])]
    division = sandbox.name_id("division", "Asia Pacific")
    answer = page(division=division)
    rows = re.findall(r"<tr>.*?</tr>", text_of(answer), re.DOTALL)[1:]
    assert rows and all(">Asia Pacific</td>" in row for row in rows)
    assert f'<option value="{division}" selected>Asia Pacific</option>' in text_of(answer)
    formula = sandbox.person("formula-like department")
    assert names_in(page(department="=Sal")) == [escape(formula["name"])]


def test_the_next_page_keeps_what_was_searched_for(page):
    first = page(division="", state="active")
    assert '<a class="button pager__older" rel="next" href="?state=active&amp;page=2">' in text_of(first)
    second = page(state="active", page="2")
    assert not set(names_in(first)) & set(names_in(second))


@pytest.mark.parametrize("wrong", ["0", "-1", "x", "٣", "9" * 30, "1.5"])
def test_a_page_number_that_is_none_shows_something_that_makes_sense(page, wrong):
    answer = page(page=wrong)
    assert answer.status_code == 200
    assert names_in(answer) or "There is no such page." in text_of(answer)


def test_a_page_beyond_the_end_leads_back(page):
    answer = page("ann", page="7")
    assert "There is no such page." in text_of(answer)
    assert 'href="?q=ann&amp;page=1"' in text_of(answer)


def test_people_with_an_open_request_say_so_and_link_to_it(page, sandbox, staff):
    person = sandbox.person("plain agent")
    who = Person(person["id"], person["name"], person["email"], "active")
    request = open_request(staff, org=ORG, person=who, reason="Voluntary")
    answer = text_of(page(person["email"]))
    assert f'href="/requests/{request.pk}/"' in answer
    assert "Reading holdings" in answer


def test_the_open_requests_of_a_whole_page_are_one_query(page, sandbox):
    page()
    with CaptureQueriesContext(connection) as one:
        assert len(names_in(page("zoe.angstrom"))) == 1
    with CaptureQueriesContext(connection) as many:
        assert len(names_in(page())) == 25
    assert len(many) == len(one)
    assert sum('"person_id" IN (' in query["sql"] for query in many.captured_queries) == 1


@pytest.mark.parametrize(
    "why", ["name in Arabic", "name in CJK", "name in Devanagari", "name with an apostrophe", "very long name"]
)
def test_names_in_any_script_are_shown_as_they_are(page, sandbox, why):
    person = sandbox.person(why)
    assert names_in(page(person["email"])) == [escape(person["name"])]


def test_what_people_call_themselves_is_escaped(page, sandbox):
    person = sandbox.person("plain agent")
    sandbox.change(person["id"], name="<script>alert(1)</script>", department='=HYPERLINK("x")')
    answer = text_of(page(person["email"]))
    assert "<script>alert" not in answer
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer
    assert "=HYPERLINK(&quot;x&quot;)" in answer


def test_what_was_typed_is_escaped(page):
    assert 'value="&quot;&gt;&lt;b&gt;"' in text_of(page('"><b>'))


@pytest.mark.parametrize("role", ["manager", "auditor"])
def test_who_may_not_see_people_gets_403_and_no_call_leaves(client, make_actor, sandbox, role):
    client.force_login(make_actor("someone", role))
    sandbox.clear_calls()
    for address in (
        "/people/?q=ann",
        f"/people/{sandbox.person()['id']}/",
        f"/people/{sandbox.person()['id']}/history-preview/",
    ):
        assert client.get(address).status_code == 403
    assert sandbox.calls() == []


def test_who_is_not_signed_in_is_asked_to(client, sandbox):
    sandbox.clear_calls()
    assert client.get("/people/").status_code == 302
    assert sandbox.calls() == []


def test_divisions_that_cannot_be_read_do_not_take_the_results_away(page, sandbox):
    sandbox.faults({"path": "divisions", "status": 403, "code": "missing.permissions", "times": None})
    answer = page("ann", division="d-1")
    assert answer.status_code == 200
    assert "The divisions could not be read" in text_of(answer)
    assert '<option value="d-1" selected>' in text_of(answer)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def failing(kind: str, sandbox: Any, settings: Any) -> None:
    if kind == "unreachable":
        settings.GENESYS_DOMAIN = f"http://127.0.0.1:{free_port()}"
    elif kind == "wrong secret":
        settings.GENESYS_CLIENT_SECRET = "not-the-secret"
    elif kind == "not JSON":
        sandbox.faults({"path": "search", "garbage": True, "times": None})
    elif kind == "rate limited":
        sandbox.faults({"path": "search", "status": 429, "headers": {"Retry-After": "40"}, "times": None})
    elif kind == "permission":
        sandbox.faults({"path": "search", "status": 403, "code": "missing.permissions", "times": None})


FAILURES = {
    "unreachable": (502, "GENESYS_DOMAIN"),
    "wrong secret": (502, "Verify GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET"),
    "not JSON": (502, "Something that is not the Genesys Cloud API answered"),
    "rate limited": (503, "rate limit"),
    "permission": (502, "directory:user:view"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_search_that_fails_says_why_and_what_to_do(page, sandbox, settings, kind):
    status, remedy = FAILURES[kind]
    failing(kind, sandbox, settings)
    whole = page("ann")
    assert whole.status_code == status
    assert remedy in text_of(whole)
    assert "Next:" in text_of(whole)
    assert names_in(whole) == []
    assert 'name="q" value="ann"' in text_of(whole)
    part = page("ann", headers=HTMX)
    assert part.status_code == 200
    assert remedy in text_of(part)
    assert "not-the-secret" not in text_of(whole)


def test_a_rate_limit_says_when_to_come_back(page, sandbox, settings):
    failing("rate limited", sandbox, settings)
    assert 30 <= int(page("ann").headers["Retry-After"]) <= 41
