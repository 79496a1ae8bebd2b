"""One POST of one message, and what came of it in words. No rows, no schedule."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import requests
from requests_hardened.ip_filter import InvalidIPAddress
from urllib3.exceptions import HTTPError, NameResolutionError

from offboarding.webhooks.addresses import EndpointRefused, is_trusted, origin_of
from offboarding.webhooks.deadline import Deadline
from offboarding.webhooks.guard import not_public, session_for

READ_AT_MOST = 64 * 1024
SAID_AT_MOST = 200


@dataclass(frozen=True)
class Limits:
    """Seconds: until a connection stands, between two bytes, and for the whole exchange."""

    connect: float = 5
    read: float = 15
    total: float = 20


LIMITS = Limits()


@dataclass(frozen=True)
class Answer:
    """What came of one attempt. `problem` is empty exactly when the receiver took the message: a 2xx status.

    `status` is None when there was no answer. `said` is the start of a refusing answer, for people. `retry_after`
    is that header of a 429 or 503, the statuses it is meant for here. `ends` forbids further attempts (410).
    """

    status: int | None
    problem: str = ""
    remedy: str = ""
    said: str = ""
    retry_after: str = ""
    ends: bool = False


def send(endpoint: str, body: bytes, headers: Mapping[str, str], limits: Limits = LIMITS) -> Answer:
    """POST `body` once as JSON. Whatever address, network and receiver do ends as an Answer, within `limits`.

    Redirects are not followed (Standard Webhooks, "Redirects": a 3xx is a failure). The status alone decides:
    of the body at most 64 kB are read, undecoded, and a body that is slow or broken does not take a 2xx back.
    """
    deadline = Deadline(limits.total)
    try:
        with session_for(endpoint) as session, deadline:
            with session.post(
                endpoint,
                data=body,
                headers={
                    "Content-Type": "application/json",
                    "User-Agent": "genesys-offboarding",
                    "Accept-Encoding": "identity",
                    **headers,
                },
                timeout=(limits.connect, limits.read),
                allow_redirects=False,
                stream=True,
            ) as response:
                # http.client takes a head that was cut off for a whole one, and its 200 for an answer.
                if deadline.passed:
                    raise requests.exceptions.Timeout
                return _answer(endpoint, response)
    except EndpointRefused as refused:
        return Answer(None, refused.problem, refused.remedy)
    except InvalidIPAddress:
        return Answer(None, not_public().problem, not_public().remedy)
    except (requests.RequestException, HTTPError) as error:
        problem, remedy = _no_answer(endpoint, error, deadline.passed, limits)
        return Answer(None, problem, remedy)


def _answer(endpoint: str, response: requests.Response) -> Answer:
    status, where = response.status_code, origin_of(endpoint)
    body = _read(response)
    if 200 <= status < 300:
        return Answer(status)
    problem = f"{where} answered {_named(status)}."
    if 300 <= status < 400:
        problem = f"{where} answered with a redirect ({status}), and redirects are not followed."
    return Answer(
        status,
        problem,
        _remedy(status, is_trusted(endpoint)),
        said=_said(body),
        retry_after=response.headers.get("Retry-After", "") if status in {429, 503} else "",
        ends=status == 410,
    )


def _read(response: requests.Response) -> bytes:
    """Up to 64 kB of the body, so that a polite receiver can finish its answer; less when it breaks or is too slow."""
    body = bytearray()
    try:
        while piece := response.raw.read1(READ_AT_MOST - len(body), decode_content=False):
            body += piece
    except HTTPError:
        pass  # the status has decided already; the body is only quoted to people
    return bytes(body)


def _said(body: bytes) -> str:
    """The start of a body on one line, without anything unprintable: databases, terminals and pages take it."""
    text = body[: SAID_AT_MOST * 4].decode(errors="replace")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= SAID_AT_MOST else f"{line[:SAID_AT_MOST]}…"


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _remedy(status: int, trusted: bool) -> str:
    address, secret = _places(trusted)
    change = "set DEPROVISION_WEBHOOK_URL to" if trusted else "in the settings, remove this endpoint and add"
    if 300 <= status < 400:
        return f"{change[0].upper()}{change[1:]} the address it redirects to."
    if status in {401, 403}:
        return f"Check that {secret} is the secret the receiver checks signatures with."
    if status in {404, 405}:
        return f"Check the path in {address}; the receiver must take POST there."
    if status == 410:
        return f"The receiver wants no more messages there: {change} its new address."
    if status in {408, 425, 429} or status >= 500:
        return "It is sent again by itself; if this lasts, tell whoever runs the receiver."
    return "Look in the receiver's log for what it did not accept."


def _places(trusted: bool) -> tuple[str, str]:
    """Where address and secret of an endpoint are set, for sentences."""
    if trusted:
        return "DEPROVISION_WEBHOOK_URL", "DEPROVISION_WEBHOOK_SECRET"
    return "the endpoint's address", "the endpoint's secret"


def _no_answer(endpoint: str, error: Exception, late: bool, limits: Limits) -> tuple[str, str]:
    """Problem and remedy in our own words: the libraries' texts hold the whole address with its path and query."""
    kinds, where = tuple(_kinds(error)), origin_of(endpoint)
    address, _ = _places(is_trusted(endpoint))

    def caused_by(*wanted: type[BaseException]) -> bool:
        return any(isinstance(cause, wanted) for cause in kinds)

    quick = "The receiver should answer as soon as it has the message, and do its work afterwards."
    if late:
        return f"{where} did not finish its answer within {limits.total:g} seconds.", quick
    if caused_by(NameResolutionError, socket.gaierror):
        return (
            f"The host of {where} cannot be found.",
            f"Check the name in {address}, and that this machine can look up names.",
        )
    if caused_by(requests.exceptions.SSLError):
        return (
            f"The connection to {where} is not secure: its certificate or TLS version is not accepted.",
            "The certificate must be current, made for this name, and signed by a public authority or by one in "
            "WEBHOOK_CA_BUNDLE when that is set.",
        )
    if caused_by(ConnectionRefusedError):
        return (
            f"Nothing takes connections at {where}.",
            f"Start the receiver, or correct {address}. The message waits and is sent again.",
        )
    if caused_by(requests.exceptions.ConnectTimeout):
        return (
            f"{where} took no connection within {limits.connect:g} seconds.",
            "Check that the receiver is up and that no firewall stands between it and this machine.",
        )
    if caused_by(requests.exceptions.ReadTimeout):
        return f"{where} sent nothing for {limits.read:g} seconds.", quick
    return (
        f"The connection to {where} broke ({type(error).__name__}).",
        "The message is sent again by itself; if this lasts, tell whoever runs the receiver.",
    )


def _kinds(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, however the libraries wrapped it: chained, as argument, or as `reason`."""
    waiting, seen = [error], set()
    while waiting:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inside = (cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args)
        waiting += [one for one in inside if isinstance(one, BaseException)]
