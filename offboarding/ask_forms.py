"""The form that asks for a deprovisioning. It checks what was typed; whether it may be asked is for the action."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from offboarding.models.request import LivePolicy, Reason

LATEST = timedelta(days=366)
TYPED_TIME = "%Y-%m-%dT%H:%M"
NOW, LATER = "now", "later"


class RequestForm(forms.Form):
    """Reason, ticket, live conversations, when, urgent and note. Times are typed and understood in UTC."""

    reason = forms.ChoiceField(
        label="Why does this person leave?",
        choices=Reason.choices,
        widget=forms.RadioSelect,
        help_text="Genesys Cloud keeps it with the change of state.",
        error_messages={"required": "Choose a reason.", "invalid_choice": "Choose a reason from the list."},
    )
    ticket = forms.CharField(
        label="Ticket",
        required=False,
        max_length=100,
        help_text="The number of the ticket that asks for this, if there is one.",
    )
    live = forms.ChoiceField(
        label="If they are in a conversation then",
        choices=LivePolicy.choices,
        widget=forms.RadioSelect,
        initial=LivePolicy.WAIT.value,
        help_text="In each case sign-in is suspended and they are signed out first; the conversation may go on, and "
        "they cannot sign in again. Only then it is waited for or handed back, or the work stops for a decision. It is "
        "waited as long as the approval stands, which is 72 hours; then an approver is asked again.",
        error_messages={"required": "Choose what happens to a live conversation."},
    )
    keep_attributes = forms.BooleanField(
        label="Keep participants' attributes in the archive",
        required=False,
        help_text="What flows and agents noted about a conversation. Genesys gives none of the newest days.",
    )
    mask_addresses = forms.BooleanField(
        label="Mask customers' names and addresses in the archive",
        required=False,
        help_text="It cannot be unmasked later.",
    )
    when = forms.ChoiceField(
        label="When may the work start?",
        choices=[(NOW, "As soon as somebody has approved it"), (LATER, "Not before a date and time")],
        widget=forms.RadioSelect,
        initial=NOW,
        error_messages={"required": "Choose when the work may start."},
    )
    at = forms.DateTimeField(
        label="Not before (UTC)",
        required=False,
        widget=forms.DateTimeInput(format=TYPED_TIME, attrs={"type": "datetime-local"}),
        input_formats=[TYPED_TIME, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        help_text="In UTC, whatever the clock of this computer says. Used only with “Not before”.",
        error_messages={"invalid": "Write the date and time as 2026-03-31T17:00, in UTC."},
    )
    urgent = forms.BooleanField(
        label="Urgent", required=False, help_text="Shown first to those who decide. It skips nothing."
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For those who decide and audit. Needed when the reason is “Other”.",
    )

    def clean(self) -> dict[str, Any]:
        """A later start needs a time that is ahead, at most a year; “Other” needs a note."""
        given = super().clean() or {}
        if given.get("when") == LATER and "at" not in self.errors:
            self._check_time(given.get("at"))
        if given.get("when") == NOW and given.get("at"):
            self.add_error("when", "A time is given below: choose “Not before a date and time”, or take the time away.")
        if given.get("reason") == Reason.UNKNOWN and not given.get("note") and "note" not in self.errors:
            self.add_error("note", "Say in the note why the person leaves.")
        return given

    def _check_time(self, at: datetime | None) -> None:
        if at is None:
            self.add_error("at", "Give the date and time before which nothing may start.")
        elif at <= timezone.now():
            self.add_error("at", "That time has passed. Give one that is ahead, or choose to start at once.")
        elif at > timezone.now() + LATEST:
            self.add_error("at", "That is more than a year ahead. Check the year.")

    @property
    def not_before(self) -> datetime | None:
        """When the work may start at the earliest; None for at once. Only after `is_valid()`."""
        at: datetime | None = self.cleaned_data["at"]
        return at if self.cleaned_data["when"] == LATER else None

    @property
    def reason_in_words(self) -> str:
        """The chosen reason as people read it. Only after `is_valid()`."""
        return str(Reason(self.cleaned_data["reason"]).label)
