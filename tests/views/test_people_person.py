"""The page of one person: from hand-built holdings for its words, against the sandbox for its reads."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils.html import escape

from offboarding.actions.holds import place_hold
from offboarding.actions.requests import cancel_request, open_request
from offboarding.genesys import connect
from offboarding.genesys.records import Person
from offboarding.plan import DIRECT, Holding, Source, Warning
from offboarding.views.sections import facts_of, sections_of
from tests.builders import PERSON, holdings
from tests.flows import request_for
from tests.views.conftest import text_of, words_in, words_of

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def page(client: Any, staff: Any, sandbox: Any) -> Any:
    """page(id) -> the person's page as staff sees it; page(id, "history-preview/", **headers) a page below it."""
    client.force_login(staff)

    def ask(person_id: str, below: str = "", **headers: str) -> Any:
        return client.get(f"/people/{person_id}/{below}", **headers)

    return ask


def section(key: str, **changes: Any) -> str:
    wanted = next(each for each in sections_of(holdings(**changes)) if each.key == key)
    return words_in(render_to_string("people/section.html", {"section": wanted}))


def test_each_holding_says_where_it_comes_from():
    shown = section("queues")
    assert "Queues 3" in shown
    assert "Billing directly" in shown
    assert "VIP through group Night shift: ends when leaving Night shift" in shown


def test_a_holding_from_two_sources_names_both():
    both = Holding("queue", "q9", "Callbacks", (DIRECT, Source("team", "t1", "Care Berlin")))
    assert "Callbacks directly through team Care Berlin: ends when leaving Care Berlin" in section(
        "queues", items=(both,)
    )


def test_what_comes_through_a_skill_group_ends_with_the_skill():
    item = Holding("queue", "q9", "Escalations", (Source("skill_group", "s1", "Fraud Experts"),))
    assert "through skill group Fraud Experts: ends when the skill is cleared" in section("queues", items=(item,))


def test_a_section_without_anything_says_so():
    assert "Roles 0 Has no role." in section("roles", items=())


def test_a_section_that_could_not_be_read_never_says_none():
    shown = section("roles", items=(), unknown={"roles": "403 from Genesys"})
    assert shown == "Roles Could not be read: 403 from Genesys"


def test_a_section_read_in_part_shows_what_is_known_and_no_count():
    shown = section("groups", unknown={"groups": "one group timed out"})
    assert "Could not be read completely: one group timed out" in shown
    assert "Night shift" in shown
    assert not re.match(r"Groups and team \d", shown)


def test_a_live_conversation_says_since_when():
    live = Holding("live_session", "c1", "voice", detail="since 2026-11-24T08:01:00.000Z")
    assert "Voice since" in section("sessions", items=(live,))


def test_facts_that_were_not_sent_are_said_to_be_not_told():
    person = replace(PERSON, last_login="2026-01-02T03:04:05.000Z")
    facts = {row["term"]: row for row in facts_of(person)["activity"]}
    assert facts["Last login"]["time"] == "2026-01-02T03:04:05.000Z"
    assert facts["Last token"]["value"] == "not told"


def test_warnings_that_block_say_so():
    warnings = (Warning("scim", "No SCIM resource.", blocks=True), Warning("live", "In a conversation."))
    shown = render_to_string("parts/warnings.html", {"warnings": warnings})
    assert shown.index("Blocks the deletion") < shown.index("In a conversation")


def test_the_page_shows_who_it_is_and_everything_held(page, sandbox):
    person = sandbox.person("plain agent")
    answer = page(person["id"])
    words = words_of(answer)
    assert answer.status_code == 200
    assert words.count(person["name"]) >= 2
    for told in (
        person["email"],
        person["id"],
        "Billing Voice",
        "Collections",
        "VIP",
        "Night Shift",
        "Refunds",
        "English",
    ):
        assert told in words
    assert f'data-copy="{person["id"]}"' in text_of(answer)
    assert f'href="/people/{person["id"]}/request/"' in text_of(answer)


def test_inherited_holdings_name_the_group(page, sandbox):
    person = sandbox.person("inherits queues through a group")
    assert "through group Digital Channels: ends when leaving Digital Channels" in words_of(page(person["id"]))


def test_a_role_held_both_ways_says_so_and_where(page, sandbox):
    person = sandbox.person("inherits roles through a group")["id"]
    pair = [sandbox.name_id("role", "Reporting Viewer"), sandbox.name_id("division", "Home")]
    sandbox.change(person, grants=[[*pair, "2026-01-01T00:00:00.000Z"]])
    assert re.search(
        r"Reporting Viewer Home directly through group (.+?): ends when leaving \1", words_of(page(person))
    )


def test_warnings_come_before_the_holdings(page, sandbox):
    words = words_of(page(sandbox.person("in a live conversation")["id"]))
    assert words.index("1 live conversation") < words.index("Holdings")


def test_a_section_that_fails_leaves_the_rest_standing(page, sandbox):
    sandbox.faults({"path": "authorization/subjects", "status": 403, "code": "missing.permissions", "times": None})
    answer = page(sandbox.person("plain agent")["id"])
    assert answer.status_code == 200
    assert "Could not be read: The OAuth client may not do this" in words_of(answer)
    assert "Has no role." not in words_of(answer)
    assert "Billing Voice" in words_of(answer)


def test_scim_that_was_not_read_is_never_said_to_know_nobody(page, sandbox):
    sandbox.faults({"path": "/scim/v2/users", "status": 503, "times": None})
    shown = words_of(page(sandbox.person()["id"]))
    assert "SCIM could not be read: what would be deleted is not known." in shown
    assert "no SCIM resource" not in shown


def test_the_manager_is_named_and_never_by_an_id(page, sandbox):
    boss = sandbox.person("supervisor")
    agent = next(p for p in sandbox.people("plain agent") if sandbox.state(p["id"])["manager_id"] == boss["id"])
    assert f"Manager {boss['name']}" in words_of(page(agent["id"]))
    sandbox.faults({"path": f"/users/{boss['id']}$", "status": 403, "times": None})
    shown = words_of(page(agent["id"]))
    assert "Manager Name not known" in shown and boss["id"] not in shown


def test_the_manager_of_somebody_deleted_is_named_as_when_the_plan_was_read(page, sandbox, staff):
    boss = sandbox.person("supervisor")
    one, other = sandbox.person("holds nothing"), sandbox.person("plain agent")
    for each in (one, other):
        sandbox.change(each["id"], manager_id=boss["id"])
    request_for(staff, one["id"])
    sandbox.change(one["id"], state="deleted")
    sandbox.change(other["id"], state="deleted")
    before = len(sandbox.calls())
    assert f"Manager {boss['name']}" in words_of(page(one["id"]))
    assert "Manager Name not known" in words_of(page(other["id"]))
    assert not [call for call in sandbox.calls()[before:] if boss["id"] in call["path"]]


def test_a_dynamic_group_is_said_to_hold_by_its_rule(page, sandbox):
    shown = words_of(page(sandbox.person("in a dynamic group")["id"]))
    assert "In All Staff by a rule: only the deletion ends that." in shown
    assert "All Staff by its rule: ends with the deletion" in shown
    assert "All Staff directly" not in shown


def test_a_group_whose_rule_we_may_not_see_is_never_said_to_have_none(page, sandbox):
    sandbox.faults({"path": "/dynamicsettings$", "status": 403, "code": "missing.permissions", "times": None})
    shown = words_of(page(sandbox.person("in a dynamic group")["id"]))
    assert re.search(
        r"It could not be seen whether a rule puts people into .*All Staff.*: then nobody can leave it", shown
    )
    assert "All Staff perhaps by its rule" in shown
    assert "Could not be read" not in shown


def test_a_deleted_person_is_shown_as_deleted_and_cannot_be_asked_for(page, sandbox):
    person = sandbox.person("deleted")
    answer = page(person["id"])
    assert answer.status_code == 200
    assert "already deleted in Genesys Cloud" in words_of(answer)
    assert "In no queue." not in words_of(answer)
    assert "/request/" not in text_of(answer)


@pytest.mark.parametrize("wanted", ["00000000-0000-4000-8000-000000000000", "nobody", "x" * 2000])
def test_an_unknown_person_is_a_404_that_says_what_to_do(page, wanted):
    for below in ("", "request/"):
        answer = page(wanted, below)
        assert answer.status_code == 404
        assert "Search by name or e-mail" in words_of(answer)


def test_who_may_not_ask_is_told_why_instead_of_a_button(client, approver, sandbox):
    client.force_login(approver)
    person_id = sandbox.person("plain agent")["id"]
    answer = client.get(f"/people/{person_id}/")
    assert "Only IT staff can ask for it. It takes the role staff; an administrator makes" in words_of(answer)
    assert "/request/" not in text_of(answer)
    assert client.get(f"/people/{person_id}/request/").status_code == 403


def asked(actor: Any, person: dict[str, Any]) -> Any:
    who = Person(person["id"], person["name"], person["email"], person["state"])
    return open_request(actor, org=connect.org(), person=who, reason="Voluntary")


def test_an_open_request_takes_the_place_of_the_button(page, sandbox, staff):
    person = sandbox.person("plain agent")
    request = asked(staff, person)
    answer = page(person["id"])
    assert "Request open: see it" in words_of(answer)
    assert f'href="/requests/{request.pk}/"' in text_of(answer)
    assert "/request/" not in text_of(answer)


def test_earlier_requests_are_listed_and_do_not_stand_in_the_way(page, sandbox, staff):
    person = sandbox.person("plain agent")
    request = asked(staff, person)
    cancel_request(staff, request_id=request.pk, reason="wrong ticket")
    answer = page(person["id"])
    assert f"Request {request.pk} Cancelled" in words_of(answer)
    assert f'href="/people/{person["id"]}/request/"' in text_of(answer)


def test_a_protected_person_is_said_to_be_and_cannot_be_asked_for(page, sandbox, admin):
    person = sandbox.person("plain agent")
    place_hold(
        admin,
        org_id=connect.org().id,
        person_id=person["id"],
        person_name=person["name"],
        kind="protected",
        reason="Case 12/26 <b>",
    )
    answer = page(person["id"])
    assert "Protected: not to be deprovisioned" in words_of(answer)
    assert "Case 12/26 &lt;b&gt;" in text_of(answer)
    assert "/request/" not in text_of(answer)


def test_the_history_of_a_person_is_for_those_who_may_read_it(client, sandbox, staff, admin):
    person = sandbox.person("plain agent")
    asked(staff, person)
    client.force_login(admin)
    assert f"asked to deprovision {person['name']}" in words_of(client.get(f"/people/{person['id']}/"))
    client.force_login(staff)
    assert "asked to deprovision" not in words_of(client.get(f"/people/{person['id']}/"))


def test_what_a_person_is_called_is_escaped(page, sandbox):
    person = sandbox.person("plain agent")
    sandbox.change(person["id"], name="<img src=x onerror=alert(1)>", department="=1+1")
    answer = text_of(page(person["id"]))
    assert "<img src=x" not in answer
    assert "&lt;img src=x onerror=alert(1)&gt;" in answer
    assert "=1+1" in answer


@pytest.mark.parametrize(
    ("fault", "status", "remedy"),
    [
        ({"garbage": True}, 502, "Something that is not the Genesys Cloud API answered"),
        ({"status": 429, "headers": {"Retry-After": "60"}}, 503, "rate limit"),
        ({"status": 500, "code": "internal.server.error"}, 502, "Genesys Cloud"),
    ],
)
def test_a_person_that_cannot_be_read_is_an_error_with_its_remedy(page, sandbox, fault, status, remedy):
    person_id = sandbox.person("plain agent")["id"]
    sandbox.faults({"path": f"/users/{person_id}$", "times": None, **fault})
    for below in ("", "request/"):
        answer = page(person_id, below)
        assert answer.status_code == status
        assert remedy in words_of(answer)
        assert "nothing was changed" in words_of(answer)


def test_an_unreachable_org_is_an_error_with_its_remedy(page, sandbox, settings):
    person_id = sandbox.person("plain agent")["id"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.GENESYS_DOMAIN = f"http://127.0.0.1:{probe.getsockname()[1]}"
    answer = page(person_id)
    assert answer.status_code == 502
    assert "GENESYS_DOMAIN" in words_of(answer)


def test_a_setting_that_cannot_be_right_is_an_error_too(page, sandbox, settings):
    settings.GENESYS_CLIENT_SECRET = ""
    answer = page(sandbox.person("plain agent")["id"])
    assert answer.status_code == 502
    assert "GENESYS_CLIENT_SECRET is not set" in words_of(answer)


def test_the_history_is_loaded_after_the_page(page, sandbox):
    person = sandbox.person("plain agent")
    sandbox.clear_calls()
    answer = text_of(page(person["id"]))
    assert sandbox.calls(path="conversations/details") == []
    address = f"/people/{person['id']}/history-preview/"
    assert f'hx-get="{address}" hx-trigger="load"' in answer


def test_what_is_loaded_later_is_a_link_and_says_reading_only_while_htmx_reads(page, sandbox):
    """Without a script a word for it would stand there for ever."""
    person = sandbox.person("plain agent")["id"]
    answer = text_of(page(person))
    for part in ("history-preview", "duties"):
        assert f'<p class="later__link"><a href="/people/{person}/{part}/">' in answer
    assert "<noscript" not in answer
    shown = re.findall(r'<p class="([^"]*)"[^>]*>Reading', answer)
    assert shown == ["later__reading quiet"] * 2
    style = (Path(__file__).parents[2] / "static/offboarding/css/parts.css").read_text()
    assert ".later__reading, .htmx-request > .later__link { display: none; }" in style


def test_the_preview_counts_by_month_and_medium_and_shows_the_newest(page, sandbox):
    person = sandbox.person("plain agent")
    part = page(person["id"], "history-preview/", **HTMX)
    words = words_of(part)
    assert part.status_code == 200
    assert "<html" not in text_of(part)
    assert re.search(rf"Conversations {person['conversations']:,} about, in the last 365 days", words)
    assert "Voice" in words or "voice" in words
    assert text_of(part).count('class="chart__bar"') in (12, 13)
    assert "The newest" in words


def test_the_preview_is_a_page_of_its_own_without_javascript(page, sandbox):
    answer = page(sandbox.person("plain agent")["id"], "history-preview/")
    assert "<html" in text_of(answer)
    assert "The newest" in words_of(answer)


def test_no_history_at_all_is_said_and_not_an_error(page, sandbox):
    person = sandbox.person("plain agent")
    sandbox.change(person["id"], conversations=0)
    assert "No conversation was found" in words_of(page(person["id"], "history-preview/", **HTMX))


def test_a_preview_that_fails_never_says_that_there_is_none(page, sandbox):
    sandbox.faults({"path": "conversations/details", "garbage": True, "times": None})
    person_id = sandbox.person("plain agent")["id"]
    part = page(person_id, "history-preview/", **HTMX)
    assert part.status_code == 200
    assert "That does not mean that there is none." in words_of(part)
    assert "No conversation was found" not in words_of(part)
    assert "Read the history again" in words_of(part)
    assert page(person_id, "history-preview/").status_code == 502


def test_a_person_without_an_email_can_still_be_read(page, sandbox):
    person = sandbox.person("plain agent")
    sandbox.change(person["id"], email="")
    assert page(person["id"]).status_code == 200


def test_escaped_names_in_every_script_survive(page, sandbox):
    for why in ("name in Hebrew", "name with an apostrophe"):
        person = sandbox.person(why)
        assert f"<h1>{escape(person['name'])}</h1>" in text_of(page(person["id"]))


def test_on_a_narrow_screen_each_conversation_is_a_block_with_its_labels(page, sandbox):
    text = text_of(page(sandbox.person("plain agent")["id"], "history-preview/", **HTMX))
    newest = text[text.index("table--stacks") :]
    assert newest.count('<th scope="row"><time') == newest.count('data-label="Length"') > 1
    assert newest.count('data-label="Medium"') == newest.count('data-label="Direction"')


def test_where_a_holding_comes_from_stands_apart_from_its_name_and_detail():
    """The direct source has the end of the first line to itself, whatever wraps and whatever else is a source."""
    held = holdings(items=(Holding("queue", "q1", "Billing", (Source("group", "g1", "Night shift"), DIRECT), "EMEA"),))
    text = render_to_string("people/section.html", {"section": sections_of(held)[0]})
    what = re.search(r'<span class="holding__what">(.*?</span>.*?</span>)</span>', text, re.DOTALL)
    assert what is not None and words_in(what[1]) == "Billing EMEA"
    style = (Path(__file__).parents[2] / "static/offboarding/css/parts.css").read_text()
    assert ".holding .source { grid-area: 1 / 2; }" in style
    assert ".holding .source--inherited { grid-area: auto / 1 / auto / -1; }" in style
