"""The outbox: messages to downstream systems, written with the change they tell of and sent afterwards."""

from __future__ import annotations

import uuid
from typing import ClassVar

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
    next_try_at = models.DateTimeField(null=True, blank=True, db_index=True)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.event} for request {self.request_id}: {self.state}"
