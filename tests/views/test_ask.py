"""Asking for a deprovisioning through the pages, without JavaScript, against the sandbox over a socket."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from offboarding.actions.holds import place_hold
from offboarding.ask_forms import RequestForm
from offboarding.audit.times import utc_words
from offboarding.genesys import connect
from offboarding.models import AuditRecord, DeprovisionRequest
from tests.views.conftest import text_of, words_of

pytestmark = pytest.mark.django_db

ANSWERS = {"reason": "Voluntary", "ticket": "HR-4711", "live": "wait", "when": "now", "note": "Last day on Friday"}


@pytest.fixture
def leaver(sandbox: Any) -> Any:
    return sandbox.person("plain agent")


@pytest.fixture
def ask(client: Any, staff: Any, leaver: Any) -> Any:
    """ask("check", note="...") posts a step of the form for the leaver, as staff; ask() opens the form."""
    client.force_login(staff)
    address = f"/people/{leaver['id']}/request/"

    def send(step: str = "", **answers: str) -> Any:
        return client.post(address, {"step": step, **ANSWERS, **answers}) if step else client.get(address)

    return send


def hidden_in(response: Any, step: str) -> dict[str, str]:
    """The hidden fields of the form on the page whose step is this one."""
    for form in re.findall(r"<form.*?</form>", text_of(response), re.DOTALL):
        found = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))
        if found.get("step") == step:
            return {name: html.unescape(value) for name, value in found.items()}
    raise AssertionError(f"no form for the step {step}")


def test_the_form_says_whom_it_is_about_and_in_which_zone(ask, leaver):
    opened = ask()
    assert opened.status_code == 200
    assert leaver["id"] in text_of(opened)
    assert "Not before (UTC)" in words_of(opened)


def test_the_form_says_what_comes_before_any_choice_about_a_conversation(ask):
    words = words_of(ask())
    first = "In each case sign-in is suspended and they are signed out first;"
    assert words.index(first) < words.index("or the work stops for a decision") < words.index("Stop, and ask a human")


def test_the_answers_are_checked_against_holdings_read_just_now(ask, leaver, sandbox):
    checked = ask("check")
    words = words_of(checked)
    assert checked.status_code == 200
    for told in (
        "Remove from 4 queues",
        "Take away 3 role grants",
        f"Archive about {leaver['conversations']:,} conversations of the last 365 days",
        "Delete through SCIM (soft",
        "Can be undone",
        "Cannot be undone",
        "Leaves by their own choice",
        "HR-4711",
        f"Request deprovisioning of {leaver['name']}",
    ):
        assert told in words
    assert DeprovisionRequest.objects.count() == 0
    queue = sandbox.state(leaver["id"])["queues"][0]
    sandbox.change(leaver["id"], queues=[queue])
    assert "Remove from 1 queue" in words_of(ask("check"))


def test_what_has_to_be_taken_over_is_read_before_the_button(client, sandbox, staff):
    client.force_login(staff)
    address = f"/people/{sandbox.person('holds everything')['id']}/request/"
    words = words_of(client.post(address, {**ANSWERS, "step": "check"}))
    before, _, after = words.partition("What would be done")
    assert "To be taken over by somebody" in before and "To be taken over" not in after
    assert "Request deprovisioning of" in after


def test_what_cannot_be_undone_is_checked_before_it_is_asked_for(client, sandbox, staff):
    client.force_login(staff)
    person = sandbox.person("holds everything")
    words = words_of(client.post(f"/people/{person['id']}/request/", {**ANSWERS, "step": "check"}))
    lasting = words[words.index("Cannot be undone") :]
    assert f"WebRTC phones ({person['name']} WebRTC): deleted" in lasting
    assert "Direct numbers (+" in lasting and "Workforce management (Management unit" in lasting


def test_a_long_leave_is_warned_of_before_it_is_asked_for(ask):
    told = "The reason is a long leave, and the account is deleted all the same"
    words = words_of(ask("check", reason="Leave"))
    assert f"Know this first {told}" in words
    assert told not in words_of(ask("check"))


def test_what_was_checked_becomes_the_request(ask, client, leaver, staff):
    start = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    checked = ask("check", when="later", at=f"{start:%Y-%m-%dT%H:%M}", urgent="on", note='Two\n"lines"')
    assert f"Not before {utc_words(start)}" in words_of(checked)
    sent = client.post(f"/people/{leaver['id']}/request/", hidden_in(checked, "send"))
    request = DeprovisionRequest.objects.get()
    assert sent.status_code == 302 and sent.url == f"/requests/{request.pk}/"
    assert (request.person_id, request.person_name, request.person_email) == (
        leaver["id"],
        leaver["name"],
        leaver["email"],
    )
    assert (request.reason, request.ticket, request.urgent) == ("Voluntary", "HR-4711", True)
    assert request.note.split() == ["Two", '"lines"']
    assert request.not_before == start
    assert (request.org_id, request.requested_by) == (connect.org().id, staff)


def test_not_urgent_survives_the_hidden_fields(ask, client, leaver):
    client.post(f"/people/{leaver['id']}/request/", hidden_in(ask("check"), "send"))
    request = DeprovisionRequest.objects.get()
    assert not request.urgent and request.not_before is None
    assert not request.keep_attributes and not request.mask_addresses


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"live": "wait"}, "Wait until it has ended"),
        ({"live": "transfer"}, "Hand it back to the queue it came from"),
        ({"live": "refuse"}, "Stop, and ask a human"),
        ({"keep_attributes": "on"}, "with participants' attributes"),
        ({"mask_addresses": "on"}, "customers' names and addresses are masked"),
    ],
)
def test_each_choice_of_the_form_is_told_and_becomes_the_requests(ask, client, leaver, chosen, told):
    checked = ask("check", **chosen)
    assert told in words_of(checked)
    client.post(f"/people/{leaver['id']}/request/", hidden_in(checked, "send"))
    request = DeprovisionRequest.objects.get()
    expected = {"live": "wait", "keep_attributes": False, "mask_addresses": False}
    expected |= {name: True if value == "on" else value for name, value in chosen.items()}
    assert {name: getattr(request, name) for name in expected} == expected


def test_the_answers_can_be_changed_after_the_check(ask, client, leaver):
    changed = client.post(f"/people/{leaver['id']}/request/", hidden_in(ask("check"), "change"))
    assert changed.status_code == 200
    assert 'value="HR-4711"' in text_of(changed)
    assert "Last day on Friday" in text_of(changed)
    assert DeprovisionRequest.objects.count() == 0


@pytest.mark.parametrize("step", ["check", "send"])
def test_wrong_answers_are_shown_in_the_form_and_nothing_is_asked(ask, step):
    answer = ask(step, reason="")
    assert answer.status_code == 400
    assert "Choose a reason" in words_of(answer)
    assert 'value="HR-4711"' in text_of(answer)
    assert DeprovisionRequest.objects.count() == 0


def test_an_unknown_step_only_shows_the_form(ask):
    assert ask("delete").status_code == 200
    assert DeprovisionRequest.objects.count() == 0


def test_a_second_submit_is_refused_and_links_to_the_open_request(ask):
    assert ask("send").status_code == 302
    request = DeprovisionRequest.objects.get()
    again = ask("send")
    assert again.status_code == 409
    assert f"Request {request.pk} for" in words_of(again)
    assert f'href="/requests/{request.pk}/"' in text_of(again)
    assert DeprovisionRequest.objects.count() == 1
    assert AuditRecord.objects.filter(action="request.refused", outcome="refused").count() == 1


@pytest.mark.parametrize("step", ["", "check"])
def test_with_a_request_open_the_form_leads_back_to_the_person(ask, client, leaver, step):
    ask("send")
    answer = ask(step)
    assert answer.status_code == 302 and answer.url == f"/people/{leaver['id']}/"
    request = DeprovisionRequest.objects.get()
    assert f"Request {request.pk}: {leaver['name']} is already open." in words_of(client.get(answer.url))


def test_a_person_deleted_meanwhile_is_refused(ask, sandbox, leaver):
    ask("check")
    sandbox.change(leaver["id"], state="deleted")
    answer = ask("send")
    assert answer.status_code == 409
    assert f"{leaver['name']} is already deleted in Genesys Cloud." in words_of(answer)
    assert "Nothing is left to do." in words_of(answer)
    assert DeprovisionRequest.objects.count() == 0


def test_a_legal_hold_is_said_before_anything_is_requested(ask, admin, leaver):
    place_hold(
        admin,
        org_id=connect.org().id,
        person_id=leaver["id"],
        person_name=leaver["name"],
        kind="legal_hold",
        reason="Case 12",
        review_on=date(2099, 3, 31),
    )
    words = words_of(ask("check"))
    assert "rests before the deletion until the hold is released" in words and "Case 12" in words


def test_a_person_protected_meanwhile_is_refused(ask, admin, leaver):
    ask("check")
    place_hold(
        admin,
        org_id=connect.org().id,
        person_id=leaver["id"],
        person_name=leaver["name"],
        kind="protected",
        reason="On the works council",
    )
    answer = ask("send")
    assert answer.status_code == 409
    assert "On the works council" in words_of(answer)
    assert DeprovisionRequest.objects.count() == 0


def test_the_person_is_read_again_by_id_when_it_is_sent(ask, sandbox, leaver):
    ask("check")
    sandbox.change(leaver["id"], name="Renamed Meanwhile", email="renamed@example.test")
    ask("send")
    assert DeprovisionRequest.objects.get().person_name == "Renamed Meanwhile"


def test_a_section_that_cannot_be_read_is_said_before_asking(ask, sandbox):
    sandbox.faults({"path": "authorization/subjects", "status": 403, "code": "missing.permissions", "times": None})
    words = words_of(ask("check"))
    assert "Could not be read: roles" in words
    assert "nobody can approve before all of it is known" in words


def test_history_that_cannot_be_read_is_never_said_to_be_none(ask, sandbox):
    sandbox.faults({"path": "conversations/details", "garbage": True, "times": None})
    answer = ask("check")
    assert answer.status_code == 502
    assert "none was found" not in words_of(answer)
    assert "Nothing was requested" in words_of(answer)


@pytest.mark.parametrize("role", ["approver", "manager", "auditor", "admin"])
def test_only_staff_may_ask(client, make_actor, sandbox, leaver, role):
    client.force_login(make_actor("someone", role))
    sandbox.clear_calls()
    address = f"/people/{leaver['id']}/request/"
    assert client.get(address).status_code == 403
    assert client.post(address, {"step": "send", **ANSWERS}).status_code == 403
    assert sandbox.calls() == []
    assert DeprovisionRequest.objects.count() == 0


def test_the_page_offers_every_field_of_the_form(ask):
    shown = text_of(ask())
    assert [name for name in RequestForm.base_fields if f'name="{name}"' not in shown] == []


def test_nothing_is_written_to_genesys(ask, sandbox):
    sandbox.clear_calls()
    ask()
    ask("check")
    ask("send")
    reads = ("/api/v2/users/search", "/query", "/oauth/token")
    assert [call for call in sandbox.calls() if call["method"] != "GET" and not call["path"].endswith(reads)] == []
