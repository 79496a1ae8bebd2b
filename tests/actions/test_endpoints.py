"""Endpoints that are typed in: what is stored, refused and recorded, and what the database forbids."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from offboarding.actions.deliveries import replay_deliveries, replay_delivery
from offboarding.actions.endpoints import (
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    remove_endpoint,
    rotate_secret,
)
from offboarding.actions.errors import Refused
from offboarding.audit.record import sentence_of
from offboarding.audit.times import utc_words
from offboarding.models import AuditRecord, Delivery, WebhookEndpoint
from offboarding.webhooks.sealing import opened
from tests import states

pytestmark = pytest.mark.django_db
ADDRESS = "https://hooks.example.com/key/abc?sig=def"


@pytest.fixture
def endpoint(admin: Any) -> WebhookEndpoint:
    return add_endpoint(admin, name="HR", address=ADDRESS)[0]


def said() -> str:
    return sentence_of(AuditRecord.objects.latest("sequence"))


def test_an_endpoint_is_added_with_a_secret_that_lies_sealed(admin):
    endpoint, secret = add_endpoint(admin, name=" HR ", address=ADDRESS)
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.enabled, opened(endpoint.secret)) == ("HR", True, secret)
    assert secret.startswith("whsec_")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM offboarding_webhookendpoint")
        assert secret not in str(cursor.fetchall())
    assert said() == "Root (root) added the webhook endpoint HR at https://hooks.example.com"
    recorded = json.dumps(list(AuditRecord.objects.values_list("data", flat=True)))
    assert not any(hidden in recorded for hidden in (secret, "abc", "def"))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": " "}, "form"),
        ({"address": "http://hooks.example.com/"}, "address"),
        ({"address": "https://169.254.169.254/"}, "address"),
        ({"address": "https://hooks.example.com:8443/"}, "address"),
        ({"address": ADDRESS}, "taken"),
        ({"name": "HR"}, "taken"),
        ({"address": "https://hr.example.com/hook"}, "taken"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(facts, code, endpoint, admin, settings):
    settings.DEPROVISION_WEBHOOK_URL = "https://hr.example.com/hook"
    with pytest.raises(Refused) as refusal:
        add_endpoint(admin, **{"name": "Payroll", "address": "https://payroll.example.com/", **facts})
    assert (refusal.value.code, bool(refusal.value.remedy)) == (code, True)
    assert WebhookEndpoint.objects.count() == 1
    assert said().startswith("Root (root) could not add a webhook endpoint: ")


def test_every_enabled_endpoint_and_the_environments_address_are_told(admin, endpoint, staff, approver, settings):
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    off, _ = add_endpoint(admin, name="Off", address="https://off.example.com/")
    disable_endpoint(admin, endpoint_id=off.pk, reason="Moved")
    asked = states.completed(staff, approver)
    told = asked.deliveries.order_by("id")
    assert list(told.values_list("endpoint", "receiver")) == [("http://127.0.0.1:9/hook", None), (ADDRESS, endpoint.pk)]
    assert len({delivery.body for delivery in told}) == 1
    assert len({delivery.message_id for delivery in told}) == 2


def test_a_new_secret_leaves_the_former_one_valid_for_a_day(admin, endpoint):
    former = opened(endpoint.secret)
    changed, secret = rotate_secret(admin, endpoint_id=endpoint.pk, number=1)
    endpoint.refresh_from_db()
    assert (opened(endpoint.secret), opened(endpoint.former_secret), endpoint.secret_number) == (secret, former, 2)
    assert secret != former and changed == endpoint
    assert endpoint.former_until is not None
    assert abs(endpoint.former_until - timezone.now() - timedelta(hours=24)) < timedelta(minutes=1)
    assert said().startswith("Root (root) made a new secret for the webhook endpoint HR; the former one ends ")
    assert said().endswith(f"ends {utc_words(endpoint.former_until)}")
    with pytest.raises(Refused, match="meanwhile"):
        rotate_secret(admin, endpoint_id=endpoint.pk, number=1)
    endpoint.refresh_from_db()
    assert opened(endpoint.secret) == secret


def test_a_former_secret_that_cannot_be_read_does_not_stand_in_the_way_of_a_new_one(admin, endpoint, settings):
    settings.SECRET_KEY = "another-key-of-the-tests"
    _, secret = rotate_secret(admin, endpoint_id=endpoint.pk, number=1)
    endpoint.refresh_from_db()
    assert (opened(endpoint.secret), endpoint.former_secret, endpoint.former_until) == (secret, "", None)


def test_disabling_gives_up_what_waits_and_enabling_lets_it_be_sent_again(admin, endpoint, staff, approver):
    delivery = states.completed(staff, approver).deliveries.get()
    disable_endpoint(admin, endpoint_id=endpoint.pk, reason="Moved to another host")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.next_try_at) == ("dead", None)
    told = [sentence_of(line) for line in AuditRecord.objects.order_by("sequence")]
    assert told[-2] == "Root (root) disabled the webhook endpoint HR: Moved to another host"
    assert told[-1].endswith("was given up: the endpoint was disabled. Moved to another host")
    with pytest.raises(Refused, match="HR is disabled"):
        replay_delivery(admin, delivery_id=delivery.pk)
    assert replay_deliveries(admin, since=delivery.created_at).left == 1

    enable_endpoint(admin, endpoint_id=endpoint.pk)
    assert said() == "Root (root) enabled the webhook endpoint HR"
    assert replay_deliveries(admin, since=delivery.created_at).ids == (delivery.pk,)


def test_doing_it_twice_changes_and_records_nothing(admin, endpoint):
    enable_endpoint(admin, endpoint_id=endpoint.pk)
    disable_endpoint(admin, endpoint_id=endpoint.pk, reason="Moved")
    disable_endpoint(admin, endpoint_id=endpoint.pk, reason="Other words")
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "Moved"
    assert list(AuditRecord.objects.order_by("sequence").values_list("action", flat=True)) == [
        "endpoint.added",
        "endpoint.disabled",
    ]


def test_removing_waits_for_messages_and_leaves_no_secret(admin, endpoint, staff, approver):
    delivery = states.completed(staff, approver).deliveries.get()
    with pytest.raises(Refused, match="has yet to be sent"):
        remove_endpoint(admin, endpoint_id=endpoint.pk)
    Delivery.objects.update(state="delivered", next_try_at=None)
    rotate_secret(admin, endpoint_id=endpoint.pk, number=1)
    remove_endpoint(admin, endpoint_id=endpoint.pk)
    endpoint.refresh_from_db()
    assert (endpoint.secret, endpoint.former_secret, endpoint.enabled) == ("", "", False)
    assert Delivery.objects.get().pk == delivery.pk
    assert said() == "Root (root) removed the webhook endpoint HR at https://hooks.example.com"
    with pytest.raises(Refused, match="no such endpoint any more"):
        enable_endpoint(admin, endpoint_id=endpoint.pk)
    add_endpoint(admin, name="HR", address=ADDRESS)


@pytest.mark.parametrize("name", ["staff", "approver", "manager", "auditor"])
def test_only_an_administrator_may(name, admin, endpoint, request):
    actor = request.getfixturevalue(name)
    where = {"endpoint_id": endpoint.pk}
    for attempt in (
        lambda: add_endpoint(actor, name="Payroll", address="https://payroll.example.com/"),
        lambda: rotate_secret(actor, **where, number=1),
        lambda: disable_endpoint(actor, **where, reason="Moved"),
        lambda: enable_endpoint(actor, **where),
        lambda: remove_endpoint(actor, **where),
    ):
        with pytest.raises(Refused, match="Your role"):
            attempt()
    unchanged = WebhookEndpoint.objects.get()
    assert (unchanged.enabled, unchanged.secret, unchanged.removed_at) == (True, endpoint.secret, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": ""},
        {"disabled_reason": "Moved"},
        {"enabled": False},
        {"removed_at": timezone.now()},
        {"enabled": False, "disabled_reason": "Removed.", "removed_at": timezone.now()},
        {"former_secret": "sealed"},
        {"former_until": timezone.now()},
    ],
)
def test_the_database_refuses_what_must_never_be(wrong, endpoint):
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**wrong)
