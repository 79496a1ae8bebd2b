"""Which addresses a message may go to, and the session that goes nowhere else. Nothing is sent here."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import HTTPSConnectionPool

from offboarding.webhooks.deadline import SecureConnection, under_deadline

# A name with a dot whose last part starts with a letter: no address in decimal, octal, hex or brackets, no
# `localhost`, no trailing dot, no account before an @. What this matches, every parser of URLs reads alike.
ADDRESS = re.compile(
    r"https://(?P<host>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9]))"
    r"(?::(?P<port>[0-9]{1,5}))?(?:[/?][!-\[\]-~]*)?",
    re.IGNORECASE | re.ASCII,
)
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


class EndpointRefused(Exception):
    """Nothing may be sent to this address: says why, and what to change in `remedy`."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def session_for(endpoint: str) -> requests.Session:
    """A session for one message to `endpoint`: no proxy or .netrc from the environment, no retries of its own.

    The address in DEPROVISION_WEBHOOK_URL is trusted, also on loopback, in a private network and over http: who
    may set it may also run the console. Every other one needs https, a host of WEBHOOK_ALLOWED_HOSTS when that is
    set (`name`, or `name:port` for a port other than 443), and a public address: the name is looked up once, and
    the connection goes to exactly the address that was checked, so a second answer of the name server changes
    nothing (OWASP, Server Side Request Forgery Prevention, case 2). Raises EndpointRefused.
    """
    trusted = endpoint == settings.DEPROVISION_WEBHOOK_URL
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    if trusted:
        _check_trusted(endpoint)
        session.mount("http://", under_deadline(HTTPAdapter()))
        session.mount("https://", under_deadline(HTTPAdapter()))
    else:
        _check_other(endpoint)
        session.mount("https://", under_deadline(IPFilterAdapter(is_https_proto=True), _PublicPool))
    return session


def origin_of(endpoint: str) -> str:
    """Scheme, host and port, for people and records: paths and queries of webhook addresses often hold a key."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not host.isprintable():
        return "the webhook address"
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _check_trusted(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() or not character.isprintable() for character in endpoint):
        raise EndpointRefused(
            "DEPROVISION_WEBHOOK_URL is not an http or https address.",
            "Set it to the whole address, such as https://hr.example.com/hooks/leavers.",
        )
    if "@" in parts.netloc:
        raise EndpointRefused(
            "DEPROVISION_WEBHOOK_URL holds an account or a password.",
            "Take them out: addresses are shown to people. Sign with DEPROVISION_WEBHOOK_SECRET instead.",
        )


def _check_other(endpoint: str) -> None:
    parts = ADDRESS.fullmatch(endpoint)
    if parts is None:
        raise EndpointRefused(
            f"{origin_of(endpoint)} is not an https address of a named host on the internet.",
            "If this is where messages belong, set DEPROVISION_WEBHOOK_URL to exactly this address.",
        )
    host, port = parts["host"].lower(), int(parts["port"] or 443)
    allowed = {name.lower() for name in settings.WEBHOOK_ALLOWED_HOSTS}
    named = f"{host}:{port}" in allowed or (host in allowed and port == 443)
    if allowed and not named:
        raise EndpointRefused(
            f"{origin_of(endpoint)} is not in WEBHOOK_ALLOWED_HOSTS.",
            f"Add {host if port == 443 else f'{host}:{port}'} to WEBHOOK_ALLOWED_HOSTS if messages may go there.",
        )
    if port != 443 and not named:
        raise EndpointRefused(
            f"{origin_of(endpoint)} has another port than 443.",
            f"Add {host}:{port} to WEBHOOK_ALLOWED_HOSTS if messages may go there.",
        )


class _PublicConnection(SecureConnection):
    """Opens only to public addresses. `host` is already the address the name was pinned to, not the name.

    The adapter of requests_hardened refused private ones before; this also stops what it lets through: site-local
    (fec0::/10), IPv4-compatible (::127.0.0.1) and whatever else lies outside the space given out for the internet.
    """

    def connect(self) -> None:
        address = ipaddress.ip_address(self.host.strip("[]"))
        public = address.is_global and not address.is_multicast
        if not public or (address.version == 6 and address not in GLOBAL_UNICAST):
            raise not_public()
        super().connect()


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


def not_public() -> EndpointRefused:
    """The refusal of a name that leads to a private, local or reserved address; it does not say to which."""
    return EndpointRefused(
        "The host's address is not a public one.",
        "If the receiver is in your own network, set DEPROVISION_WEBHOOK_URL to exactly this address.",
    )
