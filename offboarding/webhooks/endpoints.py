"""Who is told of an end, with which secrets, and how an endpoint comes to be told nothing any more. No HTTP."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from offboarding.audit.record import record
from offboarding.models import Delivery, WebhookEndpoint
from offboarding.models.webhook import DeliveryState
from offboarding.webhooks.addresses import origin_of
from offboarding.webhooks.flight import end_unsent
from offboarding.webhooks.sealing import CannotOpen, opened
from offboarding.webhooks.signing import BadSecret, secrets_in

GONE = "It answered 410 Gone: it wants no more messages."


def receivers() -> list[tuple[str, WebhookEndpoint | None]]:
    """Everybody who is told: the address in DEPROVISION_WEBHOOK_URL, then each enabled endpoint."""
    environment = settings.DEPROVISION_WEBHOOK_URL
    told: list[tuple[str, WebhookEndpoint | None]] = [(environment, None)] if environment else []
    enabled = WebhookEndpoint.objects.filter(enabled=True).order_by("id")
    return told + [(endpoint.address, endpoint) for endpoint in enabled if endpoint.address != environment]


def secrets_for(receiver: WebhookEndpoint | None, now: datetime) -> tuple[str, ...]:
    """What messages are signed with, the current secret first; the former one until its time is over.

    Raises BadSecret when one was sealed with a SECRET_KEY that is not known any more.
    """
    if receiver is None:
        return secrets_in(settings.DEPROVISION_WEBHOOK_SECRET)
    sealed = [receiver.secret]
    if receiver.former_until is not None and now < receiver.former_until:
        sealed.append(receiver.former_secret)
    try:
        return tuple(opened(text) for text in sealed)
    except CannotOpen:
        raise BadSecret(
            f"The secret of {receiver.name} cannot be read: SECRET_KEY has changed since it was made.",
            "Put the former SECRET_KEY into SECRET_KEY_FALLBACKS, or make a new secret for it in the settings.",
        ) from None


def switch_off(endpoint_id: int, reason: str, but: tuple[int, ...] = ()) -> list[Delivery] | None:
    """Disable an endpoint and give up what waits for it, `but` some: those deliveries, or None when it was not enabled.

    Inside a transaction that has locked the head of the chain; the caller records it, and `record_given_up` the
    deliveries.
    """
    enabled = WebhookEndpoint.objects.filter(pk=endpoint_id, enabled=True)
    if enabled.update(enabled=False, disabled_reason=reason) != 1:
        return None
    waiting = Delivery.objects.filter(receiver=endpoint_id, state=DeliveryState.PENDING).exclude(pk__in=but)
    found = list(waiting.select_related("request").select_for_update(of=("self",)).order_by("id"))
    mine = Delivery.objects.filter(pk__in=[delivery.pk for delivery in found])
    end_unsent(mine, timezone.now(), state=DeliveryState.DEAD, last_error=f"The endpoint was disabled. {reason}")
    return found


def facts_of(endpoint: WebhookEndpoint | None) -> dict[str, str]:
    """What an audit record tells of an endpoint: its name, and its address without path and query."""
    return {"name": endpoint.name, "endpoint": origin_of(endpoint.address)} if endpoint else {}


def record_given_up(deliveries: list[Delivery], reason: str) -> None:
    """One audit record for each message that was given up with its endpoint."""
    for delivery in deliveries:
        data = {
            "delivery": delivery.pk,
            "message_id": str(delivery.message_id),
            "endpoint": origin_of(delivery.endpoint),
            "attempt": delivery.attempts,
            "problem": f"the endpoint was disabled. {reason}",
        }
        record(None, "delivery.given_up", outcome="failed", request=delivery.request, data=data)
