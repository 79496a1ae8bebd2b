"""The messages in the settings and on the page of a request: their attempts, and sending them again."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from offboarding.models import Delivery, DeliveryAttempt
from tests import states
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def settled(admin, client):
    client.force_login(admin)
    return client


def test_the_latest_deliveries_are_listed(staff, approver, settled, settings):
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    states.completed(staff, approver)
    words = words_of(settled.get(reverse("settings")))
    assert "To be sent" in words


def test_every_attempt_stands_under_its_message(staff, approver, settled, settings):
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    asked = states.completed(staff, approver)
    facts = {"delivery": asked.deliveries.get(), "at": timezone.now(), "milliseconds": 1234}
    DeliveryAttempt.objects.create(**facts, number=1, status=503, problem="It answered 503.")
    DeliveryAttempt.objects.create(**facts, number=2, status=None, problem="Nothing takes connections.")
    for page in (reverse("settings"), reverse("request", args=[asked.pk])):
        words = words_of(settled.get(page))
        assert "2 attempts 503" in words
        assert "1,234 ms It answered 503. No answer" in words
        assert "Nothing takes connections." in words


def test_a_message_that_was_given_up_is_sent_again_with_a_button(staff, approver, settled, settings):
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    delivery = states.completed(staff, approver).deliveries.get()
    assert "Send this message again" not in words_of(settled.get(reverse("settings")))
    Delivery.objects.update(state="dead", next_try_at=None)
    assert "Send this message again" in words_of(settled.get(reverse("settings")))
    response = settled.post(reverse("delivery_replay", args=[delivery.pk]), follow=True)
    assert "The message is to be sent again." in words_of(response)
    refused = settled.post(reverse("delivery_replay", args=[delivery.pk]))
    assert refused.status_code == 409
    assert "This message has yet to be sent. Nothing was changed. Next:" in words_of(refused)


def test_messages_are_sent_again_from_a_time_on(staff, approver, settled, settings):
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    states.completed(staff, approver)
    Delivery.objects.update(state="dead", next_try_at=None)
    for wrong in ("", "yesterday"):
        response = settled.post(reverse("deliveries_replay"), {"since": wrong})
        assert response.status_code == 400
        assert "Please mend this" in words_of(response)
    later = settled.post(reverse("deliveries_replay"), {"since": "2099-01-01T00:00"}, follow=True)
    assert "0 messages to be sent again." in words_of(later)
    response = settled.post(reverse("deliveries_replay"), {"since": "2026-01-01T00:00"}, follow=True)
    assert "1 message to be sent again." in words_of(response)
    assert Delivery.objects.get().state == "pending"
