"""Error pages are pages of the console: each says whether something was done, and the way on."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from tests import states
from tests.views.conftest import text_of, words_of

pytestmark = pytest.mark.django_db


def approve_from_an_old_page(approver, asked, page: str) -> tuple[Any, Any]:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(approver)
    fields = {
        "csrfmiddlewaretoken": "x" * 64,
        "digest": states.digest(asked),
        "confirmation": asked.person_email,
    }
    response = browser.post(reverse("request_approve", args=[asked.pk]), fields, headers={"referer": page})
    asked.refresh_from_db()
    return response, asked


def test_a_form_of_an_old_page_decides_nothing_says_so_and_leads_back(staff, approver):
    asked = states.awaiting_decision(staff)
    page = reverse("request", args=[asked.pk])
    response, asked = approve_from_an_old_page(approver, asked, f"http://testserver{page}?seen=1")
    assert (response.status_code, asked.state) == (403, "awaiting_decision")
    words = words_of(response)
    assert "Nothing was done" in words and "Nothing was decided" in words
    assert f'href="{page}?seen=1">Open it again' in text_of(response)
    assert "/static/" in text_of(response)


@pytest.mark.parametrize("page", ["", "https://evil.example/requests/1/", "javascript:alert(1)", "http://testserver"])
def test_the_way_back_never_leaves_the_console(staff, approver, page):
    response, _ = approve_from_an_old_page(approver, states.awaiting_decision(staff), page)
    assert 'href="/">Open it again' in text_of(response)


def too_much(client: Client, settings: Any) -> Any:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    return client.post(reverse("login"), {"username": "x" * 100})


def another_host(client: Client, settings: Any) -> Any:
    return client.get("/", headers={"host": "evil.example"})


def no_page(client: Client, settings: Any) -> Any:
    return client.get("/nothing/here/")


def a_button_without_its_page(client: Client, settings: Any) -> Any:
    response = client.get(reverse("logout"))
    assert response.headers["Allow"] == "POST, OPTIONS"
    return response


def a_bug(client: Client, settings: Any) -> Any:
    settings.TEMPLATES = [
        {**django_settings.TEMPLATES[0], "OPTIONS": {"context_processors": ["tests.views.test_errors.broken"]}}
    ]
    client.raise_request_exception = False
    return client.get(reverse("home"))


def broken(request: Any) -> dict[str, Any]:
    raise RuntimeError("a bug")


@pytest.mark.parametrize(
    ("what", "status", "words"),
    [
        (too_much, 400, "Nothing was changed."),
        (another_host, 400, "Nothing was changed."),
        (no_page, 404, "Nothing was changed."),
        (a_button_without_its_page, 405, "Nothing was done"),
        (a_bug, 500, "What had been saved before is kept"),
    ],
)
def test_every_error_page_is_one_of_the_console(staff, client, settings, what, status, words):
    client.force_login(staff)
    response = what(client, settings)
    assert response.status_code == status
    assert words in words_of(response)
    assert 'class="alone__brand"' in text_of(response) and "/static/" in text_of(response)
