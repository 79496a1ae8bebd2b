"""What the shell around every page shows. Reads settings, the cookie and the actor's roles; makes no HTTP call."""

from __future__ import annotations

from typing import Any, TypedDict
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from offboarding import access
from offboarding.access import Actor
from offboarding.views.worklist import waiting_for

THEMES = ("system", "light", "dark")


class NavItem(TypedDict):
    """One entry of the rail; `count` is shown when it is above zero."""

    url: str
    label: str
    icon: str
    current: bool
    count: int


def shell(request: HttpRequest) -> dict[str, Any]:
    """The variable `shell` of every template, read when a template first asks: polled parts of a page never do."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}


def _shell(request: HttpRequest) -> dict[str, Any]:
    """Where we are connected, how much waits for the actor, what the actor may open, and the chosen theme."""
    actor: Actor | None = getattr(request, "user", None)
    held = access.permissions_of(actor) if actor is not None else frozenset()
    waiting = waiting_for(actor, held).count() if actor is not None and held else 0
    return {
        "org_name": "Sandbox org" if settings.SANDBOX_MODE else "Genesys Cloud",
        "region": urlsplit(settings.GENESYS_DOMAIN).netloc,
        "sandbox": settings.SANDBOX_MODE,
        "read_only": settings.GENESYS_READ_ONLY,
        "waiting_for_me": waiting,
        "may_search": "see_people" in held,
        "nav": nav(request.path, held, waiting) if actor is not None and actor.is_authenticated else [],
        "theme": theme_of(request),
    }


def theme_of(request: HttpRequest) -> str:
    """The theme in the cookie; anything else means the system's choice."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else "system"


def nav(path: str, held: frozenset[str], waiting: int) -> list[NavItem]:
    """The entries of the rail that somebody with these permissions may open."""
    entries = (
        ("/", "Home", "home", True, 0),
        ("/people/", "People", "people", "see_people" in held, 0),
        ("/requests/", "Requests", "requests", "see_requests" in held, waiting),
        ("/history/", "History", "history", "see_history" in held, 0),
        ("/settings/", "Settings", "settings", "configure" in held, 0),
    )
    return [
        NavItem(
            url=url, label=label, icon=icon, count=count, current=path == url or (url != "/" and path.startswith(url))
        )
        for url, label, icon, shown, count in entries
        if shown
    ]
