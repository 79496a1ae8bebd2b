"""Every part of the look on one page, with made-up rows. Exists only with DEBUG; no row is read, none is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from offboarding.models import AuditRecord, StepRun
from offboarding.plan import DIRECT, Action, Holding, Line, Source, Warning
from offboarding.status import STATUSES

ID = "4f0c8a52-1b7e-4c1d-9a53-2f7d0c5e8b11"


class SampleForm(forms.Form):
    """One field of each kind the pages use."""

    reason = forms.ChoiceField(
        label="Why does the person leave?",
        choices=[("v", "Leaves by their own choice"), ("s", "Seasonal contract ends")],
    )
    ticket = forms.CharField(label="Ticket", max_length=100, help_text="The number in your ticket system.")
    when = forms.ChoiceField(
        label="When?", widget=forms.RadioSelect, choices=[("now", "As soon as it is approved"), ("at", "At a time")]
    )
    urgent = forms.BooleanField(label="Urgent", required=False, help_text="Shown first to those who decide.")
    note = forms.CharField(label="Note", widget=forms.Textarea)


class ConfirmForm(forms.Form):
    """What is typed before something is destroyed."""

    confirmation = forms.CharField(label="Type mara.lindqvist@example.test to approve")


@login_not_required
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """All parts, in the states that pages show."""
    return render(request, "styleguide.html", sample())


def sample() -> dict[str, Any]:
    """Made-up values for every part; times are relative to now."""
    now = timezone.now()
    agents = Source("group", "g1", "Berlin agents")
    return {
        "families": [(family, list(table)) for family, table in STATUSES.items()],
        "id": ID,
        "queues": [
            Holding("queue", "q1", "Billing", (DIRECT,), "EMEA"),
            Holding("queue", "q2", "Complaints", (agents,), "EMEA, not activated"),
            Holding("queue", "q3", "Returns and refunds", (DIRECT, agents), "Home"),
            Holding("queue", "q4", "Technischer Kundendienst, zweite Stufe", (DIRECT,), "DACH"),
        ],
        "warnings": [
            Warning("scim", "Cannot be deleted through SCIM: 2 SCIM resources have this e-mail.", blocks=True),
            Warning("last_agent", "The last agent of Night desk."),
            Warning("inherited", "3 holdings come through Berlin agents and end with it."),
        ],
        "sentences": [
            Line("Suspend sign-in, so that nobody can sign in as this person"),
            Line("Sign out everywhere"),
            Line("Remove from 14 queues: Billing, Billing EMEA and 12 more", QUEUES, "14 queues"),
            Line(
                "Archive about 11,204 conversations of the last 365 days, 26 Nov 2025 to 26 Nov 2026; older ones are "
                "not archived"
            ),
            Line("Delete through SCIM (soft: the account can be restored, its queues and roles not by Genesys)"),
        ],
        "reversible": ["Sign-in: an administrator of Genesys Cloud can restore the account."],
        "lasting": ["14 queues and 6 role grants are not put back by Genesys."],
        "steps": _steps(now),
        "records": [
            (
                AuditRecord(sequence=1204, at=now - timedelta(minutes=3), outcome="done"),
                "Ada Okafor approved the deletion of Mara Lindqvist, plan 1",
            ),
            (
                AuditRecord(sequence=1203, at=now - timedelta(hours=2), outcome="refused"),
                "Sam Reyes could not decide on Mara Lindqvist: you asked for this, so somebody else has to decide",
            ),
            (
                AuditRecord(sequence=1202, at=now - timedelta(days=12), outcome="failed"),
                "The message about 李 小龍 did not reach https://hooks.example.test/offboarding: 503",
            ),
        ],
        "verdicts": [
            {
                "title": "Access cut",
                "answer": "yes",
                "sentence": "Sign-in suspended, tokens deleted.",
                "at": now - timedelta(minutes=4),
            },
            {"title": "History kept", "answer": "no", "sentence": "One page was missing from the answer."},
            {"title": "Person deleted", "answer": "not_yet", "sentence": ""},
        ],
        "months": [(f"{month:02}", count) for month, count in enumerate(COUNTS, start=1)],
        "facts": [
            {"term": "Name", "value": "Mara Lindqvist"},
            {"term": "Id", "code": ID},
            {"term": "Last login", "time": now - timedelta(hours=30)},
            {"term": "Conversations", "value": 11204},
            {"term": "Ticket", "value": "INC-20417", "change_url": "#facts"},
        ],
        "added": [
            Action("leave_queues", "queue", "q9", "Fraud desk"),
            Action("remove_roles", "role", "r1", "Supervisor"),
        ],
        "gone": [Action("leave_groups", "group", "g2", "Summer campaign")],
        "calls": [
            Action("suspend_sign_in", "state", ID, "Suspend sign-in", call=f"PUT /api/v2/users/{ID}/state"),
            Action("leave_queues", "queue", "q1", "Billing", call=f"DELETE /api/v2/routing/queues/q1/members/{ID}"),
        ],
        "form": SampleForm(),
        "wrong_form": SampleForm({"reason": "v", "ticket": "", "when": "now"}, prefix="wrong"),
        "confirm_form": ConfirmForm(prefix="confirm"),
        "head": ["Queue", "Division", "Members"],
        "rows": [["Billing", "EMEA", 41], ["Complaints", "EMEA", 7]],
        "recently": now - timedelta(minutes=5),
    }


QUEUES = tuple(f"Queue {number}" for number in range(1, 15))
COUNTS = (820, 940, 1010, 990, 1104, 760, 410, 1180, 1250, 990, 1340, 410)


def _steps(now: Any) -> list[tuple[str, StepRun]]:
    """One row of a run in every state."""
    return [
        (
            "Suspend sign-in",
            StepRun(
                state="observed",
                sentence="The state was read back: inactive.",
                started_at=now - timedelta(seconds=94),
                ended_at=now - timedelta(seconds=92),
            ),
        ),
        ("Clear skills", StepRun(state="nothing_to_do", sentence="Held none.")),
        (
            "Leave queues",
            StepRun(state="running", done=9, total=14, current_item="Billing", started_at=now - timedelta(seconds=12)),
        ),
        ("Release phones", StepRun(state="sent", sentence="Accepted; Genesys cannot show it.")),
        (
            "Archive the history",
            StepRun(
                state="waiting",
                attempt=2,
                sentence="Genesys asked to slow down.",
                next_try_at=now + timedelta(minutes=3),
                started_at=now - timedelta(minutes=8),
            ),
        ),
        (
            "Delete the person",
            StepRun(
                state="failed",
                attempt=3,
                problem="Genesys refused the deletion: the client may not delete (403, missing.permissions).",
                remedy="Give the OAuth client the permission directory:user:delete, then retry.",
                started_at=now - timedelta(minutes=1),
                ended_at=now,
            ),
        ),
        ("Notify", StepRun(state="pending")),
    ]
