"""The history: audit records newest first, one record with its place in the chain, and the export."""

from __future__ import annotations

import json
from datetime import UTC
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from offboarding.access import may, require
from offboarding.actions.notes import note_export
from offboarding.audit.channel import channel_words
from offboarding.audit.events import EVENTS
from offboarding.audit.export import HistoryFilter, stream_csv, stream_jsonl
from offboarding.audit.record import hash_of, sentence_of
from offboarding.models import AuditHead, AuditRecord
from offboarding.models.audit import Outcome
from offboarding.status import status_of

PAGE_SIZE = 50
LARGEST = 2**63 - 2  # what a database can count to
FORMATS = {
    "csv": (stream_csv, "text/csv; charset=utf-8"),
    "jsonl": (stream_jsonl, "application/x-ndjson; charset=utf-8"),
}


def line_of(record: AuditRecord) -> dict[str, Any]:
    """A record with its sentence, as lists show it."""
    sentence = sentence_of(record)
    return {"record": record, "sentence": sentence if record.actor_id else capfirst(sentence)}


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Records that match the filters; `before` and `after` are sequence numbers, so that new rows move nothing."""
    require(request.user, "see_history")
    wanted = HistoryFilter.read(request.GET)
    records, has_newer, has_older = _page(wanted, request.GET)
    given = wanted.given()
    context = {
        "filters": wanted,
        "narrowed": bool(given),
        "why_nothing": wanted.why_nothing(),
        "dropped": ", ".join(wanted.dropped(request.GET)),
        "lines": [line_of(record) for record in records],
        "areas": _areas(),
        "outcomes": [(value, status_of("audit", value).word) for value in Outcome.values],
        "older_url": "?" + urlencode({**given, "before": records[-1].sequence}) if has_older else "",
        "newer_url": "?" + urlencode({**given, "after": records[0].sequence}) if has_newer else "",
        "export_query": urlencode(given),
        "may_export": may(request.user, "export"),
        "head": AuditHead.objects.get(pk=1),
    }
    return render(request, "history/list.html", context)


@require_safe
def record(request: HttpRequest, sequence: int) -> HttpResponse:
    """One record: its data, its hash computed again, and the records before and after it in the chain."""
    require(request.user, "see_history")
    around = range(sequence - 1, sequence + 2) if sequence < LARGEST else ()
    by_sequence = {line.sequence: line for line in AuditRecord.objects.filter(sequence__in=around)}
    line = by_sequence.get(sequence)
    if line is None:
        raise Http404("There is no such record.")
    previous = by_sequence.get(sequence - 1)
    head = AuditHead.objects.get(pk=1)
    context = {
        **line_of(line),
        "channel": channel_words(line.data),
        "data": json.dumps(line.data, indent=2, sort_keys=True, ensure_ascii=False),
        "previous": previous,
        "next": by_sequence.get(sequence + 1),
        "agrees": line.hash == hash_of(line)
        and (line.previous_hash == previous.hash if previous else line.sequence == 1),
        "head": head,
        "verified": head.verified_sequence is not None and sequence <= head.verified_sequence,
    }
    return render(request, "history/record.html", context)


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The records that match the filters as a file (`format` csv or jsonl), up to the record of this export."""
    require(request.user, "export")
    form = request.GET.get("format", "csv")
    if form not in FORMATS:
        raise Http404("The format is csv or jsonl.")
    wanted = HistoryFilter.read(request.GET)
    own = note_export(request.user, form=form, filters=wanted.given())
    stream, content_type = FORMATS[form]
    lines = wanted.apply().filter(sequence__lt=own.sequence)
    day = timezone.now().astimezone(UTC).strftime("%Y-%m-%d")
    answer = StreamingHttpResponse(stream(lines), content_type=content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="history-{day}.{form}"'
    return answer


def _areas() -> list[tuple[str, list[str]]]:
    """The registered actions by what stands before their dot; a filter takes an area as well as an action."""
    names = sorted(EVENTS)
    return [(area, list(actions)) for area, actions in groupby(names, key=lambda name: name.partition(".")[0])]


def _page(wanted: HistoryFilter, query: Any) -> tuple[list[AuditRecord], bool, bool]:
    """One page newest first, and whether there are newer and older ones."""
    before, after = _sequence(query.get("before")), _sequence(query.get("after"))
    matching = wanted.apply()
    if after:
        found = list(matching.filter(sequence__gt=after).order_by("sequence")[: PAGE_SIZE + 1])
        return list(reversed(found[:PAGE_SIZE])), len(found) > PAGE_SIZE, bool(found)
    if before:
        matching = matching.filter(sequence__lt=before)
    found = list(matching[: PAGE_SIZE + 1])
    return found[:PAGE_SIZE], bool(before and found), len(found) > PAGE_SIZE


def _sequence(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0
