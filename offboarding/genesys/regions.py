"""Where Genesys Cloud lives: the regions, and which hosts are its own. No HTTP here."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit


class Region(NamedTuple):
    """`domain` comes after `api.` and `login.`; `place` is where the AWS region is."""

    code: str
    domain: str
    place: str


# Source: purecloud_region_hosts.py of the official Python SDK. Five domains follow no pattern, so all are
# stored.
REGIONS = (
    Region("us-east-1", "mypurecloud.com", "Virginia"),
    Region("us-east-2", "use2.us-gov-pure.cloud", "Ohio, FedRAMP"),
    Region("us-west-2", "usw2.pure.cloud", "Oregon"),
    Region("ca-central-1", "cac1.pure.cloud", "Canada"),
    Region("mx-central-1", "mxc1.pure.cloud", "Mexico"),
    Region("sa-east-1", "sae1.pure.cloud", "São Paulo"),
    Region("eu-west-1", "mypurecloud.ie", "Ireland"),
    Region("eu-west-2", "euw2.pure.cloud", "London"),
    Region("eu-central-1", "mypurecloud.de", "Frankfurt"),
    Region("eu-central-2", "euc2.pure.cloud", "Zurich"),
    Region("eusc-de-east-1", "edee1.eusc-pure.cloud", "EU sovereign cloud"),
    Region("me-central-1", "mec1.pure.cloud", "UAE"),
    Region("ap-south-1", "aps1.pure.cloud", "Mumbai"),
    Region("ap-southeast-1", "apse1.pure.cloud", "Singapore"),
    Region("ap-southeast-2", "mypurecloud.com.au", "Sydney"),
    Region("ap-northeast-1", "mypurecloud.jp", "Tokyo"),
    Region("ap-northeast-2", "apne2.pure.cloud", "Seoul"),
    Region("ap-northeast-3", "apne3.pure.cloud", "Osaka"),
)
# A region younger than the table still ends in one of these.
_OWN = (*(region.domain for region in REGIONS), "pure.cloud", "us-gov-pure.cloud", "eusc-pure.cloud")


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").rstrip(".")


def is_genesys_host(url: str) -> bool:
    """Whether the URL's host belongs to Genesys Cloud itself."""
    host = _host(url)
    return any(host == domain or host.endswith(f".{domain}") for domain in _OWN)


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    return _host(url) in {"127.0.0.1", "localhost", "::1"}


def login_url(api_url: str) -> str:
    """The origin that gives tokens: on Genesys' own hosts `api.` becomes `login.`, elsewhere the same."""
    parts = urlsplit(api_url)
    place = parts.netloc
    if is_genesys_host(api_url) and place.startswith("api."):
        place = place.replace("api.", "login.", 1)
    return urlunsplit((parts.scheme, place, "", "", ""))


def region_name(api_url: str) -> str:
    """ "eu-central-1 (Frankfurt)" for a known API host, "this machine" for loopback, else the host itself."""
    if is_loopback(api_url):
        return "this machine"
    host = _host(api_url)
    for region in REGIONS:
        if host == f"api.{region.domain}":
            return f"{region.code} ({region.place})"
    return host
