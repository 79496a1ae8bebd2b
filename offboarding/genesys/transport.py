"""Every call to Genesys Cloud goes through here: token, pace, retries, read-only, errors for statuses.

What an operation means is not known here; that is `api/`.

Retries follow the algorithm of the official Java SDK (ApiClient.mustache in purecloudlabs/platform-client-sdk-common):
429, 502, 503 and 504 and nothing else, after Retry-After or 3 s, five tries in all, and none when more than 180 s are
asked for. On purpose otherwise:

- A POST or PATCH that changes something is not repeated after 5xx, which may have carried it out; Genesys Cloud has no
  idempotency keys. Only 429 surely has not.
- Nobody sits out a wait beyond `wait_in_place`: the call ends with its time, and whoever asked comes back then. The
  SDK's longer waits while trouble lasts (3, 9, then 27 s) therefore lie between the tries of a step, in
  `pipeline/troubles.py`.
- More than 180 s is called a daily quota for 429 only: 5xx may announce a repair as long.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests

from offboarding.genesys.auth import TokenSource
from offboarding.genesys.errors import REMEDIES, GenesysError, ReadOnly, RetryLater, Unreachable, error_from
from offboarding.genesys.exchange import Limits, Response, exchange, make_session
from offboarding.genesys.pacing import LONGEST_PAUSE, Pacing
from offboarding.genesys.server_clock import ServerClock
from offboarding.genesys.waiting import DAILY_QUOTA, DEFAULT_WAIT, is_daily_quota, seconds_to_wait

TRIES = 5
SAFE = frozenset({"GET", "HEAD"})
# RFC 9110 section 9.2.2. A POST or PATCH that changes something is sent once, unless it was surely not
# carried out.
IDEMPOTENT = SAFE | {"PUT", "DELETE"}

OnCall = Callable[[str, str, int | None, float], None]
OnRead = Callable[[str, str, Any, Response], None]
Query = Mapping[str, str | int | bool | Sequence[str] | None]


class Transport:
    """Calls one API host. Threads may share it.

    `wait_in_place`: the seconds that one call may spend waiting in all (pace and Retry-After together); a
    longer wait raises RetryLater with the time. `spare`: the part of the rate limit that these calls leave to
    others, see `hurried`. `credentials` are those of a 401's remedy. `on_call(method, path, status, seconds)` hears of
    every exchange, with status None when there was no answer; it must not raise. `on_read(method, path, body, answer)`,
    when it is set, hears every answer to a call that changes nothing: `path` has the query, `body` what a search sent.
    `clock` and `sleep` are for tests.
    """

    def __init__(
        self,
        base_url: str,
        auth: TokenSource,
        *,
        wait_in_place: float,
        limits: Limits,
        read_only: bool = False,
        credentials: str = "credentials",
        user_agent: str = "genesys-offboarding",
        pacing: Pacing | None = None,
        spare: float = 0.0,
        session_factory: Callable[[], requests.Session] = make_session,
        on_call: OnCall | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.read_only = read_only
        self._credentials = credentials
        self._auth = auth
        self._wait_in_place = wait_in_place
        self._limits = limits
        self._user_agent = user_agent
        self._pacing = pacing or Pacing(clock)
        self._spare = spare
        self._session = session_factory()
        self._on_call = on_call
        self.on_read: OnRead | None = None
        self._clock = clock
        self._sleep = sleep
        self.server_clock = ServerClock()

    def __repr__(self) -> str:
        return f"<Transport {self.base_url}{' read-only' if self.read_only else ''}>"

    def hurried(self) -> Transport:
        """The same transport, whose calls also use what the others leave free."""
        found = copy.copy(self)
        found._spare = 0.0
        return found

    def pause(self, seconds: float) -> None:
        """Between two calls, for a host that asks for it."""
        self._sleep(seconds)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        permission: str = "",
        writes: bool | None = None,
        right_before: Callable[[], None] | None = None,
    ) -> Response:
        """One API call; a 2xx answer, or the error that says what to do.

        `path` has its ids quoted already. In `query`, None is left out and a list is joined by commas, as the
        official SDK does. `permission` is the one the operation is documented to need, for the remedy of a
        403. `writes=False` declares a POST that only searches; without it everything but GET and HEAD is a
        write. `right_before` is called before each sending, also when the call is repeated after a wait; what it
        raises is raised here, and nothing is sent.
        """
        writes = method not in SAFE if writes is None else writes
        if writes and self.read_only:
            raise ReadOnly(
                f"GENESYS_READ_ONLY is set: {method} {path} was not sent.",
                remedy=REMEDIES["read_only"],
                code="read.only",
                method=method,
                path=path,
            )
        request = self._request(method, path, query, json, headers)
        return _Call(self, request, path, permission, writes, right_before).answer()

    def _request(
        self, method: str, path: str, query: Query | None, json: Any, headers: Mapping[str, str] | None
    ) -> requests.Request:
        told = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        url = f"{self.base_url}{path}{'?' if told else ''}{urlencode(told)}"
        every = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": self._user_agent}
        return requests.Request(method, url, headers={**every, **(headers or {})}, json=json)


class _Call:
    """One `Transport.request` under way: its waits and tries, and whether a write may have happened."""

    def __init__(
        self,
        transport: Transport,
        request: requests.Request,
        path: str,
        permission: str,
        writes: bool,
        right_before: Callable[[], None] | None,
    ) -> None:
        self._over = transport
        self._request = request
        self._method = str(request.method)
        self._path = path
        self._call = f"{self._method} {path}"
        self._permission = permission
        self._writes = writes
        self._right_before = right_before
        self._repeatable = not writes or self._method in IDEMPOTENT
        self._waited = 0.0
        self._tries = 0
        self._renewed = False
        self._reconnected = False
        self._perhaps_done = False

    def answer(self) -> Response:
        while True:
            token = self._over._auth.token()
            self._keep_pace()
            self._request.headers["Authorization"] = f"Bearer {token}"
            self._ask_right_before()
            try:
                answer = self._send()
            except Unreachable as error:
                if self._writes or self._reconnected or error.code != "broken":
                    raise
                # A kept connection that the server closed while it was idle; a read may simply be sent again.
                self._reconnected = True
                continue
            if answer.status < 400:
                return answer
            if answer.status == 401 and not self._renewed:
                self._renewed = True
                self._over._auth.invalidate(token)
                continue
            wait = seconds_to_wait(answer)
            if wait is None:
                raise self._error(answer)
            self._wait_or_leave(answer, wait)

    def _send(self) -> Response:
        over, started, status = self._over, self._over._clock(), None
        answer: Response | None = None
        try:
            answer = exchange(
                over._session,
                self._request,
                path=self._path,
                limits=over._limits,
                writes=self._writes,
                clock=over._clock,
            )
            status = answer.status
            over.server_clock.hear(answer.headers)
            if over.on_read and not self._writes:
                path = str(self._request.url).removeprefix(over.base_url)
                over.on_read(self._method, path, self._request.json, answer)
            return answer
        except GenesysError as error:
            status = error.status
            raise
        finally:
            over._pacing.release(self._call, answer.headers if answer else None)
            if over._on_call:
                over._on_call(self._method, self._path, status, over._clock() - started)

    def _ask_right_before(self) -> None:
        """Whoever refuses gives back the place under the rate limit that `_keep_pace` took."""
        if self._right_before is None:
            return
        try:
            self._right_before()
        except BaseException:
            self._over._pacing.release(self._call)
            raise

    def _keep_pace(self) -> None:
        """Returns when the call may be sent; RetryLater when that is further away than this call may wait."""
        while wait := self._over._pacing.reserve(self._call, self._over._spare):
            if self._waited + wait > self._over._wait_in_place:
                raise self._later(
                    "This console has used up its part of the rate limit", wait, "paced", status=None, code="paced"
                )
            self._rest(wait)

    def _wait_or_leave(self, answer: Response, wait: float) -> None:
        """Waits in place when that is short and a repeat is safe, else raises RetryLater."""
        self._tries += 1
        limited = answer.status == 429
        if limited:
            self._over._pacing.pause(wait)
        else:
            self._perhaps_done = self._perhaps_done or self._writes
        may_repeat = self._tries < TRIES and wait <= LONGEST_PAUSE and (limited or self._repeatable)
        if may_repeat and self._waited + wait <= self._over._wait_in_place:
            self._rest(wait)
            return
        error = self._error(answer)
        what, remedy, code = "Genesys Cloud has trouble", "trouble", error.code
        if is_daily_quota(answer.status, wait):
            what, remedy, code = "A daily quota of Genesys Cloud is used up", "quota", DAILY_QUOTA
        elif limited:
            what, remedy = "The rate limit of Genesys Cloud was reached", "rate"
        raise self._later(
            f"{what} (it answered {answer.status})",
            wait if self._tries < TRIES else max(wait, DEFAULT_WAIT),
            remedy,
            status=answer.status,
            code=code,
            correlation_id=error.correlation_id,
        )

    def _rest(self, seconds: float) -> None:
        self._waited += seconds
        self._over._sleep(seconds)

    def _later(self, what: str, wait: float, remedy: str, **facts: Any) -> RetryLater:
        at = datetime.now(UTC) + timedelta(seconds=wait)
        return RetryLater(
            f"{what}: {self._method} {self._path} can be sent again at {at.day} {at:%b %Y, %H:%M:%S} UTC.",
            at=at,
            outcome_unknown=self._perhaps_done,
            remedy=REMEDIES[remedy],
            method=self._method,
            path=self._path,
            **facts,
        )

    def _error(self, answer: Response) -> GenesysError:
        return error_from(
            answer.status,
            answer.json,
            method=self._method,
            path=self._path,
            correlation_id=answer.correlation_id,
            permission=self._permission,
            credentials=self._over._credentials,
        )


def _text(value: str | int | bool | Sequence[str]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ",".join(value)
