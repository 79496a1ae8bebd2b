"""Where the name of an address leads, and the session that goes there and nowhere else. Nothing is sent here."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter import InvalidIPAddress, filter_host
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import HTTPSConnectionPool

from offboarding.webhooks.addresses import EndpointRefused, check_other, check_trusted, is_trusted
from offboarding.webhooks.deadline import SecureConnection, under_deadline

GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


def session_for(endpoint: str) -> requests.Session:
    """A session for one message to `endpoint`: no proxy or .netrc from the environment, no retries of its own.

    The address in DEPROVISION_WEBHOOK_URL is trusted, also on loopback, in a private network and over http: who
    may set it may also run the console. Every other one needs https, a host of WEBHOOK_ALLOWED_HOSTS when that is
    set (`name`, or `name:port` for a port other than 443), and a public address: the name is looked up once, and
    the connection goes to exactly the address that was checked, so a second answer of the name server changes
    nothing (OWASP, Server Side Request Forgery Prevention, case 2). Raises EndpointRefused.
    """
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    if is_trusted(endpoint):
        check_trusted(endpoint)
        session.mount("http://", under_deadline(HTTPAdapter()))
        session.mount("https://", under_deadline(HTTPAdapter()))
    else:
        check_other(endpoint)
        session.mount("https://", under_deadline(IPFilterAdapter(is_https_proto=True), _PublicPool))
    return session


def check_now(endpoint: str) -> None:
    """EndpointRefused unless a message could go to an address that somebody typed: its text, and where its name leads.

    Looks the name up and opens no connection. Every address that the name has must be public; each sending looks
    again, because a name may lead elsewhere by then.
    """
    check_other(endpoint)
    parts = urlsplit(endpoint)
    host, port = parts.hostname or "", parts.port or 443
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        for text in found:
            filter_host(text, port, allow_loopback=False)
    except InvalidIPAddress:
        raise not_public() from None
    except (OSError, UnicodeError):  # a request's own errors are OSErrors too
        raise EndpointRefused(f"The host {host} cannot be found.", "Check the name; nothing was added.") from None
    if not all(_is_public(text) for text in found):
        raise not_public()


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text)
    public = address.is_global and not address.is_multicast
    return public and (address.version == 4 or address in GLOBAL_UNICAST)


class _PublicConnection(SecureConnection):
    """Opens only to public addresses. `host` is already the address the name was pinned to, not the name.

    The adapter of requests_hardened refused private ones before; this also stops what it lets through: site-local
    (fec0::/10), IPv4-compatible (::127.0.0.1) and whatever else lies outside the space given out for the internet.
    """

    def connect(self) -> None:
        if not _is_public(self.host.strip("[]")):
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
