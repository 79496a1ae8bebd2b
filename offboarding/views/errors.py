"""The pages for what was refused. Refusals are recorded here, so that no view can forget it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from offboarding.actions.notes import note_refused_page


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say in words what the role does not allow, and record the attempt."""
    why = str(exception) or "This is not allowed."
    note_refused_page(request.user, what=f"{request.method} {request.path}", why=why)
    return render(request, "403.html", {"problem": why}, status=403)
