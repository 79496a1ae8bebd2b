"""One HTTP exchange: sent once, read within a deadline and a size, or a typed error. No retry, no token."""

from __future__ import annotations

import json
import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from offboarding.genesys.errors import REMEDIES, NotUnderstood, Unreachable, safe_correlation_id

MOST_BYTES = 64 * 1024 * 1024
_PIECE = 64 * 1024
_Refuse = Callable[[str, str], NotUnderstood]


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, whatever its status. `json` is None when there was no body, or none that is JSON on an
    error; `body` is what was sent, unpacked.
    """

    status: int
    json: Any
    headers: Mapping[str, str]
    correlation_id: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one exchange may take, in seconds, and how many bytes its answer may have.

    `connect` and `read` bound each wait on the socket; `total` ends the reading of a body that drips.
    """

    connect: float
    read: float
    total: float
    most_bytes: int = MOST_BYTES


def make_session(pool: int = 32) -> requests.Session:
    """A session that threads may share: pooled connections, no cookies, nothing taken from the environment.

    Environment proxies and .netrc are ignored, because a token must go where the settings say and nowhere
    else.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=pool, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def exchange(
    session: requests.Session,
    request: requests.Request,
    *,
    path: str,
    limits: Limits,
    writes: bool,
    clock: Callable[[], float] = time.monotonic,
) -> Response:
    """Sends the request once and reads the answer.

    Raises Unreachable when there is none (`outcome_unknown` when `writes` and it may have been received), and
    NotUnderstood for a redirect, for a body beyond the limit, and for a success that is not JSON. An error
    status is returned. Redirects are never followed: the token would travel to another host.
    """
    method = str(request.method)
    ends = clock() + limits.total
    prepared = session.prepare_request(request)
    waits = (min(limits.connect, limits.total), min(limits.read, limits.total))
    try:
        with session.send(
            prepared, stream=True, allow_redirects=False, timeout=waits, proxies={}, verify=True
        ) as answer:
            correlation_id = safe_correlation_id(answer.headers.get("ININ-Correlation-Id"))
            refuse = _refusal(method, path, answer.status_code, correlation_id)
            if 300 <= answer.status_code < 400:
                raise refuse("points to another address", "redirect")
            body = _read(answer, limits.most_bytes, ends, clock, refuse)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        # `from None`: the library's text and its request carry the query and the Authorization header.
        raise _unreachable(error, method, path, writes) from None
    document = _document(body, answer.status_code, refuse)
    if not correlation_id:
        correlation_id = safe_correlation_id(None, document)
    return Response(answer.status_code, document, answer.headers, correlation_id, body)


def _read(answer: requests.Response, most: int, ends: float, clock: Callable[[], float], refuse: _Refuse) -> bytes:
    """The body, one socket read at a time, so that a body that drips cannot outlive the deadline."""
    packed = bytearray()
    while piece := answer.raw.read1(_PIECE, decode_content=False):
        packed += piece
        if len(packed) > most:
            raise refuse("is larger than this program reads", "too.large")
        if clock() > ends:
            raise TimeoutError("the body did not end in time")
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "identity" or not packed:
        return bytes(packed)
    if encoding != "gzip":
        raise refuse("is packed in a way that was not asked for", "encoding")
    return _unpacked(packed, most, refuse)


def _unpacked(packed: bytes | bytearray, most: int, refuse: _Refuse) -> bytes:
    """gzip (RFC 1952) opened up to the limit, so that a small body cannot fill the memory."""
    opener = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        body = opener.decompress(packed, most + 1)
    except zlib.error:
        raise refuse("is not the gzip it claims to be", "encoding") from None
    if len(body) > most:
        raise refuse("is larger than this program reads", "too.large")
    if not opener.eof:
        raise refuse("ends in the middle", "encoding")
    return body


def _document(body: bytes, status: int, refuse: _Refuse) -> Any:
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        if status >= 400:
            return None
        raise refuse("is not JSON", "not.json") from None


def _refusal(method: str, path: str, status: int, correlation_id: str) -> _Refuse:
    def refuse(what: str, code: str) -> NotUnderstood:
        return NotUnderstood(
            f"The answer to {method} {path} {what} ({status}).",
            remedy=REMEDIES["language"],
            status=status,
            code=code,
            correlation_id=correlation_id,
            method=method,
            path=path,
        )

    return refuse


# First match wins: what failed, in words, its code, its remedy, and whether the request can have left by
# then.
_FAILURES: tuple[tuple[tuple[type[BaseException], ...], str, str, str, bool], ...] = (
    ((ssl.SSLCertVerificationError,), "could not prove who it is (TLS)", "tls", "certificate", False),
    (
        (urllib3.exceptions.NameResolutionError,),
        "could not be found by name (DNS)",
        "dns",
        "unreachable",
        False,
    ),
    ((urllib3.exceptions.NewConnectionError,), "could not be reached", "connection", "unreachable", False),
    (
        (urllib3.exceptions.ConnectTimeoutError, requests.ConnectTimeout),
        "could not be reached in time",
        "timeout",
        "unreachable",
        False,
    ),
    ((requests.exceptions.InvalidURL,), "has an address that is no address", "address", "unreachable", False),
    (
        (ssl.SSLError, urllib3.exceptions.SSLError),
        "broke the encrypted connection off (TLS)",
        "tls",
        "certificate",
        True,
    ),
    (
        (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError),
        "did not answer in time",
        "timeout",
        "slow",
        True,
    ),
    ((Exception,), "broke the connection off", "broken", "unreachable", True),
)


def _unreachable(error: Exception, method: str, path: str, writes: bool) -> Unreachable:
    causes = tuple(_causes(error))
    _, what, code, remedy, may_have_left = next(
        failure for failure in _FAILURES if any(isinstance(cause, failure[0]) for cause in causes)
    )
    unknown = writes and may_have_left
    return Unreachable(
        f"Genesys Cloud {what}: {method} {path}.",
        outcome_unknown=unknown,
        remedy=REMEDIES["unknown" if unknown else remedy],
        code=code,
        method=method,
        path=path,
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps; requests and urllib3 nest theirs in `args` and `reason`.

    Never `__context__`: it may be an older failure, handled by the caller, that says nothing about this
    request.
    """
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__]
