"""The forms of requests, history and settings: what may be typed, and the words for what may not. No rows."""

from __future__ import annotations

from typing import Any

from django import forms

from offboarding.models.policy import HoldKind, RuleKind

GROUP_KEYS = ("", "mine", "undecided", "running", "held", "attention", "ended")


class RequestFilterForm(forms.Form):
    """What the list of requests is narrowed to; what makes no sense is dropped."""

    group = forms.ChoiceField(choices=[(key, key) for key in GROUP_KEYS], required=False)
    q = forms.CharField(max_length=200, required=False, label="Name, e-mail, ticket or number")
    before = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)

    def kept(self) -> dict[str, Any]:
        """group, q and before as far as they are valid; else empty."""
        self.is_valid()
        return {
            "group": self.cleaned_data.get("group", ""),
            "q": self.cleaned_data.get("q", ""),
            "before": self.cleaned_data.get("before"),
        }


class ApproveForm(forms.Form):
    """Approval of exactly the plan whose digest the page showed."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    confirmation = forms.CharField(
        max_length=320,
        label="Type the person’s e-mail",
        error_messages={"required": "Type the person’s e-mail to confirm that this is the right person."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class RejectForm(forms.Form):
    """Rejection of exactly the plan whose digest the page showed, with a reason for the one who asked."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=1000,
        label="Why it is rejected",
        error_messages={"required": "Say why, for the one who asked."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class CancelForm(forms.Form):
    """Taking a request back; the reason may stay empty."""

    reason = forms.CharField(max_length=1000, required=False, label="Why (optional)")


class CloseForm(forms.Form):
    """Giving up on a run, with a reason for whoever reads the history."""

    reason = forms.CharField(
        max_length=1000,
        label="Why it is given up",
        error_messages={"required": "Say why it is given up."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class AcceptGapForm(forms.Form):
    """That the archive may lack what was shown; why, for whoever asks for the history later."""

    window = forms.CharField(max_length=100, widget=forms.HiddenInput)
    lacks = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=1000,
        label="Why it may be missing",
        error_messages={"required": "Say why it may be missing."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class NothingToFillIn(forms.Form):
    """A button alone."""


class ReleaseForm(forms.Form):
    """Ending a protection, with a reason for whoever reads the history."""

    reason = forms.CharField(
        max_length=500, label="Why it ends", error_messages={"required": "Say why the protection ends."}
    )


class ReplaySinceForm(forms.Form):
    """Sending again what was given up, from a time on. A time without a zone is in that of the console."""

    since = forms.DateTimeField(
        label="Made since (UTC)",
        error_messages={"required": "Say since when.", "invalid": "Write the time like 2026-03-02 09:00."},
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )


class EndpointForm(forms.Form):
    """A webhook endpoint: a name for people, and where it is."""

    name = forms.CharField(max_length=80, label="Name", error_messages={"required": "Give it a name."})
    address = forms.CharField(
        max_length=500,
        label="Address",
        help_text="The whole https address of a host on the internet, or of one in WEBHOOK_ALLOWED_HOSTS.",
        error_messages={"required": "Give the whole address, such as https://hr.example.com/hooks/leavers."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "url"}
        ),
    )


class RotateForm(forms.Form):
    """A new secret in place of the one that the page knew of."""

    number = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class DisableForm(forms.Form):
    """Sending nothing more to an endpoint, with a reason for whoever misses the messages."""

    reason = forms.CharField(max_length=500, error_messages={"required": "Say why it is disabled."})


class HoldForm(forms.Form):
    """Protecting a person: who, how and why."""

    person = forms.CharField(
        max_length=320,
        label="Person’s id or exact e-mail",
        error_messages={"required": "Give the person’s id or exact e-mail."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(choices=HoldKind.choices, label="Kind")
    review_on = forms.DateField(
        required=False,
        label="Review a legal hold on",
        help_text="A protection needs no day.",
        error_messages={"invalid": "Give the day as 2027-03-31."},
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(
        max_length=500,
        label="Why",
        error_messages={"required": "Say why, for whoever is stopped by it."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RuleForm(forms.Form):
    """Protecting everybody whom a rule fits."""

    kind = forms.ChoiceField(choices=RuleKind.choices, label="Everybody with the")
    value = forms.CharField(
        max_length=320,
        label="E-mail, or name of the group or role",
        error_messages={"required": "Name the e-mail, the group or the role."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        max_length=500,
        label="Why",
        error_messages={"required": "Say why, for whoever is stopped by it."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
