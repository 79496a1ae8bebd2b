"""Which addresses a message may go to, as far as their text tells, and what people see of them. No look-up, no HTTP."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings

# A name with a dot whose last part starts with a letter: no address in decimal, octal, hex or brackets, no
# `localhost`, no trailing dot, no account before an @. What this matches, every parser of URLs reads alike.
ADDRESS = re.compile(
    r"https://(?P<host>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9]))"
    r"(?::(?P<port>[0-9]{1,5}))?(?:[/?][!-\[\]-~]*)?",
    re.IGNORECASE | re.ASCII,
)
WHOLE = "Write it whole, as in https://hr.example.com/hooks/leavers."


class EndpointRefused(Exception):
    """Nothing may be sent to this address: says why, and what to change in `remedy`."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def is_trusted(endpoint: str) -> bool:
    """Whether this is exactly the address in DEPROVISION_WEBHOOK_URL."""
    return endpoint == settings.DEPROVISION_WEBHOOK_URL


def is_listed(host: str, port: int) -> bool:
    """Whether WEBHOOK_ALLOWED_HOSTS names this host (`name`, for port 443) or host and port (`name:port`)."""
    listed = {name.lower() for name in settings.WEBHOOK_ALLOWED_HOSTS}
    return f"{host.lower()}:{port}" in listed or (host.lower() in listed and port == 443)


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


def check_trusted(endpoint: str) -> None:
    """EndpointRefused when the address in DEPROVISION_WEBHOOK_URL cannot be one."""
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


def check_other(endpoint: str) -> None:
    """EndpointRefused unless this is an https address of a named host that messages may go to."""
    parts = ADDRESS.fullmatch(endpoint)
    if parts is None:
        raise _no_address(endpoint)
    host, port = parts["host"].lower(), int(parts["port"] or 443)
    named = is_listed(host, port)
    if settings.WEBHOOK_ALLOWED_HOSTS and not named:
        raise EndpointRefused(
            f"{origin_of(endpoint)} is not in WEBHOOK_ALLOWED_HOSTS.",
            f"Add {host if port == 443 else f'{host}:{port}'} to WEBHOOK_ALLOWED_HOSTS if messages may go there.",
        )
    if port != 443 and not named:
        raise EndpointRefused(
            f"{origin_of(endpoint)} has another port than 443.",
            f"Add {host}:{port} to WEBHOOK_ALLOWED_HOSTS if messages may go there.",
        )


def never_allowed() -> EndpointRefused:
    """The refusal of this machine, its neighbours and metadata servers, which no list can allow; not of which it is."""
    return EndpointRefused(
        "The host's address is neither a public one nor one of your own network.",
        "Loopback, link-local and metadata addresses are never allowed, also not by WEBHOOK_ALLOWED_HOSTS. Have the "
        "name lead to the receiver's own address; only DEPROVISION_WEBHOOK_URL may name one on this machine.",
    )


def _no_address(endpoint: str) -> EndpointRefused:
    """Says what keeps a text from being the https address of a named host, and what to write instead."""
    try:
        parts = urlsplit(endpoint)
        scheme, host = parts.scheme, parts.hostname or ""
    except ValueError:
        scheme, host = "", ""
    if not scheme or not host:
        return EndpointRefused("This is not an address.", WHOLE)
    if scheme != "https":
        return EndpointRefused(
            f"{origin_of(endpoint)} is not an https address.",
            "Messages name people, so they are encrypted on their way: write https://, and let the receiver speak it.",
        )
    if host == "localhost":
        return never_allowed()
    if ":" in host or host.rpartition(".")[2].isdigit():
        return EndpointRefused("The host is a number.", "Give its name: certificates are made for names.")
    if "." not in host and host.isprintable():
        return EndpointRefused(
            f"The host {host} has no dot, so where it leads depends on the machine that asks.",
            f"Give its whole name, such as {host}.example.com. If it is in your own network, that whole name also "
            "belongs in WEBHOOK_ALLOWED_HOSTS.",
        )
    if "@" in parts.netloc:
        return EndpointRefused("The address holds an account before an @.", "Take it out: messages are signed instead.")
    return EndpointRefused("Its host or port cannot be one.", WHOLE)
