"""The outbox: messages to downstream systems, written with the change they tell of and sent afterwards."""

from __future__ import annotations

import uuid
from typing import ClassVar
from urllib.parse import urlsplit

from django.db import models

from offboarding.models.request import DeprovisionRequest


class DeliveryState(models.TextChoices):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    SUPERSEDED = "superseded"


class Delivery(models.Model):
    """One message to one endpoint. `message_id` is the same in every attempt, so that a receiver can drop doubles.

    `body` is the exact text that is signed and sent. `next_try_at` also serves as the lease of an attempt in flight.
    """

    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(DeprovisionRequest, on_delete=models.PROTECT, related_name="deliveries")
    endpoint = models.CharField(max_length=500)
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
    def host(self) -> str:
        """The host it goes to, for people: the rest of an address holds a key as often as not."""
        return urlsplit(self.endpoint).hostname or ""


class DeliveryAttempt(models.Model):
    """One sending of a delivery and what came of it. Written once, never changed or deleted.

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
