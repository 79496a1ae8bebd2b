"""Whether the answers of Genesys Cloud that are kept as evidence are still those that the trail speaks of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Protocol

from offboarding.models import AuditRecord, StepReading


class Answer(Protocol):
    """What of an answer goes into the digest."""

    @property
    def sha256(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def asked(self) -> str: ...


def digest_of_readings(readings: Iterable[Answer]) -> str:
    """SHA-256 over one line an answer: the SHA-256 of its body, its status, its verb, its path, what was asked.

    Without a verb where none was kept: so the digests were made that stand in older records.
    """
    whole = hashlib.sha256()
    for each in readings:
        parts = (each.sha256, str(each.status), each.method, each.path, each.asked)
        whole.update(f"{' '.join(part for part in parts if part)}\n".encode())
    return whole.hexdigest()


def problems_of_readings() -> tuple[int, list[str]]:
    """How many answers are kept, and what is wrong with them. Reads only; one query a recorded attempt."""
    checked, problems = 0, []
    for line in AuditRecord.objects.filter(data__has_key="readings_sha256").order_by("sequence").iterator():
        key, attempt = line.data["key"], line.data["attempt"]
        kept = list(
            StepReading.objects.filter(step__run__request_id=line.request_number, step__key=key, attempt=attempt)
        )
        where = f"request {line.request_number}, {key}, attempt {attempt}"
        if digest_of_readings(kept) != line.data["readings_sha256"]:
            problems.append(f"{where}: the answers are not those of record {line.sequence}")
        problems += [f"{where}: {each.path} was changed" for each in kept if each.body and _sha256(each) != each.sha256]
        checked += len(kept)
    return checked, problems


def _sha256(reading: StepReading) -> str:
    return hashlib.sha256(reading.body.encode()).hexdigest()
