"""The append-only audit trail. Triggers in the database refuse UPDATE and DELETE on its records."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Outcome(models.TextChoices):
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Failed"


class AuditRecord(models.Model):
    """One line of what happened. Names are frozen text and ids are plain numbers: no row can be altered by a deletion.

    `sequence` counts without gaps from 1. `hash` is the SHA-256 of the record's canonical form, in which
    `previous_hash` stands; the first record's previous hash is 64 zeros.
    """

    sequence = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField(db_index=True)
    org_id = models.CharField(max_length=100, blank=True)
    actor_id = models.BigIntegerField(null=True, blank=True, help_text="Empty: the system itself.")
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=60, db_index=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    person_id = models.CharField(max_length=100, blank=True, db_index=True)
    person_name = models.CharField(max_length=300, blank=True)
    request_number = models.BigIntegerField(null=True, blank=True, db_index=True)
    data = models.JSONField(default=dict, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-sequence"]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"


class AuditHead(models.Model):
    """The single row every append locks: where the chain ends, and when it was last verified to which record."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_sequence = models.PositiveBigIntegerField(null=True, blank=True)
    verified_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="the_chain_has_one_head")]

    def __str__(self) -> str:
        return f"head {self.sequence}"
