"""The buttons of a request. Each: the permission, the form, one action, and back to the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from offboarding.access import get_request_for, lacking, permissions_of
from offboarding.actions import decisions, gaps, plans, requests, run_control
from offboarding.actions.errors import Refused
from offboarding.forms import AcceptGapForm, ApproveForm, CancelForm, CloseForm, NothingToFillIn, RejectForm
from offboarding.views.posting import post_only
from offboarding.views.request import show


@post_only("request", "pk")
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve the plan that was shown; its digest and the typed e-mail come with the form."""
    return _act(request, pk, ("decide",), "approve", ApproveForm, decisions.approve_request)


@post_only("request", "pk")
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Reject the plan that was shown, with a reason."""
    return _act(request, pk, ("decide",), "reject", RejectForm, decisions.reject_request)


@post_only("request", "pk")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a request back."""
    return _act(request, pk, ("request", "run_control"), "cancel", CancelForm, requests.cancel_request)


@post_only("request", "pk")
def replan(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the holdings read again."""
    return _act(request, pk, ("request", "decide"), "replan", NothingToFillIn, plans.read_plan_again)


@post_only("request", "pk")
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a run go on."""
    return _act(request, pk, ("run_control",), "retry", NothingToFillIn, run_control.retry_run)


@post_only("request", "pk")
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a run before its next step."""
    return _act(request, pk, ("run_control",), "stop", NothingToFillIn, run_control.ask_stop)


@post_only("request", "pk")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up on a run."""
    return _act(request, pk, ("run_control",), "close", CloseForm, requests.close_request)


@post_only("request", "pk")
def accept_gap(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept the gap that was shown; its window and number come with the form."""
    return _act(request, pk, ("decide",), "accept_gap", AcceptGapForm, gaps.accept_gap)


def _act(
    request: HttpRequest,
    pk: int,
    permissions: tuple[str, ...],
    name: str,
    form_class: type[Form],
    action: Callable[..., Any],
) -> HttpResponse:
    """403 without any of the permissions, 400 for the form, 409 with problem and remedy when the action refuses."""
    if not permissions_of(request.user) & set(permissions):
        raise lacking(*permissions)
    asked = get_request_for(request.user, pk)
    form = form_class(request.POST, auto_id=f"{name}_%s")
    if not form.is_valid():
        return show(request, asked, status=400, forms={name: form})
    try:
        action(request.user, request_id=asked.pk, **form.cleaned_data)
    except Refused as refusal:
        current = get_request_for(request.user, pk)
        fresh = {} if refusal.code in ("stale_plan", "stale_gap") else {name: form}
        return show(request, current, status=409, problem=refusal.problem, remedy=refusal.remedy, forms=fresh)
    return redirect("request", pk=asked.pk)
