"""The list of requests: by who has to act next, by text, newest first, a page at a time."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from offboarding.access import requests_for, require
from offboarding.forms import RequestFilterForm
from offboarding.views.worklist import GROUPS, conditions_for

PAGE_SIZE = 30


@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """Requests of one group (`group`), narrowed by `q`, older than the request number `before`."""
    require(request.user, "see_requests")
    form = RequestFilterForm(request.GET)
    wanted = form.kept()
    visible = requests_for(request.user)
    conditions = conditions_for(request.user)
    counts = visible.aggregate(
        **{f"count_{key}": Count("pk", filter=condition) for key, condition in conditions.items() if key},
        count_=Count("pk"),
    )
    found = visible.filter(conditions[wanted["group"]], _text(wanted["q"])).with_status()
    if wanted["before"]:
        found = found.filter(pk__lt=wanted["before"])
    lines = list(found.select_related("run").order_by("-pk")[: PAGE_SIZE + 1])
    group = next(group for group in GROUPS if group.key == wanted["group"])
    query = {key: value for key, value in (("group", wanted["group"]), ("q", wanted["q"])) if value}
    context = {
        "form": form,
        "text": wanted["q"],
        "group": group,
        "tabs": [
            {
                "label": tab.label,
                "url": _address({**query, "group": tab.key}),
                "current": tab.key == group.key,
                "count": counts[f"count_{tab.key}"],
            }
            for tab in GROUPS
        ],
        "lines": lines[:PAGE_SIZE],
        "older_url": _address({**query, "before": str(lines[PAGE_SIZE - 1].pk)}) if len(lines) > PAGE_SIZE else "",
        "newer_url": _address(query) if wanted["before"] else "",
    }
    return render(request, "requests/list.html", context)


def _text(text: str) -> Q:
    """Name, e-mail, ticket, or the immutable id or number as a whole."""
    if not text:
        return Q()
    found = (
        Q(person_name__icontains=text) | Q(person_email__icontains=text) | Q(ticket__icontains=text) | Q(person_id=text)
    )
    return found | Q(pk=int(text)) if text.isdecimal() and len(text) < 19 else found


def _address(query: dict[str, str]) -> str:
    return "?" + urlencode({key: value for key, value in query.items() if value})
