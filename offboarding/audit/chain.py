"""Checking the audit trail: sequence without gaps, every hash, every link, and the head. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from offboarding.audit.record import hash_of, record
from offboarding.models import AuditHead, AuditRecord

FIRST_PREVIOUS = "0" * 64


@dataclass(frozen=True, slots=True)
class ChainReport:
    """The result of one verification. `sequence` and `hash` are the last good record's (0 and zeros if none)."""

    ok: bool
    checked: int
    sequence: int
    hash: str
    problem: str = ""


def check_chain(*, until: int | None = None) -> ChainReport:
    """Read every record in order and compare; stop at the first that does not agree. Memory stays flat."""
    head = AuditHead.objects.get(pk=1)
    end = head.sequence if until is None else until
    sequence, previous, checked = 0, FIRST_PREVIOUS, 0
    for line in AuditRecord.objects.filter(sequence__lte=end).order_by("sequence").iterator(chunk_size=2000):
        problem = ""
        if line.sequence != sequence + 1:
            problem = f"record {sequence + 1} is missing"
        elif line.previous_hash != previous:
            problem = f"record {line.sequence} does not follow record {sequence}"
        elif line.hash != hash_of(line):
            problem = f"record {line.sequence} was changed"
        if problem:
            return ChainReport(False, checked, sequence, previous, problem)
        sequence, previous, checked = line.sequence, line.hash, checked + 1
    if until is None and (sequence, previous) != (head.sequence, head.hash):
        return ChainReport(
            False,
            checked,
            sequence,
            previous,
            f"the head names record {head.sequence}, the last one is {sequence}",
        )
    beyond = AuditRecord.objects.filter(sequence__gt=head.sequence).order_by("sequence").first()
    if until is None and beyond is not None and beyond.sequence > AuditHead.objects.get(pk=1).sequence:
        return ChainReport(False, checked, sequence, previous, f"record {beyond.sequence} stands beyond the head")
    return ChainReport(True, checked, sequence, previous)


def verify_chain() -> ChainReport:
    """check_chain, then record the result: on success the head keeps when and how far; both ways an audit record."""
    report = check_chain()
    with transaction.atomic():
        if report.ok:
            AuditHead.objects.filter(pk=1).update(
                verified_at=timezone.now(), verified_sequence=report.sequence, verified_hash=report.hash
            )
            record(None, "audit.verified", data={"sequence": report.sequence, "hash": report.hash})
        else:
            record(
                None,
                "audit.broken",
                outcome="failed",
                data={"sequence": report.sequence + 1, "problem": report.problem},
            )
    return report
