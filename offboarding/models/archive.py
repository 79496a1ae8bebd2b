"""The stored conversation history of one person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

from django.db import models

from offboarding.models.request import DeprovisionRequest


class Archive(models.Model):
    """One archive file with its manifest; `verified_at` is when the whole file was last read again and agreed.

    `path` is relative to VAR_DIR/archives. A request has one archive; writing it again replaces file and row's facts.
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

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"Archive of request {self.request_id}: {self.count} conversations"

    @property
    def last_day(self) -> date:
        """The last day (UTC) that belongs to it: the interval ends at the midnight after."""
        return (self.interval_end - timedelta(microseconds=1)).date()
