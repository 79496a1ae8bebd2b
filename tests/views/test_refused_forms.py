"""A form that was refused: the page says so where it begins, and its title before anything else; no script needed."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from tests import states
from tests.views.conftest import text_of

pytestmark = pytest.mark.django_db
SUMMARY = re.compile(
    r'<div class="notice notice--attention" role="alert" tabindex="-1" autofocus>.*?</div>\s*</div>', re.S
)


def refused(response, status, link, error):
    """The one summary stands before the first section, takes the focus, and leads to the field, which says it too."""
    text = text_of(response)
    assert response.status_code == status
    assert "<title>Error: " in text
    summaries = SUMMARY.findall(text)
    assert len(summaries) == 1
    assert f'<a href="#{link}">' in summaries[0] and error in summaries[0]
    assert text.index(summaries[0]) < text.index("<h2")
    assert f'id="{link}"' in text
    assert text.count(error) == 2


def test_an_approval_without_the_e_mail_is_not_taken_for_one(staff, approver, client):
    asked = states.awaiting_decision(staff)
    client.force_login(approver)
    fields = {"digest": states.digest(asked), "confirmation": ""}
    response = client.post(reverse("request_approve", args=[asked.pk]), fields)
    refused(response, 400, "approve_confirmation", "Type the person’s e-mail to confirm")
    assert states.fresh(asked).state == "awaiting_decision"


def test_a_rejection_without_a_reason_is_not_taken_for_one(staff, approver, client):
    asked = states.awaiting_decision(staff)
    client.force_login(approver)
    fields = {"digest": states.digest(asked), "reason": ""}
    response = client.post(reverse("request_reject", args=[asked.pk]), fields)
    refused(response, 400, "reject_reason", "Say why, for the one who asked.")
    assert states.fresh(asked).state == "awaiting_decision"


def test_a_request_is_not_closed_without_a_reason(staff, approver, client):
    asked = states.failed(staff, approver)
    client.force_login(approver)
    response = client.post(reverse("request_close", args=[asked.pk]), {"reason": ""})
    refused(response, 400, "close_reason", "Say why it is given up.")
    assert states.fresh(asked).state == "approved"


def test_what_an_action_refuses_takes_the_focus_too(staff, approver, client):
    asked = states.awaiting_decision(staff)
    client.force_login(approver)
    fields = {"digest": states.digest(asked), "confirmation": "zoe@example.test"}
    text = text_of(client.post(reverse("request_approve", args=[asked.pk]), fields))
    assert "<title>Error: " in text
    assert "What was typed is not" in SUMMARY.findall(text)[0]


@pytest.mark.parametrize(
    ("form", "link", "error"),
    [
        ("hold_place", "id_reason", "Say why, for whoever is stopped by it."),
        ("rule_make", "rule_value", "Name the e-mail, the group or the role."),
        ("endpoint_add", "id_name", "Give it a name."),
        ("deliveries_replay", "id_since", "Say since when."),
    ],
)
def test_the_forms_of_the_settings_say_it_at_the_top_of_their_page(form, link, error, admin, client):
    client.force_login(admin)
    text = text_of(client.post(reverse(form), {}))
    assert "<title>Error: Settings" in text
    (summary,) = SUMMARY.findall(text)
    assert f'<a href="#{link}">' in summary and error in summary
    assert text.index(summary) < text.index("<h2")


def test_the_form_that_asks_says_it_in_its_title(sandbox, staff, client):
    client.force_login(staff)
    address = reverse("request_new", args=[sandbox.person("plain agent")["id"]])
    assert "<title>Error: " not in text_of(client.get(address))
    text = text_of(client.post(address, {"step": "check"}))
    assert "<title>Error: Request deprovisioning" in text
    assert len(SUMMARY.findall(text)) == 1


def test_a_page_that_refused_nothing_has_no_error_in_its_title(staff, approver, client):
    client.force_login(approver)
    text = text_of(client.get(reverse("request", args=[states.awaiting_decision(staff).pk])))
    assert "<title>Deprovisioning of" in text
    assert not SUMMARY.findall(text)


def test_a_wrong_password_says_it_in_the_title(client):
    assert "<title>Error: Sign in" in text_of(client.post(reverse("login"), {"username": "ada", "password": "no"}))
