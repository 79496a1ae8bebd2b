"""Making and ending the rules that protect people by e-mail, group or role."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from offboarding.access import require
from offboarding.actions.errors import Refused
from offboarding.actions.protections import end_rule, make_rule
from offboarding.forms import ReleaseForm, RuleForm
from offboarding.genesys.connect import org
from offboarding.genesys.errors import GenesysError
from offboarding.models import ProtectionRule
from offboarding.models.policy import RuleKind
from offboarding.views.posting import post_only
from offboarding.views.settings import not_filled_in, refused, show


@post_only("settings")
def make(request: HttpRequest) -> HttpResponse:
    """A rule for the org that we are connected to. 400 for the form, 409 refused, 502 without Genesys."""
    require(request.user, "configure")
    form = RuleForm(request.POST, auto_id="rule_%s")
    if not form.is_valid():
        return show(request, status=400, rule_form=form)
    try:
        rule = make_rule(request.user, org_id=org().id, **form.cleaned_data)
    except (Refused, GenesysError) as error:
        return refused(request, error, rule_form=form)
    whom = f"Everybody with the {rule.get_kind_display().lower()} {rule.value} is protected."
    exactly = "" if rule.kind == RuleKind.EMAIL else " Name or id have to be exact: look at one of them to be sure."
    messages.success(request, whom + exactly)
    return redirect("settings")


@post_only("settings")
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a rule. One that has ended stays as it is."""
    require(request.user, "configure")
    rule = ProtectionRule.objects.filter(pk=pk).first()
    if rule is None:
        raise Http404("There is no such rule.")
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return not_filled_in(request, form, problem="The rule is still in force.")
    try:
        end_rule(request.user, rule_id=rule.pk, reason=form.cleaned_data["reason"])
    except Refused as error:
        return refused(request, error)
    messages.success(request, f"The rule for the {rule.get_kind_display().lower()} {rule.value} has ended.")
    return redirect("settings")
