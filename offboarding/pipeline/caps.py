"""The circuit breaker: who finds every place of the hour taken has to wait, and the page says why."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from offboarding.actions.caps import take_place
from offboarding.models import Run
from offboarding.pipeline.step import NotYet

REMEDY = (
    "It goes on by itself. If so many are meant to leave, raise the setting {name}; if not, stop the requests and "
    "find out who asked for them and who approved them."
)


def must_have_room(run: Run) -> None:
    """Take the run's place; NotYet, until the oldest of the last hour leaves its own, when none is free."""
    full = take_place(run_id=run.pk, fence=run.fence)
    if full is None:
        return
    raise NotYet(
        f"{full.most:,} {'person' if full.most == 1 else 'people'} {full.where} lost access within an hour, and no "
        "more may: the circuit breaker.",
        after=max(full.until - timezone.now(), timedelta(seconds=1)),
        remedy=REMEDY.format(name=full.name),
    )
