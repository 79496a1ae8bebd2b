"""Who must not be deprovisioned, or not deleted, and why."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class HoldKind(models.TextChoices):
    """A protection forbids all of it. A legal hold forbids the deletion alone: access may and should be cut."""

    PROTECTED = "protected", "Protected"
    LEGAL_HOLD = "legal_hold", "Legal hold"


class Hold(models.Model):
    """A person who must not be deprovisioned, or not deleted, while it is in force (`released_at` empty).

    A legal hold is looked at again on `review_on`, and whoever placed it cannot release it. The names are frozen;
    the accounts are kept beside them, so that "released by somebody else" is a check constraint.

    A legal hold also forbids to remove what is kept of the person. Nothing does: there is no purge and no retention,
    the rows refuse to be deleted (Kept), and tests/test_nothing_is_purged.py names the only code that may remove a
    file of an archive, which is the writing of that same archive. Whatever shall purge asks `legal_hold_on` first.
    """

    org_id = models.CharField(max_length=100)
    person_id = models.CharField(max_length=100)
    person_name = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, choices=HoldKind.choices)
    reason = models.TextField(max_length=500)
    review_on = models.DateField(null=True, blank=True, help_text="When somebody asks whether it is still needed.")
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    placed_by_name = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_by_name = models.CharField(max_length=200, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org_id", "person_id", "kind"],
                condition=Q(released_at__isnull=True),
                name="one_hold_of_a_kind_in_force",
            ),
            models.CheckConstraint(
                condition=~Q(kind="legal_hold", released_by=F("placed_by")),
                name="nobody_releases_their_own_legal_hold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.person_name}"

    @property
    def forbids_all(self) -> bool:
        """Whether nothing at all may be done; else only the deletion is forbidden."""
        return self.kind != HoldKind.LEGAL_HOLD


class RuleKind(models.TextChoices):
    """What a rule of protection looks at; the keys are those of `plan.KINDS`."""

    EMAIL = "email", "E-mail"
    GROUP = "group", "Group"
    ROLE = "role", "Role"


class ProtectionRule(models.Model):
    """Protects everybody whom it fits while it is in force (`ended_at` empty), also those who come to fit it later."""

    org_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=RuleKind.choices)
    value = models.CharField(max_length=320, help_text="An e-mail, or the name or id of a group or role.")
    reason = models.TextField(max_length=500)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    ended_by_name = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org_id", "kind", "value"],
                condition=Q(ended_at__isnull=True),
                name="one_rule_of_a_kind_and_value_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"
