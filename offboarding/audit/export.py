"""The history as filters and as files: one filter serves the page and the export, so they cannot disagree."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from offboarding.audit.events import EVENTS
from offboarding.audit.record import sentence_of, utc_text
from offboarding.models import AuditRecord, DeprovisionRequest
from offboarding.models.audit import Outcome

COLUMNS = (
    "sequence",
    "at",
    "actor",
    "action",
    "outcome",
    "person",
    "person_id",
    "request",
    "what",
    "data",
    "org_id",
    "actor_id",
    "previous_hash",
    "hash",
)
# OWASP "CSV Injection": a cell that starts with one of these may run as a formula; full-width forms fold to them.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "|", "%")


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """What the history is narrowed to. Empty means all. Text that is no date or no known word is dropped by `read`.

    A request number that is none stays and matches nothing: a slip must not export everything.
    """

    actor: str = ""
    person: str = ""
    action: str = ""
    outcome: str = ""
    request: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> HistoryFilter:
        """From a query string. Unknown actions, outcomes and dates are left out, texts cut at 200 characters."""
        texts = {key: str(query.get(key, "")).strip()[:200] for key in cls.__slots__}
        if texts["action"] and not any(action.startswith(texts["action"]) for action in EVENTS):
            texts["action"] = ""
        if texts["outcome"] not in Outcome.values:
            texts["outcome"] = ""
        texts["request"] = texts["request"].removeprefix("#").removeprefix("Request").strip()
        for key in ("since", "until"):
            if _day(texts[key]) is None:
                texts[key] = ""
        return cls(**texts)

    def dropped(self, query: Mapping[str, str]) -> tuple[str, ...]:
        """What was given in the query and is not understood, by name: whoever reads the page must not miss it."""
        return tuple(key for key in self.__slots__ if str(query.get(key, "")).strip() and not getattr(self, key))

    def why_nothing(self) -> str:
        """Why no record can match, in words: a slip of the hand; empty where one may."""
        if self.request and not self._is_number():
            return f"“{self.request}” is no request number: write it like 8 or #8."
        if self.since and self.until and self.since > self.until:
            return f"The first day, {self.since}, is after the last one, {self.until}."
        return ""

    def _is_number(self) -> bool:
        return self.request.isdecimal() and len(self.request) < 19

    def apply(self) -> QuerySet[AuditRecord]:
        """The matching records, newest first."""
        lines = AuditRecord.objects.order_by("-sequence")
        if self.actor:
            lines = lines.filter(Q(actor_name__icontains=self.actor) | Q(data__system_user__icontains=self.actor))
        if self.person:
            by_email = DeprovisionRequest.objects.filter(person_email__iexact=self.person).values("person_id")
            asked = Q(person_name__icontains=self.person) | Q(person_id=self.person) | Q(person_id__in=by_email)
            lines = lines.filter(asked)
        if self.action:
            lines = lines.filter(action__startswith=self.action)
        if self.outcome:
            lines = lines.filter(outcome=self.outcome)
        if self.request:
            lines = lines.filter(request_number=int(self.request)) if self._is_number() else lines.none()
        since, until = _day(self.since), _day(self.until)
        if since:
            lines = lines.filter(at__gte=datetime.combine(since, time(), UTC))
        if until:
            lines = lines.filter(at__lt=datetime.combine(until + timedelta(days=1), time(), UTC))
        return lines

    def given(self) -> dict[str, str]:
        """Only what was set, for links and for the record of an export."""
        return {key: value for key, value in asdict(self).items() if value}


def safe_cell(value: object) -> str:
    """Text that no spreadsheet runs: a leading formula sign, also after spaces, gets an apostrophe before it.

    Also where apostrophes stand there already, so that whoever verifies the file knows which of them to take off.
    """
    text = "" if value is None else str(value)
    return "'" + text if text.lstrip("' \u00a0\u3000").startswith(FORMULA_STARTS) else text


def facts_of(line: AuditRecord) -> dict[str, Any]:
    """One record as exported: plain values, times in ISO 8601 UTC, data as it was hashed.

    Everything that is hashed is there, so that every hash can be computed again from the file alone: see
    docs/verify-an-export.md.
    """
    return {
        "sequence": line.sequence,
        "at": utc_text(line.at),
        "actor": line.actor_name,
        "action": line.action,
        "outcome": line.outcome,
        "person": line.person_name,
        "person_id": line.person_id,
        "request": line.request_number,
        "what": sentence_of(line),
        "data": line.data,
        "org_id": line.org_id,
        "actor_id": line.actor_id,
        "previous_hash": line.previous_hash,
        "hash": line.hash,
    }


class _Echo:
    """A file that gives back what is written to it, so that the csv module can stream."""

    def write(self, value: str) -> str:
        return value


def stream_csv(lines: QuerySet[AuditRecord]) -> Iterator[str]:
    """RFC 4180 rows, header first, a chunk of rows in memory at a time. Formula signs are escaped, see safe_cell."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for line in lines.iterator(chunk_size=1000):
        facts = facts_of(line)
        facts["data"] = json.dumps(facts["data"], sort_keys=True, ensure_ascii=False)
        yield writer.writerow([safe_cell(facts[column]) for column in COLUMNS])


def stream_jsonl(lines: QuerySet[AuditRecord]) -> Iterator[str]:
    """One JSON object a line, nothing escaped for spreadsheets: the form for machines."""
    for line in lines.iterator(chunk_size=1000):
        yield json.dumps(facts_of(line), sort_keys=True, ensure_ascii=False) + "\n"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
