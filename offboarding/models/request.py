"""A request, the plans read for it, and the decisions on them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone


class RequestState(models.TextChoices):
    """Where a request stands. While it is `approved`, its run tells how far it is."""

    PLANNING = "planning"
    PLAN_FAILED = "plan_failed"
    AWAITING_DECISION = "awaiting_decision"
    APPROVED = "approved"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    CLOSED = "closed"


# The status of a request in planning whose plan waits for a time.
PUT_OFF = "put_off"
ENDED = (RequestState.COMPLETED, RequestState.REJECTED, RequestState.CANCELLED, RequestState.CLOSED)
LIVE = tuple(state for state in RequestState if state not in ENDED)


class Reason(models.TextChoices):
    """Why the person leaves, and what Genesys is told (`UserState.stateChangeReason`)."""

    VOLUNTARY = "Voluntary", "Leaves by their own choice"
    SEASONAL = "Seasonal", "Seasonal contract ends"
    LEAVE = "Leave", "Long leave"
    PERFORMANCE = "Performance", "Dismissed: performance"
    CONDUCT = "Conduct", "Dismissed: conduct"
    UNKNOWN = "Unknown", "Other, see the note"


class LivePolicy(models.TextChoices):
    """What happens to a live conversation after the sign-out; the keys are those of `plan.LIVE`."""

    WAIT = "wait", "Wait until it has ended"
    TRANSFER = "transfer", "Hand it back to the queue it came from"
    REFUSE = "refuse", "Stop, and ask a human"


class RequestQuerySet(models.QuerySet["DeprovisionRequest"]):
    def live(self) -> RequestQuerySet:
        return self.filter(state__in=LIVE)

    def with_status(self) -> RequestQuerySet:
        """Annotate `status`: the run's state while the request is approved, else the request's own.

        An approved request whose time has not come is `scheduled`, one whose plan has to wait is `put_off`.
        """
        return self.annotate(
            status=Case(
                When(state=RequestState.PLANNING, plan_after__gt=timezone.now(), then=Value(PUT_OFF)),
                When(
                    Q(run__state="queued") | Q(run__isnull=True),
                    state=RequestState.APPROVED,
                    not_before__gt=timezone.now(),
                    then=Value("scheduled"),
                ),
                When(state=RequestState.APPROVED, then=Coalesce(F("run__state"), Value("queued"))),
                default=F("state"),
                output_field=CharField(),
            )
        )


class DeprovisionRequest(models.Model):
    """One person's deprovisioning, from asking to the end.

    Names are frozen as they were when asked, so the row stays readable after person and actor are gone.
    At most one live request a person and org: a constraint, because two at once could delete the wrong plan.
    """

    org_id = models.CharField(max_length=100)
    org_name = models.CharField(max_length=200, blank=True)
    person_id = models.CharField(max_length=100)
    person_name = models.CharField(max_length=300)
    person_email = models.CharField(max_length=320, blank=True)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    ticket = models.CharField(max_length=100, blank=True)
    note = models.TextField(max_length=2000, blank=True)
    urgent = models.BooleanField(default=False)
    keep_attributes = models.BooleanField(default=False, help_text="Participants' attributes stay in the archive.")
    mask_addresses = models.BooleanField(default=False, help_text="Customers' names and addresses do not.")
    live = models.CharField(max_length=10, choices=LivePolicy.choices, default=LivePolicy.WAIT)
    not_before = models.DateTimeField(null=True, blank=True, help_text="Work starts no earlier than this.")
    state = models.CharField(max_length=20, choices=RequestState.choices, default=RequestState.PLANNING, db_index=True)
    problem = models.TextField(blank=True, help_text="Why the plan could not be read, in words.")
    remedy = models.TextField(blank=True, help_text="What to do about the problem.")
    plan_tries = models.PositiveSmallIntegerField(
        default=0, help_text="Workers that began to read the plan since somebody asked for it."
    )
    plan_after = models.DateTimeField(null=True, blank=True, help_text="The plan is read again no earlier than this.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="deprovision_requests"
    )
    requested_by_name = models.CharField(max_length=200)
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)

    objects: ClassVar[RequestQuerySet] = RequestQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org_id", "person_id"],
                condition=Q(state__in=[str(state) for state in LIVE]),
                name="one_live_request_a_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[str(state) for state in ENDED], ended_at__isnull=False)
                | Q(state__in=[str(state) for state in LIVE], ended_at__isnull=True),
                name="ended_request_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"Request {self.pk}: {self.person_name}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def current_status(self) -> str:
        """The one status word people see; the same as the `status` annotation."""
        if self.state == RequestState.PLANNING and self.plan_after is not None and self.plan_after > timezone.now():
            return PUT_OFF
        if self.state != RequestState.APPROVED:
            return str(self.state)
        run = getattr(self, "run", None)
        state = str(run.state) if run else "queued"
        waits = state == "queued" and self.not_before is not None and self.not_before > timezone.now()
        return "scheduled" if waits else state


class Plan(models.Model):
    """What was read of a person at one moment, and the actions that would empty it. Never changed once stored.

    `document` is the plan as plan.py builds it; `digest` is the SHA-256 (hex) of its RFC 8785 form.
    A second plan of the same request (`number` 2) exists only after a run stopped at `plan_changed`.
    """

    request = models.ForeignKey(DeprovisionRequest, on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    document = models.JSONField()
    holdings = models.JSONField(help_text="Everything that was read, with sources; the undo record.")
    scim_id = models.CharField(max_length=100)
    read_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["request", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "number"], name="plan_numbers_do_not_repeat")
        ]

    def __str__(self) -> str:
        return f"Plan {self.number} of request {self.request_id}"


class Verdict(models.TextChoices):
    APPROVED = "approved"
    REJECTED = "rejected"


# How long an approval stands: what a person holds, and who should leave, is not decided for ever.
APPROVAL_LIFE = timedelta(hours=72)


class Decision(models.Model):
    """An approval or a rejection by a second person, bound to the plan and digest that person saw.

    `requested_by` is copied from the request so that "decided by another person" is a check constraint here. An
    approval stands for APPROVAL_LIFE, counted from the decision or from the time the work was put off to.
    """

    request = models.ForeignKey(DeprovisionRequest, on_delete=models.PROTECT, related_name="decisions")
    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="decision")
    digest = models.CharField(max_length=64)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reason = models.TextField(blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    decided_by_name = models.CharField(max_length=200)
    decided_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(decided_by=F("requested_by")), name="nobody_decides_their_own_request"),
            models.CheckConstraint(condition=Q(verdict="approved") | ~Q(reason=""), name="a_rejection_gives_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.decided_by_name}"

    @property
    def stands_until(self) -> datetime:
        """When this approval expires. A run that goes on after that asks for a new one."""
        put_off_to = self.request.not_before
        return max(self.decided_at, put_off_to or self.decided_at) + APPROVAL_LIFE
