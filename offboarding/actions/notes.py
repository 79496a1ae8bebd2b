"""Audit records of what changes no row: signing in, refused pages, exports, evidence, connection tests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from django.contrib.auth.models import User

from offboarding.access import Actor
from offboarding.audit.record import record_alone
from offboarding.models import AuditRecord, DeprovisionRequest


def note_sign_in(actor: Actor) -> None:
    """Somebody signed in."""
    record_alone(actor, "account.signed_in")


def note_failed_sign_in(*, name: str) -> None:
    """Somebody failed to sign in. The name is kept only if such an account exists: else it may be a password."""
    known = User.objects.filter(username=name).exists()
    record_alone(
        None,
        "account.sign_in_failed",
        outcome="failed",
        data={"name": name if known else "an account that does not exist"},
    )


def note_refused_page(actor: Actor, *, what: str, why: str) -> None:
    """A page or a button was refused for want of a permission. `what` is method and path, cut at 300 characters."""
    record_alone(actor, "access.refused", outcome="refused", data={"what": what[:300], "problem": why})


def note_export(actor: Actor | None, *, form: str, filters: Mapping[str, str]) -> AuditRecord:
    """Somebody, or a command by itself, takes the history home: the caller exports what stands before this record."""
    told = ", ".join(f"{key}={value}" for key, value in filters.items()) or "everything"
    return record_alone(actor, "audit.exported", data={"format": form, "filters": told})


def note_evidence(actor: Actor, action: str, *, request: DeprovisionRequest, content: bytes) -> None:
    """Somebody takes evidence of a request home: which (`action`), and the SHA-256 of exactly what left."""
    sha256 = hashlib.sha256(content).hexdigest()
    record_alone(actor, action, request=request, data={"bytes": len(content), "sha256": sha256})


def note_connection_test(actor: Actor, *, result: str, succeeded: bool) -> None:
    """Somebody tried whether Genesys answers."""
    record_alone(
        actor,
        "connection.tested",
        outcome="done" if succeeded else "failed",
        data={"result": result},
    )
