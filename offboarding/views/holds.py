"""Protecting people from deprovisioning, and releasing them again.

The person is read from Genesys first: a protection of a mistyped id would protect nobody.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from offboarding import people
from offboarding.access import require
from offboarding.actions.errors import Refused
from offboarding.actions.holds import place_hold, release_hold
from offboarding.forms import HoldForm, ReleaseForm
from offboarding.genesys.connect import client_for_page, org
from offboarding.genesys.errors import GenesysError
from offboarding.models import Hold
from offboarding.views.posting import post_only
from offboarding.views.settings import not_filled_in, refused, show


@post_only("settings")
def place(request: HttpRequest) -> HttpResponse:
    """Protect the one person with this id or e-mail. 400 for the form or nobody, 409 refused, 502 without Genesys."""
    require(request.user, "configure")
    form = HoldForm(request.POST)
    if not form.is_valid():
        return show(request, status=400, hold_form=form)
    try:
        person = people.exactly_one(client_for_page(), form.cleaned_data["person"])
        hold = place_hold(
            request.user,
            org_id=org().id,
            person_id=person.id,
            person_name=person.name,
            kind=form.cleaned_data["kind"],
            reason=form.cleaned_data["reason"],
            review_on=form.cleaned_data["review_on"],
        )
    except people.NoSuchPerson as nobody:
        form.add_error("person", f"{nobody} {nobody.remedy}")
        return show(request, status=400, hold_form=form)
    except (Refused, GenesysError) as error:
        if error.code == "review":
            form.add_error("review_on", f"{error} {error.remedy}")
            return show(request, status=409, hold_form=form)
        return refused(request, error, hold_form=form)
    what = "is protected" if hold.forbids_all else "is under a legal hold: not to be deleted"
    messages.success(request, f"{hold.person_name} {what}.")
    return redirect("settings")


@post_only("settings")
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """End a protection. One that was already released stays as it is."""
    require(request.user, "configure")
    hold = Hold.objects.filter(pk=pk).first()
    if hold is None:
        raise Http404("There is no such protection.")
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return not_filled_in(request, form, problem="The protection is still in force.")
    try:
        woken = release_hold(request.user, hold_id=hold.pk, **form.cleaned_data)
    except Refused as error:
        return refused(request, error)
    goes_on = " The deletion that waited for it goes on now." if woken else ""
    messages.success(request, f"{hold.person_name} is no longer under this protection.{goes_on}")
    return redirect("settings")
