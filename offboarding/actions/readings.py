"""Keeping what Genesys Cloud answered when a step looked, in the transaction that writes how the attempt ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from offboarding.audit.readings import digest_of_readings
from offboarding.models import StepReading, StepRun


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer: `path` with its query; `body` is empty where only its `size` (bytes) and `sha256` are kept.

    `asked` is the body of a read that is a search, as JSON on one line; empty for a GET.
    """

    at: datetime
    method: str
    path: str
    asked: str
    status: int
    size: int
    sha256: str
    body: str


def keep_readings(step: StepRun, readings: Sequence[Reading]) -> dict[str, object]:
    """Store them with the attempt that made them; what its audit record says of them. Empty when there are none."""
    if not readings:
        return {}
    StepReading.objects.bulk_create(
        StepReading(
            step=step,
            attempt=step.attempt,
            ordinal=ordinal,
            read_at=each.at,
            method=each.method,
            path=each.path,
            asked=each.asked,
            status=each.status,
            size=each.size,
            sha256=each.sha256,
            body=each.body,
        )
        for ordinal, each in enumerate(readings, 1)
    )
    digest = digest_of_readings(readings)
    return {"key": step.key, "attempt": step.attempt, "readings": len(readings), "readings_sha256": digest}
