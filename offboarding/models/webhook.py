"""The outbox: messages to downstream systems, written with the change they tell of and sent afterwards."""

from __future__ import annotations

import uuid
from typing import ClassVar
from urllib.parse import urlsplit

from django.db import models

from offboarding.models.request import DeprovisionRequest


def host_of(address: str) -> str:
    """Host, and the port when it is given: what else an address consists of is a secret as often as not."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # DEPROVISION_WEBHOOK_URL is whatever somebody wrote
        return "not an address"
    return f"{host}:{port}" if host and port else host


class DeliveryState(models.TextChoices):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    SUPERSEDED = "superseded"


class WebhookEndpoint(models.Model):
    """A receiver that an administrator typed in. It hears of every end while it is enabled.

    `secret` and `former_secret` are sealed (offboarding/webhooks/sealing.py); the former one signs as well until
    `former_until`. `secret_number` counts the secrets. A removed one stays for its deliveries, without its secrets.
    """

    name = models.CharField(max_length=80)
    address = models.CharField(max_length=500)
    secret = models.TextField(blank=True)
    secret_number = models.PositiveIntegerField(default=1)
    former_secret = models.TextField(blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.TextField(blank=True)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(removed_at__isnull=True), name="endpoints_differ_by_name"
            ),
            models.UniqueConstraint(
                fields=["address"], condition=models.Q(removed_at__isnull=True), name="endpoints_differ_by_address"
            ),
            models.CheckConstraint(
                condition=models.Q(enabled=True, disabled_reason="", removed_at__isnull=True) & ~models.Q(secret="")
                | models.Q(enabled=False) & ~models.Q(disabled_reason=""),
                name="an_endpoint_is_enabled_with_a_secret_or_says_why_not",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=True) | models.Q(secret="", former_secret=""),
                name="a_removed_endpoint_keeps_no_secret",
            ),
            models.CheckConstraint(
                condition=models.Q(former_secret="", former_until__isnull=True)
                | ~models.Q(former_secret="") & models.Q(former_until__isnull=False),
                name="a_former_secret_ends_some_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """Where it is, for people."""
        return host_of(self.address)


class Delivery(models.Model):
    """One message to one endpoint. `message_id` is the same in every attempt, so that a receiver can drop doubles.

    `body` is the exact text that is signed and sent. `next_try_at` also serves as the lease of an attempt in flight,
    which a delivery keeps that was replaced or given up meanwhile.
    """

    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(DeprovisionRequest, on_delete=models.PROTECT, related_name="deliveries")
    endpoint = models.CharField(max_length=500)
    receiver = models.ForeignKey(
        WebhookEndpoint,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="deliveries",
        help_text="Empty: the address in DEPROVISION_WEBHOOK_URL.",
    )
    event = models.CharField(max_length=60)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING, db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    replays = models.PositiveIntegerField(default=0, help_text="How often it was sent anew after it was given up.")
    next_try_at = models.DateTimeField(null=True, blank=True, db_index=True)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.event} for request {self.request_id}: {self.state}"

    @property
    def receiver_words(self) -> str:
        """Who gets it, for people: the endpoint's name, or the host of the environment's address."""
        return self.receiver.name if self.receiver else host_of(self.endpoint)


class DeliveryAttempt(models.Model):
    """One attempt to send a delivery and what came of it. Written once, never changed or deleted.

    `number` counts from 1 and, after a replay, from 1 again. A number is missing when the worker ended in the middle:
    what came of that attempt is not known. `status` is empty when nobody answered; `problem` when it was taken.
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="tries")
    replay = models.PositiveIntegerField(default=0, help_text="How often the delivery had been replayed by then.")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(help_text="When it began.")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    problem = models.TextField(blank=True, help_text="In our words, with the start of what the receiver said.")
    milliseconds = models.PositiveIntegerField(help_text="From the look-up of the name to the end of the answer.")

    class Meta:
        ordering: ClassVar = ["delivery", "replay", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["delivery", "replay", "number"], name="an_attempt_is_stored_once"),
            models.CheckConstraint(
                condition=~models.Q(problem="") | models.Q(status__isnull=False, status__gte=200, status__lt=300),
                name="an_attempt_without_a_problem_was_answered_2xx",
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of delivery {self.delivery_id}"
