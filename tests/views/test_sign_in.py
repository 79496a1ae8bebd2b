"""Signing in and out: what is recorded, when somebody must wait, and where nobody is sent."""

from __future__ import annotations

import pytest
import time_machine
from django.conf import settings as django_settings
from django.urls import reverse

from offboarding.models import AuditRecord
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def sign_in(client, name="sam", address="10.0.0.1", **more):
    fields = {"username": name, "password": "offboard-demo", **more}
    return client.post(LOGIN, fields, REMOTE_ADDR=address)


def trail() -> list[tuple[str, str, str]]:
    return [
        (line.action, line.outcome, str(line.data.get("name", line.actor_name)))
        for line in AuditRecord.objects.order_by("sequence")
    ]


def test_signing_in_goes_home_and_is_recorded(staff, client):
    response = sign_in(client)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert trail() == [("account.signed_in", "done", "Sam (sam)")]


def test_signing_in_goes_on_to_the_page_that_was_asked_for(staff, client):
    assert sign_in(client, next="/requests/").headers["Location"] == "/requests/"


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_nobody_is_sent_to_another_host(away, staff, client):
    assert sign_in(client, next=away).headers["Location"] == "/"


def test_a_failure_is_recorded_by_the_account_but_never_by_a_password_typed_as_a_name(staff, client):
    assert sign_in(client, password="wrong").status_code == 200
    assert sign_in(client, name="Hunter2!secret").status_code == 200
    assert trail() == [
        ("account.sign_in_failed", "failed", "sam"),
        ("account.sign_in_failed", "failed", "an account that does not exist"),
    ]


def test_after_five_failures_even_the_right_password_must_wait(staff, client):
    for _ in range(5):
        assert sign_in(client, password="wrong").status_code == 200
    response = sign_in(client)
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 301
    assert "Too many attempts to sign in to this account. Wait" in words_of(response)
    assert "_auth_user_id" not in client.session
    assert len(trail()) == 5


def test_the_wait_is_for_that_account_at_that_address_and_ends(staff, approver, client):
    with time_machine.travel("2026-11-24T08:00:00Z", tick=False) as clock:
        for _ in range(5):
            sign_in(client, password="wrong")
        assert sign_in(client, name="SAM").status_code == 429
        assert sign_in(client, address="10.0.0.2").status_code == 302
        assert sign_in(client, name="ada").status_code == 302
        clock.shift(301)
        assert sign_in(client).status_code == 302


def test_a_success_forgets_the_failures(staff, client):
    for _ in range(4):
        sign_in(client, password="wrong")
    sign_in(client)
    for _ in range(4):
        assert sign_in(client, password="wrong").status_code == 200
    assert sign_in(client).status_code == 302


def test_an_account_that_is_switched_off_cannot_sign_in(staff, client):
    staff.is_active = False
    staff.save()
    assert sign_in(client).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_session_gets_a_new_key_when_it_signs_in(staff, client):
    client.get(LOGIN)
    client.session["x"] = 1
    before = client.session.session_key
    sign_in(client)
    assert client.cookies[django_settings.SESSION_COOKIE_NAME].value != before


def test_logging_out_needs_a_button_and_ends_the_session(staff, client):
    client.force_login(staff)
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).headers["Location"] == LOGIN
    assert client.get("/").headers["Location"].startswith(LOGIN)


@pytest.mark.parametrize("sandbox", [True, False])
def test_the_demo_accounts_are_shown_only_in_the_sandbox(sandbox, settings, client):
    settings.SANDBOX_MODE = sandbox
    words = words_of(client.get(LOGIN))
    assert ("staff approver manager auditor admin" in words) is sandbox
    assert ("offboard-demo" in words) is sandbox
