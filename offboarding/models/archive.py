"""The stored conversation history of one person, and what of it somebody accepted as missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from offboarding.models.kept import Kept
from offboarding.models.request import DeprovisionRequest


class Harm(models.TextChoices):
    """What befell an archive's file after it was verified, as a sentence goes on: "the archive …"."""

    NONE = "", "is as it was written"
    CHANGED = "changed", "was changed"
    LOST = "lost", "cannot be read"


class Archive(Kept):
    """One archive file with its manifest; `verified_at` is when it was written, read again and agreed.

    `harm` is what the last look at the whole file found since; `path` is relative to
    VAR_DIR/archives. A request has one archive; writing it again replaces file and row's facts. Nothing else removes
    either: see Hold.
    """

    org_id = models.CharField(max_length=100)
    person_id = models.CharField(max_length=100)
    request = models.OneToOneField(DeprovisionRequest, on_delete=models.PROTECT, related_name="archive")
    path = models.CharField(max_length=300)
    manifest = models.JSONField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="Bytes of the compressed file.")
    count = models.PositiveBigIntegerField(help_text="Conversations.")
    first_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    interval_start = models.DateTimeField()
    interval_end = models.DateTimeField()
    written_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)
    harm = models.CharField(max_length=20, choices=Harm, default=Harm.NONE, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"Archive of request {self.request_id}: {self.count} conversations"

    @property
    def last_day(self) -> date:
        """The last day (UTC) that belongs to it: the interval ends at the midnight after."""
        return (self.interval_end - timedelta(microseconds=1)).date()


class AcceptedGap(models.Model):
    """An approver's word that the archive of a request may lack conversations: of one window, and no more than these.

    `requested_by` is copied from the request so that "accepted by another person" is a check constraint here.
    """

    request = models.ForeignKey(DeprovisionRequest, on_delete=models.PROTECT, related_name="accepted_gaps")
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    announced = models.PositiveBigIntegerField(help_text="Conversations that Genesys announced.")
    sent = models.PositiveBigIntegerField(help_text="Conversations that it sent.")
    reason = models.TextField(max_length=1000)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    accepted_by_name = models.CharField(max_length=200)
    accepted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(accepted_by=F("requested_by")), name="nobody_accepts_a_gap_in_their_own_request"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="an_accepted_gap_gives_a_reason"),
            models.CheckConstraint(condition=Q(announced__gt=F("sent")), name="a_gap_lacks_something"),
        ]

    def __str__(self) -> str:
        return f"{self.announced - self.sent} conversations missing from the archive of request {self.request_id}"
