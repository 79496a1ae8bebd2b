"""Who must not be deprovisioned, and why."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class HoldKind(models.TextChoices):
    PROTECTED = "protected", "Protected"
    LEGAL_HOLD = "legal_hold", "Legal hold"


class Hold(models.Model):
    """A person who must not be deprovisioned while the hold is in force (`released_at` empty)."""

    org_id = models.CharField(max_length=100)
    person_id = models.CharField(max_length=100)
    person_name = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, choices=HoldKind.choices)
    reason = models.TextField(max_length=500)
    placed_by_name = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    released_by_name = models.CharField(max_length=200, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org_id", "person_id", "kind"],
                condition=Q(released_at__isnull=True),
                name="one_hold_of_a_kind_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.person_name}"
