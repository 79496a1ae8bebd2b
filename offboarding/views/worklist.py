"""Which requests wait for whom: the groups of the list, of the home page and of the count in the rail. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from offboarding.access import Actor, permissions_of
from offboarding.models import DeprovisionRequest
from offboarding.models.request import ENDED, RequestQuerySet, RequestState
from offboarding.models.run import RUNNABLE, RunState

UNDECIDED = Q(state=RequestState.AWAITING_DECISION) | Q(state=RequestState.APPROVED, run__state=RunState.PLAN_CHANGED)
RUNNING = Q(state=RequestState.PLANNING) | Q(state=RequestState.APPROVED, run__state__in=RUNNABLE)
PARKED = Q(state=RequestState.APPROVED, run__state=RunState.PARKED)  # runs again by itself
TROUBLED = Q(state=RequestState.PLAN_FAILED) | Q(
    state=RequestState.APPROVED, run__state__in=(RunState.FAILED, RunState.STOPPED)
)
HELD = Q(state=RequestState.APPROVED, run__state=RunState.HELD)


@dataclass(frozen=True, slots=True)
class Group:
    """One group of requests as the list offers it."""

    key: str
    label: str
    empty: str


GROUPS = (
    Group("", "All", "Nobody has asked for a deprovisioning yet."),
    Group("mine", "Waits for me", "Nothing waits for you."),
    Group("undecided", "Waits for a decision", "Every plan is decided."),
    Group("running", "Running", "Nothing is running."),
    Group("held", "Held", "Nothing rests for a legal hold."),
    Group("attention", "Needs attention", "Nothing failed or was stopped."),
    Group("ended", "Ended", "No request has ended yet."),
)


def conditions_for(actor: Actor) -> dict[str, Q]:
    """What a request must be to stand in each group, by the group's key."""
    return {
        "": Q(),
        "mine": mine(actor, permissions_of(actor)),
        "undecided": UNDECIDED,
        "running": RUNNING,
        "held": HELD,
        "attention": TROUBLED,
        "ended": Q(state__in=ENDED),
    }


def mine(actor: Actor, held: frozenset[str]) -> Q:
    """What this actor has to do next: decide what others asked for, and mend an own request that has no plan."""
    found = Q(pk__in=())
    if "decide" in held:
        found |= UNDECIDED & ~Q(requested_by=actor.pk)
    if "request" in held:
        found |= Q(state=RequestState.PLAN_FAILED, requested_by=actor.pk)
    return found


def waiting_for(actor: Actor, held: frozenset[str]) -> RequestQuerySet:
    """The requests that wait for this actor, oldest and urgent first. `held` is what access.permissions_of told."""
    if "see_requests" not in held:
        return DeprovisionRequest.objects.none()
    return DeprovisionRequest.objects.filter(mine(actor, held)).order_by("-urgent", "id")
