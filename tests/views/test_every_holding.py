"""Somebody who holds one of everything: the page names each holding with where it comes from, and warns of what bites.

Each table is read against one page, section by section, so that a section that goes missing is told by its name.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template.loader import render_to_string

from offboarding import people
from offboarding.genesys import connect
from offboarding.plan import Holdings
from offboarding.views.sections import sections_of
from tests.views.conftest import text_of, words_in, words_of

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
HELD = {
    "queues": (
        "Queues 20",
        "VIP Home directly",
        "Renewals Asia Pacific, not activated directly",
        "Callbacks Europe North directly through group Callback Squad: ends when leaving Callback Squad",
        "Claims Voice Asia Pacific directly through team Claims Manila: ends when leaving Claims Manila",
        "through skill group Fraud Experts: ends when the skill is cleared",
    ),
    "roles": (
        "Roles 14",
        "Supervisor Europe South directly",
        "employee North America directly",
        "employee Home directly",
        "Callback Coordinator Home through group Callback Squad: ends when leaving Callback Squad",
    ),
    "groups": (
        "Groups and team 9",
        "Night Shift directly",
        "Escalation Desk owner as its owner: ends when it has another owner",
        "All Staff by its rule: ends with the deletion",
        "Claims Manila team directly",
    ),
    "skills": ("Skills and languages 38", "Refunds 3 of 5 directly", "English 3 of 5 directly"),
    "phones": (
        "Phones and numbers 4",
        "{name} WebRTC associated directly",
        "{name} WebRTC default directly",
        "{name} WebRTC directly",
        "{phone} directly",
    ),
    "routing": (
        "Forwarding, backup and schedule 4",
        "Calls to +4915550",
        "A queue for direct calls",
        "Utilization of their own call 1, callback 1, chat 5, email 1, message 4",
        "Management unit {management_unit}",
    ),
    "sessions": ("Live conversations 1", "Voice since"),
    "owned": ("Groups owned 1", "Escalation Desk"),
    "reports": ("Direct reports 1", "{report}"),
}
FACTS = ("State Active", "Presence On Queue", "Agent status Interacting", "Manager {manager}")
WARNINGS = (
    "In 1 live conversation now.",
    "Kept by an identity provider (external id 00u7): disable there first, or it comes back.",
    "Owns Escalation Desk: give it another owner.",
    "Stays in Escalation Desk for as long as they own it.",
    "Manages 1 person.",
    "Takes over the direct calls of {backed_up}: give them another backup.",
    "Forwarded: Calls to +4915550",
    "In All Staff by a rule: only the deletion ends that.",
    "7 holdings come through Callback Squad, Claims Manila, Digital Channels and 3 more and end with them.",
)
DUTIES = (
    "1 evaluation to be scored by them",
    "1 evaluation of them still to be scored",
    "2 work items assigned to them: Call the customer back, Check the refund",
    "3 coaching or learning appointments ahead: Handling complaints (2), Data protection",
    "1 OAuth client made by them: Wallboard feed",
    "Licences collaborate, communicate, contact-center",
    "Skill groups Fraud Experts",
    "Second factors Authenticator app",
    "Extension 4711",
    "Voicemail on",
    "Out of office yes",
)
# Each read of the page about duties -> what is not known without it.
UNREAD_DUTIES = {
    "quality/evaluations": ("evaluations to score", "evaluations"),
    "taskmanagement/workitems": ("work items",),
    "development/activities": ("coaching and learning",),
    "oauth/clients": ("OAuth clients",),
    "license/users": ("Licences",),
    "skillgroups": ("Skill groups",),
    "verifiers": ("Second factors",),
    "voicemail/userpolicies": ("Voicemail",),
}
# Each read of the person's page -> the sections that are not known without it.
UNREAD = {
    "/queues$": ("queues",),
    "authorization/subjects": ("roles",),
    "/api/v2/groups": ("groups", "owned"),
    "/station$": ("phones",),
    "edges/phones": ("phones",),
    "edges/dids": ("phones",),
    "/callforwarding": ("routing",),
    "/directroutingbackup": ("routing",),
    "/utilization": ("routing",),
    "analytics/agents": ("routing", "sessions"),
    "/directreports": ("reports",),
}


def missing(told: tuple[str, ...], words: str, holder: dict[str, Any]) -> list[str]:
    return [each for each in told if each.format(**holder) not in words]


def section_of(held: Holdings, key: str) -> str:
    """The words of one section."""
    section = next(each for each in sections_of(held) if each.key == key)
    return words_in(render_to_string("people/section.html", {"section": section}))


def test_the_page_names_everything_held_with_where_it_comes_from(client, holder):
    page = text_of(client.get(f"/people/{holder['id']}/"))
    parts = re.findall(r'<section class="holding-group" aria-labelledby="holds-(\w+)">(.*?)</section>', page, re.DOTALL)
    sections = {key: words_in(part) for key, part in parts}
    assert list(sections) == list(HELD)
    assert {key: left for key, told in HELD.items() if (left := missing(told, sections[key], holder))} == {}
    words = words_in(page)
    facts, warnings = words[: words.index("Holdings")], words[words.index("Know this first") : words.index("Title")]
    assert missing(FACTS, facts, holder) == []
    assert "not told" not in facts and re.search(r"Last login \d.* Last token \d", facts)
    assert missing(WARNINGS, warnings, holder) == []


def test_the_last_agent_of_a_queue_is_told_before_it_has_none(client, staff, sandbox):
    client.force_login(staff)
    queue = {"id": sandbox.name_id("queue", "VIP"), "name": "VIP", "joined": True, "memberCount": 1}
    body = {"entities": [queue], "total": 1, "pageCount": 1, "pageNumber": 1, "pageSize": 100}
    sandbox.faults({"path": "/queues$", "status": 200, "body": body, "times": None})
    words = words_of(client.get(f"/people/{sandbox.person()['id']}/"))
    assert "The last agent of VIP." in words[: words.index("Holdings")]


def test_whom_they_take_over_for_stays_an_id_when_the_names_cannot_be_read(client, holder, sandbox):
    sandbox.faults({"path": "/api/v2/users$", "status": 403, "times": None})
    answer = client.get(f"/people/{holder['id']}/")
    assert answer.status_code == 200
    assert f"Takes over the direct calls of {sandbox.person('name with diacritics')['id']}:" in words_of(answer)


def test_nobody_to_take_over_for_costs_no_call(sandbox):
    sandbox.clear_calls()
    people.holdings(connect.client_for_page(), sandbox.person()["id"], for_a_plan=True)
    assert sandbox.calls(path="/api/v2/users$") == []


@pytest.mark.parametrize("path", UNREAD)
def test_a_section_that_could_not_be_read_is_never_said_to_be_empty(sandbox, path):
    """Of somebody who holds nothing but a group, so that every other section would say so."""
    person_id = sandbox.person("holds nothing")["id"]
    sandbox.change(person_id, groups=[sandbox.name_id("group", "Book Club")])
    sandbox.faults({"path": path, "status": 403, "code": "missing.permissions", "times": None})
    held = people.holdings(connect.client_for_page(), person_id)
    assert {each.key for each in sections_of(held) if each.unknown} == set(UNREAD[path])
    for key in UNREAD[path]:
        section = next(each for each in sections_of(held) if each.key == key)
        assert re.match(rf"{section.title} Could not be read: The OAuth client may not do this", section_of(held, key))
        assert section.none not in section_of(held, key)


@pytest.mark.parametrize(("left_out", "key"), [("groups", "groups"), ("skills", "skills"), ("languages", "skills")])
def test_what_genesys_did_not_send_with_the_person_is_never_said_to_be_empty(sandbox, left_out, key):
    """`expand` is best effort: an answer without the field is not one with an empty field."""
    person_id = sandbox.person("holds nothing")["id"]
    body = {"id": person_id, "name": "N", "email": "n@example.test", "state": "active"}
    body |= {name: [] for name in ("groups", "skills", "languages") if name != left_out}
    sandbox.faults({"path": f"/users/{person_id}$", "status": 200, "body": body, "times": None})
    held = people.holdings(connect.client_for_page(), person_id)
    shown = section_of(held, key)
    assert "Could not be read: Genesys did not send it with the person" in shown
    assert "Has no skill" not in shown and "In no group" not in shown


def test_what_has_to_be_taken_over_and_the_account_are_told(client, holder):
    part = client.get(f"/people/{holder['id']}/duties/", **HTMX)
    assert "<html" not in text_of(part)
    assert missing(DUTIES, words_of(part), holder) == []
    page = client.get(f"/people/{holder['id']}/duties/")
    assert "<h1>To be taken over</h1>" in text_of(page)
    assert missing(DUTIES, words_of(page), holder) == []


@pytest.mark.parametrize("path", UNREAD_DUTIES)
def test_a_duty_that_could_not_be_read_is_never_said_to_be_none(client, staff, sandbox, path):
    """Of somebody who has none, so that everything else says so."""
    client.force_login(staff)
    sandbox.faults({"path": path, "status": 403, "code": "missing.permissions", "times": None})
    words = words_of(client.get(f"/people/{sandbox.person('holds nothing')['id']}/duties/", **HTMX))
    for what in UNREAD_DUTIES[path]:
        assert f"Could not be read: {what}. The OAuth client may not do this" in words
    assert "Nothing has to be taken over" not in words
    account = ("Licences", "Skill groups", "Second factors", "Extension", "Voicemail", "Out of office")
    told = [line for line in account if re.search(rf"{line} [a-z]", words)]
    assert told == [line for line in account if line not in UNREAD_DUTIES[path]]


def test_whom_nothing_hangs_on_has_nothing_to_take_over(client, staff, sandbox):
    client.force_login(staff)
    words = words_of(client.get(f"/people/{sandbox.person('holds nothing')['id']}/duties/", **HTMX))
    assert "Nothing has to be taken over." in words
    assert "Skill groups none" in words and "Second factors none" in words and "Out of office no" in words
