"""The clients, built from Django's settings. The only module of this room that knows Django.

Token and connections are shared by all clients of one process and one configuration. The pace is shared by all
processes with the same VAR_DIR, though each has a token, and so a limit, of its own at Genesys Cloud: their calls
together stay under the limit of one. Whether Genesys Cloud answers is noted in the cache, for pages that say so
without a call of their own.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from offboarding.genesys.article import ArticleClient
from offboarding.genesys.auth import ClientCredentials, FixedToken, TokenSource
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.exchange import Limits, make_session
from offboarding.genesys.ledger import FileLedger
from offboarding.genesys.pacing import Pacing
from offboarding.genesys.records import Organization
from offboarding.genesys.regions import is_genesys_host, is_loopback, login_url
from offboarding.genesys.transport import OnCall, Transport

# Somebody looks at a page while it waits; the worker has time, but must renew its lease.
PAGE_WAIT, WORKER_WAIT = 1.0, 5.0
# The worker leaves this part of the rate limit to pages and to cutting access, which an archive must not hold up.
SPARE = 0.2
ANSWERED, FAILED = "answered", "failed"
NOTE_AGAIN = 5.0  # seconds between two notes of the same kind in a row
PAGE_LIMITS = Limits(connect=3.05, read=10, total=15)
WORKER_LIMITS = Limits(connect=5, read=60, total=90)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Where the org is and who we are there; two equal ones share a token."""

    api_url: str
    login_url: str
    client_id: str
    style: Literal["platform", "article"]
    scim_url: str
    read_only: bool
    client_secret: str = field(repr=False)
    scim_token: str = field(repr=False)


class _Shared:
    """What all clients of one configuration have in common."""

    def __init__(self, wanted: Configuration) -> None:
        self.session = make_session()
        self.pacing = _pacing_of(wanted.api_url, wanted.client_id)
        self.scim_pacing = _pacing_of(wanted.scim_url, "scim")
        self.auth = ClientCredentials(
            wanted.login_url,
            wanted.client_id,
            wanted.client_secret,
            style=wanted.style,
            session=self.session,
            on_answer=lambda status: _note(self, ANSWERED if status is not None and status < 400 else FAILED),
        )
        self.noted = ("", 0.0)
        self.org: Organization | None = None
        self.org_lock = threading.Lock()


_lock = threading.Lock()
_shared: dict[Configuration, _Shared] = {}


def client_for_page(on_call: OnCall | None = None) -> GenesysClient:
    """A client for somebody who waits: at most 1 s in place for a rate limit, short timeouts.

    Raises ImproperlyConfigured when the settings cannot be right. No call is made here.
    """
    return _client(PAGE_WAIT, PAGE_LIMITS, on_call, spare=0.0)


def client_for_worker(on_call: OnCall | None = None) -> GenesysClient:
    """A client for the worker: at most 5 s in place, a longer wait raises RetryLater with the time.

    It leaves SPARE of the rate limit to others; `client.hurried` makes one that does not.
    Raises ImproperlyConfigured when the settings cannot be right. No call is made here.
    """
    return _client(WORKER_WAIT, WORKER_LIMITS, on_call, spare=SPARE)


def org() -> Organization:
    """The org that the configured OAuth client belongs to; asked once a process, failures are not kept.

    Raises GenesysError and ImproperlyConfigured.
    """
    shared = _shared_of(configuration())
    with shared.org_lock:
        if shared.org is None:
            shared.org = client_for_page().get_organizations_me()
        return shared.org


def configuration() -> Configuration:
    """The settings, checked. Raises ImproperlyConfigured with what to change."""
    api_url = _origin("GENESYS_DOMAIN", settings.GENESYS_DOMAIN)
    style = settings.GENESYS_API_STYLE
    derived = api_url if style == "article" else login_url(api_url)
    wanted = Configuration(
        api_url=api_url,
        login_url=_origin("GENESYS_LOGIN_URL", settings.GENESYS_LOGIN_URL or derived),
        client_id=settings.GENESYS_CLIENT_ID,
        style=style,
        scim_url=_address("GENESYS_SCIM_URL", settings.GENESYS_SCIM_URL) if settings.GENESYS_SCIM_URL else "",
        read_only=settings.GENESYS_READ_ONLY,
        client_secret=settings.GENESYS_CLIENT_SECRET,
        scim_token=settings.GENESYS_SCIM_TOKEN,
    )
    if style == "article" and any(map(is_genesys_host, (wanted.api_url, wanted.login_url, wanted.scim_url))):
        raise ImproperlyConfigured(
            "GENESYS_API_STYLE=article is for a host that speaks the article's dialect; Genesys Cloud's own "
            "hosts do not. Unset GENESYS_API_STYLE."
        )
    if not wanted.client_secret:
        raise ImproperlyConfigured("GENESYS_CLIENT_SECRET is not set: the OAuth client cannot sign in.")
    if wanted.scim_url and not _same_origin(wanted.scim_url, api_url) and not wanted.scim_token:
        raise ImproperlyConfigured(
            "GENESYS_SCIM_URL is on another host than GENESYS_DOMAIN: set GENESYS_SCIM_TOKEN as well. The "
            "token of Genesys Cloud is never sent to another host."
        )
    return wanted


def forget() -> None:
    """Drops every token and connection of this process, and the pace of all; the next client starts anew."""
    with _lock:
        for shared in _shared.values():
            shared.pacing.forget()
            shared.scim_pacing.forget()
            shared.session.close()
        _shared.clear()


def _after_fork() -> None:
    """A child shares no sockets with its parent, nor waits for a lock its threads held."""
    global _lock, _shared
    _lock, _shared = threading.Lock(), {}


os.register_at_fork(after_in_child=_after_fork)


def _client(wait: float, limits: Limits, on_call: OnCall | None, *, spare: float) -> GenesysClient:
    wanted = configuration()
    shared = _shared_of(wanted)
    session = shared.session

    def heard(method: str, path: str, status: int | None, seconds: float) -> None:
        _note(shared, FAILED if status is None or status >= 500 else ANSWERED)
        if on_call:
            on_call(method, path, status, seconds)

    def transport(base_url: str, auth: TokenSource, pacing: Pacing, credentials: str = "credentials") -> Transport:
        return Transport(
            base_url,
            auth,
            wait_in_place=wait,
            limits=limits,
            read_only=wanted.read_only,
            credentials=credentials,
            pacing=pacing,
            spare=spare,
            session_factory=lambda: session,
            on_call=heard,
        )

    api = transport(wanted.api_url, shared.auth, shared.pacing)
    kind = ArticleClient if wanted.style == "article" else GenesysClient
    if not wanted.scim_url:
        return kind(api)
    parts = urlsplit(wanted.scim_url)
    if _same_origin(wanted.scim_url, wanted.api_url):
        users = "/users" if parts.path.startswith("/api/v2/") else "/Users"
        return kind(api, scim_users=parts.path + users)
    scim = transport(
        f"{parts.scheme}://{parts.netloc}", FixedToken(wanted.scim_token), shared.scim_pacing, "scim_token"
    )
    return kind(api, scim=scim, scim_users=f"{parts.path}/Users")


def last_heard(what: str) -> datetime | None:
    """When the configured host last answered a call (ANSWERED), or did not, or with an error of its own (FAILED)."""
    found = cache.get(_noted(what))
    return found if isinstance(found, datetime) else None


def _noted(what: str) -> str:
    return f"genesys:{what}:{hashlib.sha256(settings.GENESYS_DOMAIN.encode()).hexdigest()[:16]}"


def _note(shared: _Shared, what: str) -> None:
    """Keep the time for the health line, at most every few seconds; the cache is files or Redis, never the database."""
    now, (before, at) = time.monotonic(), shared.noted
    if what != before or now - at >= NOTE_AGAIN:
        shared.noted = (what, now)
        cache.set(_noted(what), timezone.now(), timeout=None)


def _shared_of(wanted: Configuration) -> _Shared:
    with _lock:
        if wanted not in _shared:
            _shared[wanted] = _Shared(wanted)
        return _shared[wanted]


def _pacing_of(url: str, who: str) -> Pacing:
    """Wall-clock time, because that is the same for all processes, also after a restart of the machine."""
    name = hashlib.sha256(f"{url} {who}".encode()).hexdigest()[:16]
    return Pacing(time.time, FileLedger(Path(settings.VAR_DIR) / "pace" / f"{name}.json"))


def _same_origin(one: str, other: str) -> bool:
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def _origin(name: str, url: str) -> str:
    address = _address(name, url)
    if urlsplit(address).path:
        raise ImproperlyConfigured(f"{name} is {url!r}: leave the path out, as in https://api.mypurecloud.com")
    return address


def _address(name: str, url: str) -> str:
    """An https address, or http on this machine; the token and the secret travel there."""
    parts = urlsplit(url.rstrip("/"))
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"{name} is {url!r}: write it as in https://api.mypurecloud.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(url)):
        raise ImproperlyConfigured(
            f"{name} is {url!r}: only https is allowed, because the client's secret and token travel there."
        )
    return parts.geturl()
