"""How the console is set up: the connection and its test, webhooks, protections, staff roles."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from offboarding import connection
from offboarding.access import ROLES, require
from offboarding.actions.deliveries import replayable
from offboarding.actions.errors import Refused
from offboarding.actions.notes import note_connection_test
from offboarding.forms import EndpointForm, HoldForm, ReplaySinceForm, RuleForm
from offboarding.genesys.connect import client_for_page
from offboarding.genesys.errors import GenesysError
from offboarding.genesys.regions import region_name
from offboarding.models import Delivery, Hold, ProtectionRule, Run, WebhookEndpoint
from offboarding.models.run import RunState
from offboarding.models.webhook import host_of
from offboarding.views.posting import post_only

LATEST_DELIVERIES = 20
LATEST_RELEASED = 20


@require_safe
def settings_page(request: HttpRequest) -> HttpResponse:
    """Everything that is set, without a call to Genesys: its permissions are those of the latest look."""
    require(request.user, "configure")
    return show(request)


@post_only("settings")
def test_connection(request: HttpRequest) -> HttpResponse:
    """Ask Genesys who we are to it and what we may do. What was seen stands on the page and in the audit trail."""
    require(request.user, "configure")
    result = connection.look(client_for_page())
    connection.keep(result)
    note_connection_test(request.user, result=result.told, succeeded=not result.problem)
    return redirect("settings")


def show(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page; `more` holds a filled-in form, or a problem with its remedy."""
    latest = Delivery.objects.order_by("-id")[:LATEST_DELIVERIES]
    held = Hold.objects.filter(released_at__isnull=True)
    released = Hold.objects.filter(released_at__isnull=False).order_by("-released_at")
    resting = Run.objects.filter(state=RunState.HELD).select_related("request")
    accounts = User.objects.filter(is_active=True).prefetch_related("groups").order_by("username")
    seen = connection.kept()
    context = {
        "connection": seen and seen.connection,
        "looked_at": seen and seen.at,
        "connection_facts": _connection_facts(),
        "read_only": settings.GENESYS_READ_ONLY,
        "endpoint": host_of(settings.DEPROVISION_WEBHOOK_URL),
        "deliveries": list(latest.select_related("request", "receiver").prefetch_related("tries")),
        "replayable": set(replayable().values_list("pk", flat=True)),
        "endpoints": list(WebhookEndpoint.objects.filter(removed_at__isnull=True)),
        "endpoint_form": EndpointForm(),
        "replay_form": ReplaySinceForm(),
        "holds": list(held),
        "resting": {run.request.person_id: run.request_id for run in resting},
        "released": list(released[:LATEST_RELEASED]),
        "hold_form": HoldForm(),
        "rules": list(ProtectionRule.objects.filter(ended_at__isnull=True)),
        "rule_form": RuleForm(auto_id="rule_%s"),
        "accounts": [_account(account) for account in accounts],
    }
    return render(request, "settings/settings.html", context | more | {"wrong": status >= 400}, status=status)


def refused(request: HttpRequest, error: Refused | GenesysError, **form: Form) -> HttpResponse:
    """The page with why nothing was done: 409 when an action refused, 502 when Genesys gave no answer to go by."""
    status = 409 if isinstance(error, Refused) else 502
    return show(request, status=status, problem=str(error), remedy=error.remedy, **form)


def not_filled_in(request: HttpRequest, form: Form, *, problem: str) -> HttpResponse:
    """400 for a small form that stands beside a line of a list, and is shown empty again."""
    wrong = next(str(error) for errors in form.errors.values() for error in errors)
    return show(request, status=400, problem=problem, remedy=wrong)


def _connection_facts() -> list[dict[str, str]]:
    style = "platform (the documented API)" if settings.GENESYS_API_STYLE == "platform" else "article"
    return [
        {"term": "Address", "value": host_of(settings.GENESYS_DOMAIN)},
        {"term": "Region", "value": region_name(settings.GENESYS_DOMAIN)},
        {"term": "API style", "value": style},
        {
            "term": "Changes",
            "value": "switched off: nothing that changes Genesys is sent" if settings.GENESYS_READ_ONLY else "allowed",
        },
    ]


def _account(account: User) -> dict[str, Any]:
    held = {group.name for group in account.groups.all()}
    return {
        "name": account.get_full_name() or account.username,
        "account": account.username,
        "email": account.email,
        "roles": ", ".join(role for role in ROLES if role in held) or "no role",
        "last_login": account.last_login,
    }
