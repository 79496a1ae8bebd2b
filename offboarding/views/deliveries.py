"""Sending messages again that were given up. Where there is nothing to send again, the page says why."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from offboarding.access import require
from offboarding.actions.deliveries import Replayed, replay_deliveries, replay_delivery
from offboarding.actions.errors import Refused
from offboarding.forms import ReplaySinceForm
from offboarding.views.posting import post_only
from offboarding.views.settings import refused, show


@post_only("settings")
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one message again. 409 when it was not given up, or a newer one took its place."""
    require(request.user, "configure")
    try:
        replay_delivery(request.user, delivery_id=pk)
    except Refused as error:
        return refused(request, error)
    messages.success(request, "The message is to be sent again.")
    return redirect("settings")


@post_only("settings")
def replay_since(request: HttpRequest) -> HttpResponse:
    """Send everything again that was made since a time and given up. 400 for the form."""
    require(request.user, "configure")
    form = ReplaySinceForm(request.POST)
    if not form.is_valid():
        return show(request, status=400, replay_form=form)
    replayed = replay_deliveries(request.user, since=form.cleaned_data["since"])
    messages.success(request, _told(replayed))
    return redirect("settings")


def _told(replayed: Replayed) -> str:
    count = len(replayed.ids)
    told = f"{count} message{'' if count == 1 else 's'} to be sent again."
    if replayed.left:
        told += f" {replayed.left} given up and left so, replaced by a newer one or to a disabled endpoint."
    return told
