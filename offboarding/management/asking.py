"""What the form of the console asks, as options of a command: the same questions, words, checks and defaults."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from offboarding.ask_forms import LATER, NOW, RequestForm
from offboarding.models import DeprovisionRequest
from offboarding.models.request import LivePolicy, Reason

USAGE = 2
FIELDS = RequestForm.base_fields
# Which option answers a question of the form that is not called as its option is.
CALLED = {"at": "not-before", "when": "not-before"}


def add_questions(parser: CommandParser) -> None:
    """The questions as options. What is not given is what the form offers first."""
    reasons, live = _choices(Reason.choices), _choices(LivePolicy.choices)
    parser.add_argument("--reason", required=True, choices=Reason.values, help=f"why the person leaves. {reasons}")
    parser.add_argument("--ticket", default="", help=str(FIELDS["ticket"].help_text))
    parser.add_argument("--note", default="", help="why, in words; needed with --reason Unknown")
    parser.add_argument(
        "--live",
        choices=LivePolicy.values,
        help=f"{FIELDS['live'].label}. {live} Without it: {LivePolicy.WAIT}. {FIELDS['live'].help_text}",
    )
    parser.add_argument("--keep-attributes", action="store_true", help=_question("keep_attributes"))
    parser.add_argument("--mask-addresses", action="store_true", help=_question("mask_addresses"))
    parser.add_argument(
        "--not-before",
        type=_time,
        metavar="TIME",
        help="nothing starts before this time, in UTC, such as 2027-03-31T17:00. Without it: as soon as somebody has "
        "approved it",
    )
    parser.add_argument("--urgent", action="store_true", help=str(FIELDS["urgent"].help_text))


def answers_of(options: dict[str, Any]) -> dict[str, Any]:
    """What `open_request` takes. CommandError of wrong usage where the form would refuse, in the words of the form."""
    start = options["not_before"]
    given = {"live": LivePolicy.WAIT, **_given(options), "when": LATER if start else NOW, "at": start}
    form = RequestForm(given)
    if not form.is_valid():
        wrong = (f"--{CALLED.get(name, name)}: {error}" for name, errors in form.errors.items() for error in errors)
        raise CommandError(" ".join(wrong), returncode=USAGE)
    answers = {name: value for name, value in form.cleaned_data.items() if name not in ("when", "at")}
    return {**answers, "not_before": form.not_before}


def other_than(request: DeprovisionRequest, options: dict[str, Any]) -> list[str]:
    """The options given that say another thing than the request, which goes on as it was asked for."""
    asked = {**_given(options), "not_before": options["not_before"]}
    decisive = ("reason", "live", "keep_attributes", "mask_addresses", "not_before")
    return [
        f"--{name.replace('_', '-')}" for name in decisive if asked.get(name) and asked[name] != getattr(request, name)
    ]


def _given(options: dict[str, Any]) -> dict[str, Any]:
    names = ("reason", "ticket", "note", "live", "keep_attributes", "mask_addresses", "urgent")
    return {name: options[name] for name in names if options[name]}


def _choices(choices: list[tuple[str, str]]) -> str:
    return " ".join(f"{value}: {label}." for value, label in choices)


def _question(name: str) -> str:
    return f"{FIELDS[name].label}. {FIELDS[name].help_text}"


def _time(text: str) -> datetime:
    try:
        at: datetime = FIELDS["at"].clean(text)
    except ValidationError as wrong:
        raise argparse.ArgumentTypeError(wrong.messages[0]) from wrong
    return at
