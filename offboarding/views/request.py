"""The page of one request, and the part of it that is asked for again every two seconds while something moves."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from offboarding import plan
from offboarding.access import get_request_for, may, require
from offboarding.forms import AcceptGapForm, ApproveForm, CancelForm, CloseForm, RejectForm
from offboarding.models import AuditRecord, DeprovisionRequest
from offboarding.views.ask import REVERSIBLE
from offboarding.views.history import line_of
from offboarding.views.request_facts import facts_of
from offboarding.views.sections import place_then

STOP_POLLING = 286  # htmx swaps the content of an answer with this status and asks no more
LATEST_RECORDS = 60


@require_safe
def request_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Who and what, the plan, the decision, the work as it goes, and the three verdicts."""
    require(request.user, "see_requests")
    return show(request, get_request_for(request.user, pk))


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving part alone. `seen` is what the page last showed: only a change is announced and brings new buttons.

    Buttons and forms are left alone while nothing changes, so that nobody loses what they are typing.
    """
    require(request.user, "see_requests")
    asked = get_request_for(request.user, pk)
    context = context_of(request, asked)
    context["facts"] = _facts(asked)
    seen = request.GET.get("seen", context["seen"])
    context["announced"] = seen != context["seen"]
    context["status_changed"] = seen.partition(":")[0] != context["status"]
    status = 200 if context["moving"] else STOP_POLLING
    return render(request, "requests/progress_answer.html", context, status=status)


def show(
    request: HttpRequest,
    asked: DeprovisionRequest,
    *,
    status: int = 200,
    problem: str = "",
    remedy: str = "",
    forms: dict[str, Form] | None = None,
) -> HttpResponse:
    """The full page; after a refusal with its problem and remedy, and with the forms as they were filled in."""
    context = context_of(request, asked, forms)
    context |= {
        "problem": problem,
        "remedy": remedy,
        "wrong": status >= 400,
        "facts": _facts(asked),
        "place": place_then(context["plan"].stored.holdings) if context["plan"] else [],
        "sees_people": may(request.user, "see_people"),
    }
    return render(request, "requests/request.html", context, status=status)


def context_of(request: HttpRequest, asked: DeprovisionRequest, forms: dict[str, Form] | None = None) -> dict[str, Any]:
    """What the moving part needs: the facts, and empty forms unless filled-in ones are given."""
    context = facts_of(request.user, asked)
    records = AuditRecord.objects.filter(request_number=asked.pk).order_by("-sequence")[:LATEST_RECORDS]
    digest = {"digest": context["plan"].stored.digest} if context["plan"] else {}
    empty: dict[str, Form] = {
        "approve": ApproveForm(auto_id="approve_%s", initial=digest),
        "reject": RejectForm(auto_id="reject_%s", initial=digest),
        "cancel": CancelForm(auto_id="cancel_%s"),
        "close": CloseForm(auto_id="close_%s"),
        "accept_gap": AcceptGapForm(auto_id="accept_gap_%s", initial=context["gap"]),
    }
    return context | {
        "forms": empty | (forms or {}),
        "may_download": context["archive"] is not None and may(request.user, "download_archive"),
        "may_take": may(request.user, "take_evidence"),
        "records": [line_of(record) for record in records],
        "sees_history": may(request.user, "see_history"),
        "reversible": REVERSIBLE,
    }


def _facts(asked: DeprovisionRequest) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"term": "Reason", "value": asked.get_reason_display()},
        {"term": "Ticket", "value": asked.ticket},
        {"term": "Live conversation", "value": asked.get_live_display()},
        {
            "term": "Archive",
            "value": plan.kept_in_words(attributes=asked.keep_attributes, masked=asked.mask_addresses),
        },
        {"term": "Asked by", "value": asked.requested_by_name},
        {"term": "Asked", "time": asked.requested_at},
        {"term": "Urgent", "value": "Yes" if asked.urgent else "No"},
    ]
    if asked.not_before:
        rows.append({"term": "Not before", "exact": asked.not_before})
    if asked.note:
        rows.append({"term": "Note", "value": asked.note})
    if asked.ended_at:
        rows.append({"term": "Ended", "time": asked.ended_at})
    if asked.end_reason:
        rows.append({"term": "Why it ended", "value": asked.end_reason})
    return rows
