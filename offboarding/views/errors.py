"""The pages for what was refused. Refusals are recorded here, so that no view can forget it."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from offboarding.actions.notes import note_refused_page


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say in words what the role does not allow, and record the attempt."""
    why = str(exception) or "This is not allowed."
    note_refused_page(request.user, what=f"{request.method} {request.path}", why=why)
    return render(request, "403.html", {"problem": why}, status=403)


def too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What came without the token of a form of this session (CSRF_FAILURE_VIEW): no view has seen it, nothing is done.

    That happens to people whose page was opened before somebody else signed in. The way back is the page that the form
    stood on, if it was one of ours.
    """
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()})
    page_url = urlsplit(came_from)._replace(scheme="", netloc="").geturl() if ours else ""
    return render(request, "csrf.html", {"page_url": page_url or "/"}, status=403)
