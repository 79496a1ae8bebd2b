"""Appending to the audit trail. The only code that writes AuditRecord rows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from string import Formatter
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import connection, transaction
from django.utils import timezone

from offboarding.audit.channel import channel, who_did
from offboarding.audit.events import EVENTS
from offboarding.audit.times import utc_words
from offboarding.models import AuditHead, AuditRecord, DeprovisionRequest
from offboarding.models.policy import HoldKind

SYSTEM = "the system"
UTC_TEXT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")  # what `utc_text` writes
SECRET_WORDS = ("secret", "token", "password", "authorization", "cookie")


class NotInATransaction(Exception):
    """An audit record must commit or vanish together with the change it tells of."""


def canonical(record: AuditRecord) -> bytes:
    """The bytes that are hashed: JSON with sorted keys, no spaces, ASCII only, times in UTC with microseconds."""
    return json.dumps(
        {
            "sequence": record.sequence,
            "at": utc_text(record.at),
            "org_id": record.org_id,
            "actor_id": record.actor_id,
            "actor_name": record.actor_name,
            "action": record.action,
            "outcome": record.outcome,
            "person_id": record.person_id,
            "person_name": record.person_name,
            "request": record.request_number,
            "data": record.data,
            "previous_hash": record.previous_hash,
        },
        sort_keys=True,
        separators=(",", ":"),
    ).encode()


def hash_of(record: AuditRecord) -> str:
    """SHA-256 (hex) of the canonical form."""
    return hashlib.sha256(canonical(record)).hexdigest()


def utc_text(at: datetime) -> str:
    """ISO 8601 in UTC with microseconds and Z, the same text on every database."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def name_of(actor: User | AnonymousUser | None) -> str:
    """The name that is frozen into records: full name and account name, or the system, or nobody signed in."""
    if actor is None:
        return SYSTEM
    if not actor.is_authenticated:
        return "nobody signed in"
    account = actor.get_username()
    full = actor.get_full_name() if isinstance(actor, User) else ""
    return f"{full} ({account})" if full else account


def lock_head() -> AuditHead:
    """Wait for the head of the chain, and keep it until the transaction ends. `record` does so by itself.

    Everybody locks in one order, or two could wait for each other for ever: request, run and step; then the head; then
    endpoints and deliveries. So whoever changes one of those locks the head first, also when it records only later.
    """
    return AuditHead.objects.select_for_update().get(pk=1)


def record(
    actor: User | AnonymousUser | None,
    action: str,
    *,
    outcome: str = "done",
    request: DeprovisionRequest | None = None,
    org_id: str = "",
    person_id: str = "",
    person_name: str = "",
    data: Mapping[str, Any] | None = None,
) -> AuditRecord:
    """Append one record and move the chain's head. Must stand in the transaction of the change it tells of.

    `actor` None is the system. `request` fills org and person. Raises KeyError for an unregistered action and
    NotInATransaction outside a transaction. Data whose key speaks of a secret is starred, however deep. Within a
    command the data also carries the channel.
    """
    if action not in EVENTS:
        raise KeyError(f"{action} is not in offboarding.audit.events")
    if not connection.in_atomic_block:
        raise NotInATransaction(action)
    head = lock_head()
    line = AuditRecord(
        sequence=head.sequence + 1,
        at=timezone.now(),
        org_id=request.org_id if request else org_id,
        actor_id=actor.pk if actor is not None and actor.is_authenticated else None,
        actor_name=name_of(actor),
        action=action,
        outcome=outcome,
        person_id=request.person_id if request else person_id,
        person_name=request.person_name if request else person_name,
        request_number=request.pk if request else None,
        data=_without_secrets({**(data or {}), **channel()}),
        previous_hash=head.hash,
    )
    line.hash = hash_of(line)
    line.save(force_insert=True)
    head.sequence, head.hash = line.sequence, line.hash
    head.save(update_fields=["sequence", "hash"])
    return line


def record_alone(actor: User | AnonymousUser | None, action: str, **facts: Any) -> AuditRecord:
    """Append one record in a transaction of its own: for refusals (after the rollback) and for reads."""
    with transaction.atomic():
        return record(actor, action, **facts)


def sentence_of(line: AuditRecord) -> str:
    """What happened, for people, built from the registry at display time. An unknown action shows its key."""
    facts = {
        **line.data,
        "actor": who_did(line.actor_name, line.data, is_account=line.actor_id is not None),
        "person": line.person_name or line.person_id or "somebody",
        "request": line.request_number,
        "hold": "legal hold" if line.data.get("kind") == HoldKind.LEGAL_HOLD else "protection",
    }
    template = EVENTS.get(line.action)
    if template is None:
        return line.action
    if isinstance(facts.get("count"), int):
        facts["count"] = f"{facts['count']:,}"
    if UTC_TEXT.fullmatch(str(facts.get("until"))):
        facts["until"] = utc_words(datetime.fromisoformat(facts["until"]))
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    return template.format(**{name: facts.get(name, "?") for name in names})


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            str(key): "***" if any(word in str(key).lower() for word in SECRET_WORDS) else _without_secrets(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_without_secrets(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)
