"""What a page shows when Genesys Cloud, or an action, said no: the problem, the remedy, and where to go on."""

from __future__ import annotations

from math import ceil
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from offboarding.actions.errors import Refused
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.connect import client_for_page
from offboarding.genesys.errors import GenesysError, RetryLater
from offboarding.models import DeprovisionRequest


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page; a page it brings back from its history must be whole."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.history_restore_request


def genesys() -> GenesysClient:
    """The client for a page. Settings that cannot be right are told like any other trouble, not as a crash."""
    try:
        return client_for_page()
    except ImproperlyConfigured as error:
        remedy = "Correct the setting and start the console again."
        raise GenesysError(str(error), remedy=remedy, code="settings") from error


def genesys_trouble(request: HttpRequest, error: GenesysError, *, template: str, **context: Any) -> HttpResponse:
    """The template with `trouble` in it: 503 with Retry-After when Genesys asked us to wait, else 502.

    A fragment is answered with 200: htmx leaves the old content in place for every error status, and the people
    found before would then stand under the new search.
    """
    response = render(request, template, {"trouble": error, **context})
    if is_fragment(request):
        return response
    if isinstance(error, RetryLater):
        response.status_code = 503
        response.headers["Retry-After"] = str(max(1, ceil((error.at - timezone.now()).total_seconds())))
    else:
        response.status_code = 502
    return response


def no_such_person(request: HttpRequest, person_id: str) -> HttpResponse:
    """404: Genesys Cloud knows nobody by this id, neither active nor deleted."""
    return render(request, "people/nobody.html", {"person_id": person_id[:100]}, status=404)


def refusal(
    request: HttpRequest, error: Refused, *, person_id: str, open_request: DeprovisionRequest | None
) -> HttpResponse:
    """409: nothing was done. With the way to the open request, when that is what stands in the way."""
    context = {"refused": error, "person_id": person_id, "open_request": open_request}
    return render(request, "people/refused.html", context, status=409)
