"""What Genesys Cloud answered when a step looked: the raw read behind each "observed"."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from offboarding.models.kept import Kept
from offboarding.models.run import StepRun


class StepReading(Kept):
    """One answer to one read of one attempt of a step, as it came; written once, with the end of that attempt."""

    step = models.ForeignKey(StepRun, on_delete=models.PROTECT, related_name="readings")
    attempt = models.PositiveIntegerField()
    ordinal = models.PositiveSmallIntegerField()
    read_at = models.DateTimeField()
    method = models.CharField(max_length=10, blank=True, default="", help_text="Empty in the oldest rows.")
    path = models.TextField(help_text="With its query.")
    asked = models.TextField(blank=True, default="", help_text="What a search sent, as JSON; empty for a GET.")
    status = models.PositiveSmallIntegerField()
    size = models.PositiveIntegerField(help_text="Bytes of the body.")
    sha256 = models.CharField(max_length=64, help_text="Of the body.")
    body = models.TextField(blank=True, help_text="Empty when it was too large, or is not to be kept twice.")

    class Meta:
        ordering: ClassVar = ["step", "attempt", "ordinal"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["step", "attempt", "ordinal"], name="a_reading_stands_once_in_an_attempt")
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"
