"""Webhook endpoints of the settings. A secret is on the answer that made it and on no other page."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from offboarding.access import require
from offboarding.actions.endpoints import (
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    remove_endpoint,
    rotate_secret,
)
from offboarding.actions.errors import Refused
from offboarding.forms import DisableForm, EndpointForm, RotateForm
from offboarding.models import WebhookEndpoint
from offboarding.views.posting import post_only
from offboarding.views.settings import not_filled_in, refused, show
from offboarding.webhooks.addresses import EndpointRefused
from offboarding.webhooks.guard import check_now


@post_only("settings")
def add(request: HttpRequest) -> HttpResponse:
    """Add an endpoint and show its secret. The name is looked up first, outside any transaction."""
    require(request.user, "configure")
    form = EndpointForm(request.POST)
    if not form.is_valid():
        return show(request, status=400, endpoint_form=form)
    try:
        check_now(form.cleaned_data["address"])
        endpoint, secret = add_endpoint(request.user, **form.cleaned_data)
    except EndpointRefused as wrong:
        form.add_error("address", f"{wrong.problem} {wrong.remedy}")
        return show(request, status=400, endpoint_form=form)
    except Refused as error:
        return refused(request, error, endpoint_form=form)
    return _with_secret(request, endpoint, secret)


@post_only("settings")
def rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a new secret and show it. 409 when one was made since the page was."""
    require(request.user, "configure")
    form = RotateForm(request.POST)
    if not form.is_valid():
        return show(request, status=400, problem="No new secret was made.", remedy="Use the button on this page.")
    try:
        endpoint, secret = rotate_secret(request.user, endpoint_id=pk, **form.cleaned_data)
    except Refused as error:
        return refused(request, error)
    return _with_secret(request, endpoint, secret)


@post_only("settings")
def disable(request: HttpRequest, pk: int) -> HttpResponse:
    """Send nothing more there."""
    require(request.user, "configure")
    form = DisableForm(request.POST)
    if not form.is_valid():
        return not_filled_in(request, form, problem="The endpoint is as it was.")
    done = "{} is disabled, and what waited for it is given up."
    return _change(request, done, lambda: disable_endpoint(request.user, endpoint_id=pk, **form.cleaned_data))


@post_only("settings")
def enable(request: HttpRequest, pk: int) -> HttpResponse:
    """Send there again."""
    require(request.user, "configure")
    return _change(request, "{} is enabled.", lambda: enable_endpoint(request.user, endpoint_id=pk))


@post_only("settings")
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget it. 409 while a message waits for it."""
    require(request.user, "configure")
    return _change(request, "{} is removed.", lambda: remove_endpoint(request.user, endpoint_id=pk))


def _change(request: HttpRequest, done: str, act: Callable[[], WebhookEndpoint]) -> HttpResponse:
    try:
        endpoint = act()
    except Refused as error:
        return refused(request, error)
    messages.success(request, done.format(endpoint.name))
    return redirect("settings")


def _with_secret(request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
    """No redirect: whatever carried the secret to the next page would also have stored it."""
    response = show(request, made=endpoint, secret=secret)
    response.headers["Cache-Control"] = "no-store"
    return response
