"""How the console is set up: the connection and its test, webhooks, protections, staff roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from offboarding.access import ROLES, require
from offboarding.actions.deliveries import replayable
from offboarding.actions.notes import note_connection_test
from offboarding.forms import EndpointForm, HoldForm, ReplaySinceForm, RuleForm
from offboarding.genesys.connect import client_for_page
from offboarding.genesys.errors import GenesysError
from offboarding.genesys.granted import Granted, Unread, read_granted
from offboarding.genesys.regions import region_name
from offboarding.models import Delivery, Hold, ProtectionRule, Run, WebhookEndpoint
from offboarding.models.run import RunState
from offboarding.models.webhook import host_of
from offboarding.plan import counted
from offboarding.views.posting import post_only

LATEST_DELIVERIES = 20
LATEST_RELEASED = 20
CLOCK_MAY_BE_OFF = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ConnectionResult:
    """What the test saw: the org that answered and what it lets us do, or what went wrong and what to do about it."""

    org_name: str = ""
    org_id: str = ""
    client_name: str = ""
    clock: str = ""  # how far this machine's clock is off, in words, when it is far enough to be said
    granted: Granted | None = None
    unread: Unread | None = None
    problem: str = ""
    remedy: str = ""
    code: str = ""
    correlation_id: str = ""

    @property
    def clock_advice(self) -> str:
        """What to do about a clock that is off, and what it does not harm."""
        return (
            f"{self.clock[:1].upper()}{self.clock[1:]}. Set it, best by NTP: receivers refuse webhooks of another "
            "time, and the audit trail has the times of this clock. Archives reach up to Genesys Cloud's own midnight "
            "in any case."
        )

    @property
    def told(self) -> str:
        """In one sentence, for the audit trail."""
        if self.problem:
            return self.problem
        clock = f"; {self.clock}" if self.clock else ""
        if self.unread:
            return f"{self.org_name} answered; the permissions are not known: {self.unread.problem}{clock}"
        missing = ", ".join(self.granted.missing) if self.granted else ""
        uncovered = ", ".join(self.granted.uncovered) if self.granted else ""
        return f"{self.org_name} answered" + (
            (f"; missing permissions: {missing}" if missing else "")
            + (f"; divisions not covered: {uncovered}" if uncovered else "")
            + clock
        )


@require_safe
def settings_page(request: HttpRequest) -> HttpResponse:
    """Everything that is set, without a call to Genesys."""
    require(request.user, "configure")
    return show(request)


@post_only("settings")
def test_connection(request: HttpRequest) -> HttpResponse:
    """Ask Genesys who we are to it and what we may do. The result stands on the page and in the audit trail."""
    require(request.user, "configure")
    result = _try_connection()
    note_connection_test(request.user, result=result.told, succeeded=not result.problem)
    return show(request, connection=result)


def show(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page; `more` holds the result of a test, a filled-in form, or a problem with its remedy."""
    latest = Delivery.objects.order_by("-id")[:LATEST_DELIVERIES]
    held = Hold.objects.filter(released_at__isnull=True)
    released = Hold.objects.filter(released_at__isnull=False).order_by("-released_at")
    resting = Run.objects.filter(state=RunState.HELD).select_related("request")
    accounts = User.objects.filter(is_active=True).prefetch_related("groups").order_by("username")
    context = {
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
    return render(request, "settings/settings.html", context | more, status=status)


def _try_connection() -> ConnectionResult:
    try:
        client = client_for_page()
        token = client.get_tokens_me()
        org = client.get_organizations_me()
        found = read_granted(client, token.client)
    except GenesysError as error:
        return ConnectionResult(
            problem=str(error), remedy=error.remedy, code=error.code, correlation_id=error.correlation_id
        )
    return ConnectionResult(
        org_name=org.name,
        org_id=org.id,
        client_name=token.client.name if token.client else "",
        clock=_clock_off(client.clock_ahead),
        granted=found if isinstance(found, Granted) else None,
        unread=found if isinstance(found, Unread) else None,
    )


def _clock_off(ahead: timedelta) -> str:
    """How far this machine's clock is off, in words; empty within the seconds that an answer may be on its way."""
    if abs(ahead) < CLOCK_MAY_BE_OFF:
        return ""
    side = "behind" if ahead > timedelta(0) else "ahead of"
    minutes = counted(round(abs(ahead) / timedelta(minutes=1)), "minute")
    return f"this machine's clock is {minutes} {side} that of Genesys Cloud"


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
