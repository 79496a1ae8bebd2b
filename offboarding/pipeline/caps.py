"""The circuit breaker: who finds every place of the hour taken has to wait, and the page says why."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from offboarding.actions.caps import take_place
from offboarding.audit.times import utc_words
from offboarding.models import Run
from offboarding.pipeline.step import GoesOn

REMEDY = (
    "It is tried again by itself at {until}. If so many are meant to leave, raise the setting {name}; if not, stop the "
    "requests and find out who asked for them and who approved them."
)


def must_have_room(run: Run) -> None:
    """Take the run's place; GoesOn, until one becomes free that nobody waits for already, when none is."""
    full = take_place(run_id=run.pk, fence=run.fence)
    if full is None:
        return
    people, are = ("person", "is") if full.taken == 1 else ("people", "are")
    raise GoesOn(
        f"{full.taken:,} {people} {full.where} lost access within an hour, or {are} losing it now, and the most is "
        f"{full.most:,} an hour: the circuit breaker.",
        after=max(full.until - timezone.now(), timedelta(seconds=1)),
        remedy=REMEDY.format(name=full.name, until=utc_words(full.until)),
    )
