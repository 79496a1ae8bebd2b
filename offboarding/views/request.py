"""The page of one request, and the part of it that is asked for again every two seconds while something moves."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from offboarding.access import get_request_for, require
from offboarding.forms import ApproveForm, CancelForm, CloseForm, RejectForm
from offboarding.models import AuditRecord, DeprovisionRequest
from offboarding.views.history import line_of
from offboarding.views.request_facts import facts_of

STOP_POLLING = 286  # htmx swaps the content of an answer with this status and asks no more
LATEST_RECORDS = 12


@require_safe
def request_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Who and what, the plan, the decision, the work as it goes, and the three verdicts."""
    require(request.user, "see_requests")
    return show(request, get_request_for(request.user, pk))


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving part alone. `seen` is what the page last showed: what differs from it is announced."""
    require(request.user, "see_requests")
    context = context_of(request, get_request_for(request.user, pk))
    context["announce"] = request.GET.get("seen", context["seen"]) != context["seen"]
    status = 200 if context["moving"] else STOP_POLLING
    return render(request, "requests/progress.html", context, status=status)


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
    records = AuditRecord.objects.filter(request_number=asked.pk).order_by("-sequence")
    context |= {
        "problem": problem,
        "remedy": remedy,
        "records": [line_of(record) for record in records[:LATEST_RECORDS]],
    }
    return render(request, "requests/request.html", context, status=status)


def context_of(request: HttpRequest, asked: DeprovisionRequest, forms: dict[str, Form] | None = None) -> dict[str, Any]:
    """What the moving part needs: the facts, and empty forms unless filled-in ones are given."""
    context = facts_of(request.user, asked)
    digest = context["plan"].stored.digest if context["plan"] else ""
    empty: dict[str, Form] = {
        "approve": ApproveForm(initial={"digest": digest}),
        "reject": RejectForm(initial={"digest": digest}),
        "cancel": CancelForm(),
        "close": CloseForm(),
    }
    return context | {"forms": empty | (forms or {})}
