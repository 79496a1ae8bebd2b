"""Sending a message anew that was given up: one, or all since a time. The sending itself is the worker's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from offboarding import queue
from offboarding.access import Actor, may
from offboarding.actions.errors import Refused, recording_refusals
from offboarding.audit.record import lock_head, record
from offboarding.models import Delivery
from offboarding.models.webhook import DeliveryState
from offboarding.webhooks.addresses import origin_of

NOT_DEAD = {
    DeliveryState.PENDING: ("This message has yet to be sent.", "Wait: it is sent by itself."),
    DeliveryState.DELIVERED: ("The receiver took this message.", "Nothing is left to do."),
    DeliveryState.SUPERSEDED: (
        "A newer message took the place of this one.",
        "Look for the newer message about the same request.",
    ),
}


@dataclass(frozen=True)
class Replayed:
    """The deliveries that are sent again, and how many were given up in that time but are `left` as they are."""

    ids: tuple[int, ...]
    left: int


@recording_refusals("delivery.refused", "send a message again")
def replay_delivery(actor: Actor | None, *, delivery_id: int) -> None:
    """Send a message that was given up again, with the same id, all attempts anew. `actor` None is the command line.

    Refused for one that was not given up, for one to a disabled endpoint, and for one after which a newer message about
    the same request was made: the older document would arrive last and be taken for the end.
    """
    _may_replay(actor)
    lock_head()
    delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        raise Refused(f"There is no message {delivery_id}.", "Look for its number in the settings.", "unknown")
    if delivery.state != DeliveryState.DEAD:
        problem, remedy = NOT_DEAD[DeliveryState(delivery.state)]
        raise Refused(problem, remedy, "not_dead", request=delivery.request)
    if delivery.receiver is not None and not delivery.receiver.enabled:
        raise Refused(
            f"{delivery.receiver.name} is disabled.",
            "Enable it, or look for the request's message to another endpoint.",
            "disabled",
            request=delivery.request,
        )
    if not replayable().filter(pk=delivery.pk).exists():
        problem, remedy = NOT_DEAD[DeliveryState.SUPERSEDED]
        raise Refused(problem, remedy, "replaced", request=delivery.request)
    _send_again(actor, delivery)
    queue.wake_deliveries()


@recording_refusals("delivery.refused", "send the messages again that were given up")
def replay_deliveries(actor: Actor | None, *, since: datetime) -> Replayed:
    """Send every message again that was made since a time and given up, as `replay_delivery` does.

    Those that a newer message replaced are left, and those to a disabled endpoint.
    """
    _may_replay(actor)
    lock_head()
    dead = Delivery.objects.filter(state=DeliveryState.DEAD, created_at__gte=since)
    again = list(replayable().filter(created_at__gte=since).select_for_update(of=("self",)).order_by("id"))
    for delivery in again:
        _send_again(actor, delivery)
    left = dead.count()
    if again:
        queue.wake_deliveries()
    return Replayed(tuple(delivery.pk for delivery in again), left)


def _may_replay(actor: Actor | None) -> None:
    if actor is not None and not may(actor, "configure"):
        raise Refused("Your role does not let you do this.", "Ask an administrator.", "role")


def replayable() -> QuerySet[Delivery]:
    """What was given up and can be sent again: no newer message followed it, and its endpoint is not disabled."""
    newer = Delivery.objects.filter(request=OuterRef("request"), endpoint=OuterRef("endpoint"), id__gt=OuterRef("id"))
    told = Q(receiver__isnull=True) | Q(receiver__enabled=True)
    return Delivery.objects.filter(told, ~Exists(newer), state=DeliveryState.DEAD)


def _send_again(actor: Actor | None, delivery: Delivery) -> None:
    delivery.state, delivery.next_try_at = DeliveryState.PENDING, timezone.now()
    delivery.attempts, delivery.replays = 0, delivery.replays + 1
    delivery.last_status, delivery.last_error = None, ""
    delivery.save(update_fields=["state", "next_try_at", "attempts", "replays", "last_status", "last_error"])
    record(
        actor,
        "delivery.replayed",
        request=delivery.request,
        data={
            "delivery": delivery.pk,
            "message_id": str(delivery.message_id),
            "endpoint": origin_of(delivery.endpoint),
            "replay": delivery.replays,
        },
    )
