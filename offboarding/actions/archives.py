"""Keeping what is known of an archive that was written and verified."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from offboarding.access import Actor, may
from offboarding.actions.errors import LeaseLost
from offboarding.audit.record import record, record_alone
from offboarding.models import Archive, Run


@transaction.atomic
def store_archive(
    *,
    run_id: int,
    fence: int,
    path: str,
    manifest: dict[str, Any],
    sha256: str,
    size: int,
    count: int,
    first_at: datetime | None,
    last_at: datetime | None,
    interval: tuple[datetime, datetime],
) -> Archive:
    """Keep the archive of a run's request, verified just now; a second call replaces the first (idempotent)."""
    run = Run.objects.select_for_update(of=("self",)).select_related("request").get(pk=run_id)
    if run.fence != fence:
        raise LeaseLost(f"run {run_id} is not held under fence {fence}")
    now = timezone.now()
    archive, _ = Archive.objects.update_or_create(
        request=run.request,
        defaults={
            "org_id": run.request.org_id,
            "person_id": run.request.person_id,
            "path": path,
            "manifest": manifest,
            "sha256": sha256,
            "size": size,
            "count": count,
            "first_at": first_at,
            "last_at": last_at,
            "interval_start": interval[0],
            "interval_end": interval[1],
            "written_at": now,
            "verified_at": now,
        },
    )
    record(
        None,
        "archive.written",
        request=run.request,
        data={"count": count, "bytes": size, "sha256": sha256},
    )
    return archive


def note_download(actor: Actor, *, archive: Archive) -> bool:
    """Record that somebody took an archive home, or tried to; False when they may not."""
    allowed = may(actor, "download_archive")
    record_alone(
        actor,
        "archive.downloaded" if allowed else "action.refused",
        outcome="done" if allowed else "refused",
        request=archive.request,
        data={"sha256": archive.sha256}
        if allowed
        else {"what": "download an archive", "problem": "role", "code": "role"},
    )
    return allowed
