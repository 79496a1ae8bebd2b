"""The circuit breaker: so many people an hour, in the org and in one division; who comes next has to wait.

It counts what began, and asks before it lets another begin. Two workers at the same moment may both see the last
free place: the breaker is there for hundreds, not to be exact about one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from offboarding.models import Plan, StepRun
from offboarding.models.run import StepState
from offboarding.pipeline.step import NotYet

HOUR = timedelta(hours=1)
REMEDY = (
    "It goes on by itself. If so many are meant to leave, raise the setting {name}; if not, stop the requests and "
    "find out who asked for them and who approved them."
)


def must_have_room(plan: Plan) -> None:
    """NotYet, until the oldest of the last hour leaves it, when as many have begun as may, in org or division."""
    division = plan.holdings["person"]["division"] or {}
    begun = _begun_in(plan.request.org_id)
    inside = begun.filter(run__plan__holdings__person__division__id=division.get("id", ""))
    _must_be_fewer(begun, "DEPROVISION_MOST_AN_HOUR", "in this org")
    _must_be_fewer(inside, "DEPROVISION_MOST_AN_HOUR_IN_A_DIVISION", f"in the division {division.get('name', '?')}")


def _begun_in(org_id: str) -> QuerySet[StepRun]:
    """The first steps that ended well within the last hour: right after them access is cut."""
    return StepRun.objects.filter(
        key="check_compliance",
        state=StepState.OBSERVED,
        ended_at__gt=timezone.now() - HOUR,
        run__request__org_id=org_id,
    )


def _must_be_fewer(begun: QuerySet[StepRun], name: str, where: str) -> None:
    most: int = getattr(settings, name)
    # The place that is free first when one of the newest `most` leaves the hour.
    ended: list[datetime] = list(begun.order_by("-ended_at").values_list("ended_at", flat=True)[:most])  # type: ignore[arg-type]
    if len(ended) < most:
        return
    raise NotYet(
        f"{most:,} {'person' if most == 1 else 'people'} {where} lost access within an hour, and no more may: the "
        "circuit breaker.",
        after=max(ended[-1] + HOUR - timezone.now(), timedelta(seconds=1)),
        remedy=REMEDY.format(name=name),
    )
