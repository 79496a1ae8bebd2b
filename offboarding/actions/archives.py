"""Keeping what is known of an archive: that it was written and verified, what befell it since, who took it home."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from offboarding.access import Actor, may
from offboarding.actions.lease import held
from offboarding.audit.record import record, record_alone
from offboarding.models import Archive
from offboarding.models.archive import Harm


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
    run = held(run_id, fence)
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
            "harm": Harm.NONE,
        },
    )
    record(
        None,
        "archive.written",
        request=run.request,
        data={"count": count, "bytes": size, "sha256": sha256},
    )
    return archive


@transaction.atomic
def note_look(looked_at: Archive, harm: Harm) -> bool:
    """Keep what a look at the whole file found; a record only when that is news (idempotent).

    False, and nothing is kept, when the archive was written again meanwhile: the look was at another file.
    """
    same = Archive.objects.filter(pk=looked_at.pk, written_at=looked_at.written_at)
    archive = same.select_for_update(of=("self",)).select_related("request").first()
    if archive is None:
        return False
    if archive.harm == harm:
        return True
    same.update(harm=harm)
    record(
        None,
        "archive.harmed" if harm else "archive.whole_again",
        outcome="failed" if harm else "done",
        request=archive.request,
        data={"problem": harm.label, "sha256": archive.sha256},
    )
    return True


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
