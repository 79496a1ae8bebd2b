"""Asking to deprovision a person: the form, the answers to check, and the request itself."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from offboarding.access import require


def request_new(request: HttpRequest, person_id: str) -> HttpResponse:
    """Ask to deprovision one person, in two steps."""
    require(request.user, "request")
    raise Http404
