"""The execution of an approved request, step by step, and the sign of life of the worker that does it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from offboarding.models.request import DeprovisionRequest, Plan


class RunState(models.TextChoices):
    """`parked` waits for a time by itself; `failed`, `plan_changed` and `stopped` wait for a human.

    `held` rests before the deletion until the legal hold on the person is released, and then goes on by itself.
    """

    QUEUED = "queued"
    RUNNING = "running"
    PARKED = "parked"
    FAILED = "failed"
    PLAN_CHANGED = "plan_changed"
    STOPPED = "stopped"
    HELD = "held"
    COMPLETED = "completed"


RUNNABLE = (RunState.QUEUED, RunState.RUNNING, RunState.PARKED)
# Why a run failed when its archive lacks conversations that an approver may accept as missing.
GAP = "history_gap"
# Why a step waits or failed when Genesys accepted a write, and what was read after it does not show it.
NOT_CONFIRMED = "not_confirmed"
NEEDS_A_HUMAN = (RunState.FAILED, RunState.PLAN_CHANGED, RunState.STOPPED)


class Run(models.Model):
    """One execution of an approved request; the row is the truth, the queue only a doorbell.

    A worker may act for this row only while it holds the lease (`lease_until` in the future) under the `fence`
    it was given; every claim raises the fence, so that a late worker's writes touch no row.
    """

    request = models.OneToOneField(DeprovisionRequest, on_delete=models.PROTECT, related_name="run")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=RunState.choices, default=RunState.QUEUED, db_index=True)
    lease_owner = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveBigIntegerField(default=0)
    deaths = models.PositiveSmallIntegerField(
        default=0, help_text="Workers in a row that held it and ended without a word, and without getting further."
    )
    not_before = models.DateTimeField(null=True, blank=True)
    stop_asked = models.BooleanField(default=False)
    problem = models.TextField(blank=True, help_text="What stopped the run, in words.")
    remedy = models.TextField(blank=True, help_text="What to do about it.")
    error_code = models.CharField(max_length=100, blank=True)
    approved_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    let_in_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text="When the circuit breaker let it begin to cut access."
    )
    locked_out_at = models.DateTimeField(null=True, blank=True, help_text="Sessions seen gone.")
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="Deletion read back.")
    ended_at = models.DateTimeField(null=True, blank=True)
    document = models.JSONField(null=True, blank=True, help_text="The audit log document of the latest end.")

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(state="completed") | models.Q(deleted_at__isnull=False),
                name="completed_means_deletion_was_read_back",
            )
        ]

    def __str__(self) -> str:
        return f"Run of request {self.request_id}"

    @property
    def sign_out_was_seen(self) -> bool:
        """Access is cut, and the API could show that the sign-out took effect; the article's only accepts it."""
        only_sent = self.steps.filter(key="revoke_sessions", state=StepState.SENT)
        return self.locked_out_at is not None and not only_sent.exists()

    def steps_as_they_stand(self) -> list[StepRun]:
        """Its rows in order. One that was begun when the run came to rest may still say `running`: it waits."""
        rows = list(self.steps.all())
        for row in rows:
            if row.state == StepState.RUNNING and self.state != RunState.RUNNING:
                row.state = StepState.WAITING
        return rows

    @property
    def gap(self) -> dict[str, Any] | None:
        """What the archive lacks when the run failed for that: `window`, `label`, `announced`, `sent`, `lacks`."""
        if self.state != RunState.FAILED or self.error_code != GAP:
            return None
        found: dict[str, Any] | None = self.steps.get(key="archive_history").evidence.get("gap")
        return found


class StepState(models.TextChoices):
    """`observed`: seen in Genesys after the work. `sent`: accepted, but the API cannot show it.

    `interrupted`: begun, and its run came to rest in the middle of it.
    """

    PENDING = "pending"
    RUNNING = "running"
    OBSERVED = "observed"
    NOTHING_TO_DO = "nothing_to_do"
    SENT = "sent"
    WAITING = "waiting"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


FINISHED = (StepState.OBSERVED, StepState.NOTHING_TO_DO, StepState.SENT)


class StepRun(models.Model):
    """One step of one run: state, attempts, progress, and the evidence of what was seen."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="steps")
    key = models.CharField(max_length=40)
    ordinal = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20, choices=StepState.choices, default=StepState.PENDING)
    attempt = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0, help_text="Attempts in a row that ended in a wait.")
    returns = models.PositiveIntegerField(default=0, help_text="How often it sent earlier steps back.")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    current_item = models.CharField(max_length=300, blank=True)
    asked = models.JSONField(
        default=list,
        blank=True,
        help_text="What Genesys was asked to end, [kind, id, name], noted before each call, over all attempts.",
    )
    sentence = models.TextField(blank=True, help_text="What was done or seen, in words.")
    evidence = models.JSONField(default=dict, blank=True)
    calls = models.JSONField(default=dict, blank=True, help_text="API calls by 'METHOD operation': count.")
    problem = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    correlation_id = models.CharField(max_length=100, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["run", "ordinal"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "key"], name="a_step_stands_once_in_a_run")]

    def __str__(self) -> str:
        return f"{self.key} of run {self.run_id}"

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED

    @property
    def outcome(self) -> str:
        """How it stands, for people: its state, or `not_confirmed` where a write was accepted and is not seen."""
        return NOT_CONFIRMED if self.error_code == NOT_CONFIRMED and not self.is_finished else str(self.state)

    @property
    def asked_names(self) -> list[str]:
        """What Genesys was asked to end, for people; whether it has ended is the outcome's to say."""
        return [name for _, _, name in self.asked]


class WorkerHeartbeat(models.Model):
    """The last sign of life of one worker process; the health line and /readyz read it."""

    name = models.CharField(max_length=200, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
