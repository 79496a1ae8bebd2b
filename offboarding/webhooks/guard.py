"""Where the name of an address leads, and the session that goes there and nowhere else. Nothing is sent here."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter import InvalidIPAddress, filter_host
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import HTTPSConnectionPool

from offboarding.webhooks.addresses import (
    EndpointRefused,
    check_other,
    check_trusted,
    is_listed,
    is_trusted,
    never_allowed,
)
from offboarding.webhooks.deadline import SecureConnection, under_deadline

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# RFC 1918 section 3 and RFC 4193 section 3.1: what an organization numbers its own hosts with.
OWN_NETWORKS = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
# Within those, where cloud machines find their own credentials: EC2 and Google Cloud (IPv6 metadata servers).
METADATA = tuple(map(ipaddress.ip_address, ("fd00:ec2::254", "fd20:ce::254")))


def session_for(endpoint: str) -> requests.Session:
    """A session for one message to `endpoint`: no proxy or .netrc from the environment, no retries of its own.

    The address in DEPROVISION_WEBHOOK_URL is trusted, also on loopback, in a private network and over http: who
    may set it may also run the console. Every other one needs https, a host of WEBHOOK_ALLOWED_HOSTS when that is
    set (`name`, or `name:port` for a port other than 443), and a public address; a host that is listed may also be
    in the organization's own network, but never on loopback, link-local or a metadata server. The name is looked up
    once, and the connection goes to exactly the address that was checked, so a second answer of the name server
    changes nothing (OWASP, Server Side Request Forgery Prevention, case 2). Certificates are believed when an authority
    in WEBHOOK_CA_BUNDLE signed them, or a public one when that is not set. Raises EndpointRefused.
    """
    session = requests.Session()
    session.trust_env = False
    session.verify = _authorities()
    session.adapters.clear()
    if is_trusted(endpoint):
        check_trusted(endpoint)
        session.mount("http://", under_deadline(HTTPAdapter()))
        session.mount("https://", under_deadline(HTTPAdapter()))
    else:
        check_other(endpoint)
        parts = urlsplit(endpoint)
        listed = is_listed(parts.hostname or "", parts.port or 443)
        session.mount(
            "https://",
            under_deadline(_OwnNetworkAdapter(), _OwnNetworkPool)
            if listed
            else under_deadline(IPFilterAdapter(is_https_proto=True), _PublicPool),
        )
    return session


def _authorities() -> str | bool:
    """The file of WEBHOOK_CA_BUNDLE, or True for the public authorities."""
    bundle = settings.WEBHOOK_CA_BUNDLE
    if bundle and not Path(bundle).is_file():
        raise EndpointRefused(
            "WEBHOOK_CA_BUNDLE names no file on this machine.",
            "Correct it: the path of a PEM file, which the worker can read. The message waits and is sent again.",
        )
    return bundle or True


def check_now(endpoint: str) -> None:
    """EndpointRefused unless a message could go to an address that somebody typed: its text, and where its name leads.

    Looks the name up and opens no connection. Every address that the name has must be one that a message may go to;
    each sending looks again, because a name may lead elsewhere by then.
    """
    check_other(endpoint)
    parts = urlsplit(endpoint)
    host, port = parts.hostname or "", parts.port or 443
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise EndpointRefused(f"The host {host} cannot be found.", "Check the name; nothing was added.") from None
    listed = is_listed(host, port)
    for address in map(_address, found):
        if not (listed and _is_own(address)):
            _must_be_public(address, port, never_allowed() if listed else not_public())


def _address(text: str) -> Address:
    """An IPv4 address that is written as an IPv6 one is the IPv4 address."""
    found = ipaddress.ip_address(text)
    return getattr(found, "ipv4_mapped", None) or found


def _must_be_public(address: Address, port: int, refusal: EndpointRefused) -> None:
    """Raises `refusal` for what requests_hardened refuses, and for what is outside the space of the internet."""
    try:
        filter_host(str(address), port, allow_loopback=False)
    except InvalidIPAddress:
        raise refusal from None
    if not _is_public(address):
        raise refusal


def _is_public(address: Address) -> bool:
    public = address.is_global and not address.is_multicast
    return public and (address.version == 4 or address in GLOBAL_UNICAST)


def _is_own(address: Address) -> bool:
    return any(address in network for network in OWN_NETWORKS) and address not in METADATA


class _OwnNetworkAdapter(HTTPAdapter):
    """Pins the first address of the name, as IPFilterAdapter does, and lets it be one of the organization's own."""

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        attributes: Any = super().build_connection_pool_key_attributes(request, verify, cert)
        where, pool = attributes
        host, port = where["host"], where["port"] or 443
        try:
            entry = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        except (OSError, UnicodeError) as error:
            raise requests.ConnectionError("the name cannot be looked up") from error
        address = _address(str(entry[4][0]))
        if not _is_own(address):
            _must_be_public(address, port, never_allowed())
        request.headers["Host"] = host if port == 443 else f"{host}:{port}"
        pool["assert_hostname"] = pool["server_hostname"] = host
        where["host"] = str(address) if address.version == 4 else f"[{address}]"
        return where, pool


class _PublicConnection(SecureConnection):
    """Opens only to public addresses. `host` is already the address the name was pinned to, not the name.

    The adapter of requests_hardened refused private ones before; this also stops what it lets through: site-local
    (fec0::/10), IPv4-compatible (::127.0.0.1) and whatever else lies outside the space given out for the internet.
    """

    def connect(self) -> None:
        if not _is_public(_address(self.host.strip("[]"))):
            raise not_public()
        super().connect()


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _OwnNetworkPool(HTTPSConnectionPool):
    ConnectionCls = SecureConnection


def not_public() -> EndpointRefused:
    """The refusal of a name that leads to a private, local or reserved address; it does not say to which."""
    return EndpointRefused(
        "The host's address is not a public one.",
        "If the receiver is in your own network, add its host to WEBHOOK_ALLOWED_HOSTS. Loopback, link-local and "
        "metadata addresses are never allowed.",
    )
