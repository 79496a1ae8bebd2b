"""What the form of a request accepts and refuses. No pages, no calls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from offboarding.ask_forms import RequestForm

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def form(**given: str) -> RequestForm:
    return RequestForm({"reason": "Voluntary", "live": "wait", "when": "now", **given})


def test_a_reason_is_enough():
    asked = form()
    assert asked.is_valid()
    assert asked.not_before is None


def test_a_later_start_is_understood_in_utc():
    asked = form(when="later", at="2026-12-01T17:30")
    assert asked.is_valid()
    assert asked.not_before == datetime(2026, 12, 1, 17, 30, tzinfo=UTC)


def test_a_time_typed_beside_now_is_asked_about():
    """Dropped in silence, the deletion would come weeks too early."""
    asked = form(at="2026-12-01T17:30")
    assert not asked.is_valid()
    assert "choose “Not before a date and time”" in asked.errors["when"][0]


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"reason": ""}, "reason", "Choose a reason"),
        ({"reason": "Fired"}, "reason", "Choose a reason from the list"),
        ({"when": ""}, "when", "Choose when"),
        ({"when": "later"}, "at", "Give the date and time"),
        ({"when": "later", "at": "2026-11-24T12:00"}, "at", "has passed"),
        ({"when": "later", "at": "2027-11-26T12:00"}, "at", "more than a year"),
        ({"when": "later", "at": "tomorrow"}, "at", "2026-03-31T17:00"),
        ({"reason": "Unknown"}, "note", "Say in the note"),
        ({"ticket": "x" * 101}, "ticket", "100"),
        ({"note": "x" * 2001}, "note", "2000"),
    ],
)
def test_each_wrong_answer_says_what_to_do(given, field, words):
    asked = form(**given)
    assert not asked.is_valid()
    assert list(asked.errors) == [field]
    assert words in asked.errors[field][0]


def test_the_other_reason_with_a_note_is_fine():
    assert form(reason="Unknown", note="Moves to another country").is_valid()
