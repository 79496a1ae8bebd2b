"""Webhook endpoints that an administrator types in: added, given a new secret, disabled, enabled, removed."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from offboarding.access import Actor, may
from offboarding.actions.errors import Refused, recording_refusals
from offboarding.audit.record import lock_head, name_of, record, utc_text
from offboarding.models import WebhookEndpoint
from offboarding.models.webhook import DeliveryState
from offboarding.webhooks.addresses import EndpointRefused, check_other, is_trusted
from offboarding.webhooks.endpoints import facts_of, record_given_up, switch_off
from offboarding.webhooks.sealing import CannotOpen, new_secret, opened, seal

FORMER_IS_VALID = timedelta(hours=24)


@recording_refusals("endpoint.refused", "add a webhook endpoint")
def add_endpoint(actor: Actor, *, name: str, address: str) -> tuple[WebhookEndpoint, str]:
    """Tell an endpoint of every end from now on. Gives it back with its secret, which is never told again.

    The caller has looked up where the name leads: here is a transaction, so only the text is checked.
    """
    _may_configure(actor)
    if not name.strip():
        raise Refused("The endpoint has no name.", "Give it one, to tell it from the others.", "form")
    try:
        check_other(address)
    except EndpointRefused as refused:
        raise Refused(refused.problem, refused.remedy, "address") from refused
    if is_trusted(address):
        raise Refused(
            "DEPROVISION_WEBHOOK_URL is this address, so it gets every message already.",
            "Nothing is left to do, or give another address.",
            "taken",
        )
    secret = new_secret()
    try:
        with transaction.atomic():
            endpoint = WebhookEndpoint.objects.create(
                name=name.strip(),
                address=address,
                secret=seal(secret),
                made_by_name=name_of(actor),
                made_at=timezone.now(),
            )
    except IntegrityError as error:
        raise Refused(
            "There is an endpoint with this name or address already.", "Give another name or address.", "taken"
        ) from error
    record(actor, "endpoint.added", data=facts_of(endpoint))
    return endpoint, secret


@recording_refusals("endpoint.refused", "make a new secret for a webhook endpoint")
def rotate_secret(actor: Actor, *, endpoint_id: int, number: int) -> tuple[WebhookEndpoint, str]:
    """Make a new secret, and sign with both for 24 hours. `number` is that of the secret which the actor saw.

    So a form that is sent twice makes one secret: the second would end the former one that the receiver still uses.
    A former secret that cannot be opened any more is dropped.
    """
    endpoint = _standing(actor, endpoint_id)
    if endpoint.secret_number != number:
        raise Refused(
            f"A new secret for {endpoint.name} was made meanwhile.",
            "Use that one, or make another on the page as it is now.",
            "stale",
        )
    secret, until = new_secret(), timezone.now() + FORMER_IS_VALID
    if _can_be_opened(endpoint.secret):
        endpoint.former_secret, endpoint.former_until = endpoint.secret, until
    else:
        endpoint.former_secret, endpoint.former_until = "", None
    endpoint.secret, endpoint.secret_number = seal(secret), number + 1
    endpoint.save(update_fields=["secret", "secret_number", "former_secret", "former_until"])
    ends = utc_text(until.replace(microsecond=0)) if endpoint.former_until else "now: it could not be read any more"
    record(actor, "endpoint.rotated", data={**facts_of(endpoint), "until": ends})
    return endpoint, secret


@recording_refusals("endpoint.refused", "disable a webhook endpoint")
def disable_endpoint(actor: Actor, *, endpoint_id: int, reason: str) -> WebhookEndpoint:
    """Send nothing more there, and give up what waits. Disabling one that is disabled changes nothing."""
    endpoint = _standing(actor, endpoint_id)
    if not reason.strip():
        raise Refused("No reason was given.", "Say why it is disabled.", "form")
    given_up = switch_off(endpoint.pk, reason.strip()[:500])
    if given_up is not None:
        record(actor, "endpoint.disabled", data={**facts_of(endpoint), "reason": reason.strip()[:500]})
        record_given_up(given_up, reason.strip()[:500])
    return endpoint


@recording_refusals("endpoint.refused", "enable a webhook endpoint")
def enable_endpoint(actor: Actor, *, endpoint_id: int) -> WebhookEndpoint:
    """Tell it of every end again; what was given up meanwhile can be sent again. Enabling twice changes nothing."""
    endpoint = _standing(actor, endpoint_id)
    if not endpoint.enabled:
        endpoint.enabled, endpoint.disabled_reason = True, ""
        endpoint.save(update_fields=["enabled", "disabled_reason"])
        record(actor, "endpoint.enabled", data=facts_of(endpoint))
    return endpoint


@recording_refusals("endpoint.refused", "remove a webhook endpoint")
def remove_endpoint(actor: Actor, *, endpoint_id: int) -> WebhookEndpoint:
    """Forget an endpoint and its secrets; its past messages stay. Refused while a message waits for it."""
    endpoint = _standing(actor, endpoint_id)
    if endpoint.deliveries.filter(state=DeliveryState.PENDING).exists():
        raise Refused(
            f"A message to {endpoint.name} has yet to be sent.",
            "Wait until it is, or disable the endpoint first: its messages are then given up.",
            "pending",
        )
    endpoint.enabled, endpoint.disabled_reason, endpoint.removed_at = False, "Removed.", timezone.now()
    endpoint.secret, endpoint.former_secret, endpoint.former_until = "", "", None
    endpoint.save()
    record(actor, "endpoint.removed", data=facts_of(endpoint))
    return endpoint


def _may_configure(actor: Actor) -> None:
    if not may(actor, "configure"):
        raise Refused("Your role does not let you do this.", "Ask an administrator.", "role")


def _standing(actor: Actor, endpoint_id: int) -> WebhookEndpoint:
    """The endpoint, locked after the head of the chain, if the actor may change it and it was not removed."""
    _may_configure(actor)
    lock_head()
    standing = WebhookEndpoint.objects.select_for_update().filter(removed_at__isnull=True)
    endpoint = standing.filter(pk=endpoint_id).first()
    if endpoint is None:
        raise Refused("There is no such endpoint any more.", "Look at the endpoints as they are now.", "unknown")
    return endpoint


def _can_be_opened(sealed: str) -> bool:
    try:
        opened(sealed)
    except CannotOpen:
        return False
    return True
