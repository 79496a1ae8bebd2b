"""The worker's sign of life. The one write without an audit record: it changes nothing that anybody decides on."""

from __future__ import annotations

from datetime import datetime, timedelta

from offboarding.models import WorkerHeartbeat

FORGOTTEN = timedelta(days=1)


def beat(*, name: str, at: datetime) -> None:
    """Say that this worker lives; rows of workers not seen for a day are dropped."""
    WorkerHeartbeat.objects.update_or_create(name=name, defaults={"seen_at": at})
    WorkerHeartbeat.objects.filter(seen_at__lt=at - FORGOTTEN).delete()
