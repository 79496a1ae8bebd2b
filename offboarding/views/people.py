"""Finding people in Genesys Cloud and seeing what one of them holds. Reads only; asking lives in views/ask.py."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from offboarding.access import require
from offboarding.views.ask import request_new

__all__ = ["people", "person", "person_preview", "request_new"]


def people(request: HttpRequest) -> HttpResponse:
    """Search people."""
    require(request.user, "see_people")
    raise Http404


def person(request: HttpRequest, person_id: str) -> HttpResponse:
    """One person, with everything they hold."""
    require(request.user, "see_people")
    raise Http404


def person_preview(request: HttpRequest, person_id: str) -> HttpResponse:
    """What an archive of the person's history would hold."""
    require(request.user, "see_people")
    raise Http404
