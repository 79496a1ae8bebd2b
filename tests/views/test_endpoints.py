"""Webhook endpoints in the settings: typed in, their secret shown once, changed without JavaScript."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.urls import reverse

from offboarding.models import AuditRecord, Delivery, WebhookEndpoint
from offboarding.webhooks.sealing import opened
from tests import states
from tests.views.conftest import text_of, words_of

pytestmark = pytest.mark.django_db
PUBLIC, PRIVATE = "93.184.215.14", "10.0.0.1"


@pytest.fixture
def settled(admin, client):
    client.force_login(admin)
    return client


@pytest.fixture
def names(monkeypatch: Any) -> dict[str, list[str]]:
    """Where names lead: what is not in it does not exist."""
    known: dict[str, list[str]] = {"hooks.example.com": [PUBLIC]}
    plain = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host in known:
            return [plain(text, port, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM)[0] for text in known[host]]
        return plain(host, port, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


def add(client, **changes):
    fields = {"name": "HR", "address": "https://hooks.example.com/key/abc", **changes}
    return client.post(reverse("endpoint_add"), fields)


def post(client, name, **fields):
    return client.post(reverse(name, args=[WebhookEndpoint.objects.get().pk]), fields)


def test_the_secret_is_on_the_page_that_made_it_and_on_no_other(names, settled):
    response = add(settled)
    secret = opened(WebhookEndpoint.objects.get().secret)
    assert response.status_code == 200
    assert f"The secret of HR is shown this once {secret}" in words_of(response)
    assert response.headers["Cache-Control"] == "no-store"
    later = settled.get(reverse("settings"))
    assert secret not in text_of(later)
    assert "HR hooks.example.com Enabled" in words_of(later)
    assert "abc" not in text_of(later).partition('id="webhook-title"')[2].partition("</section>")[0]
    assert secret not in str(list(settled.session.items())) + str(settled.cookies)


def test_endpoints_at_one_host_are_told_apart_by_their_ports(names, settled, settings):
    settings.WEBHOOK_ALLOWED_HOSTS = ["hooks.example.com", "hooks.example.com:8443"]
    add(settled)
    add(settled, name="Payroll", address="https://hooks.example.com:8443/key/abc")
    words = words_of(settled.get(reverse("settings")))
    assert "HR hooks.example.com Enabled" in words
    assert "Payroll hooks.example.com:8443 Enabled" in words


def test_a_message_to_the_environments_address_says_its_port(staff, approver, settled, settings):
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/key/abc"
    states.completed(staff, approver)
    assert "127.0.0.1:9" in words_of(settled.get(reverse("settings"))).partition("Latest messages")[2]


def test_sending_the_form_again_makes_no_second_endpoint(names, settled):
    add(settled)
    again = add(settled)
    assert again.status_code == 409
    assert "There is an endpoint with this name or address already." in words_of(again)
    assert WebhookEndpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("leads_to", "told"),
    [
        ([PRIVATE], "The host's address is not a public one."),
        ([PUBLIC, PRIVATE], "The host's address is not a public one."),
        (["169.254.169.254"], "The host's address is not a public one."),
        (["fec0::1"], "The host's address is not a public one."),
        (["2002:a00:1::"], "The host's address is not a public one."),
        (None, "The host hooks.example.com cannot be found."),
    ],
)
def test_a_name_that_leads_nowhere_public_is_refused_when_it_is_typed(leads_to, told, names, settled):
    if leads_to is None:
        del names["hooks.example.com"]
    else:
        names["hooks.example.com"] = leads_to
    response = add(settled)
    assert response.status_code == 400
    assert told in words_of(response)
    assert "https://hooks.example.com/key/abc" in text_of(response)
    assert not WebhookEndpoint.objects.exists()


def test_a_host_that_is_not_allowed_is_refused_without_a_look_up(names, settled, settings):
    settings.WEBHOOK_ALLOWED_HOSTS = ["payroll.example.com"]
    del names["hooks.example.com"]
    response = add(settled)
    assert response.status_code == 400
    assert "is not in WEBHOOK_ALLOWED_HOSTS" in words_of(response)


@pytest.mark.parametrize(
    ("address", "told"),
    [("https://hr/key", "The host hr has no dot"), ("http://hr.example.com/", "http://hr.example.com is not an https")],
)
def test_what_is_wrong_with_an_address_is_told_at_its_field(address, told, settled):
    response = add(settled, address=address)
    assert response.status_code == 400
    (error,) = response.context["endpoint_form"].errors["address"]
    assert error.startswith(told)


def test_a_listed_host_that_leads_to_this_machine_is_not_told_to_be_listed(names, settled, settings):
    settings.WEBHOOK_ALLOWED_HOSTS, names["hooks.example.com"] = ["hooks.example.com"], ["127.0.0.1"]
    words = words_of(add(settled))
    assert "Loopback, link-local and metadata addresses are never allowed" in words
    assert "add its host" not in words


@pytest.mark.parametrize("missing", ["name", "address"])
def test_a_form_that_is_not_filled_in_is_a_bad_request(missing, settled):
    response = add(settled, **{missing: ""})
    assert response.status_code == 400
    assert "Please mend this" in words_of(response)


def test_a_new_secret_is_shown_once_with_the_end_of_the_former(names, settled):
    add(settled)
    former = opened(WebhookEndpoint.objects.get().secret)
    response = post(settled, "endpoint_rotate", number=1)
    secret = opened(WebhookEndpoint.objects.get().secret)
    assert secret != former
    words = words_of(response)
    assert f"is shown this once {secret}" in words
    assert "The former secret is valid as well until" in words
    assert former not in words
    again = post(settled, "endpoint_rotate", number=1)
    assert again.status_code == 409
    assert opened(WebhookEndpoint.objects.get().secret) == secret
    assert post(settled, "endpoint_rotate").status_code == 400


def test_disabled_enabled_and_removed_with_buttons(names, settled, staff, approver):
    add(settled)
    states.completed(staff, approver)
    assert "Say why it is disabled." in words_of(post(settled, "endpoint_disable"))
    waits = post(settled, "endpoint_remove")
    assert (waits.status_code, "A message to HR has yet to be sent." in words_of(waits)) == (409, True)
    assert post(settled, "endpoint_disable", reason="Moved away").status_code == 302
    words = words_of(settled.get(reverse("settings")))
    assert "HR hooks.example.com Disabled" in words
    assert "Moved away Messages that waited were given up" in words
    assert Delivery.objects.get().state == "dead"
    assert "Send this message again" not in words
    assert post(settled, "endpoint_enable").status_code == 302
    words = words_of(settled.get(reverse("settings")))
    assert "HR hooks.example.com Enabled" in words and "Send this message again" in words
    assert post(settled, "endpoint_remove").status_code == 302
    assert "No endpoint is set" in words_of(settled.get(reverse("settings")))
    refused = post(settled, "endpoint_enable")
    assert (refused.status_code, "no such endpoint any more" in words_of(refused)) == (409, True)


def test_what_was_done_is_in_the_history_without_the_secret(names, settled):
    response = add(settled)
    secret = response.context["secret"]
    page = settled.get(reverse("history"))
    assert "Root (root) added the webhook endpoint HR at https://hooks.example.com" in words_of(page)
    line = AuditRecord.objects.get(action="endpoint.added")
    record = settled.get(reverse("history_record", args=[line.sequence]))
    assert secret not in text_of(page) + text_of(record)
