"""Where a call's token comes from. Tokens and secrets live in memory only, and in no repr, log or error."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

import requests

from offboarding.genesys.errors import (
    REMEDIES,
    GenesysError,
    NotUnderstood,
    RetryLater,
    WrongCredentials,
    error_from,
    safe_code,
)
from offboarding.genesys.exchange import Limits, Response, exchange, make_session
from offboarding.genesys.waiting import DAILY_QUOTA, is_daily_quota, seconds_to_wait

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
EARLY = 5.0
ARTICLE_SCOPES = "user:read user:write queue:read queue:write identity:read identity:write analytics:read scim:write"


class TokenSource(Protocol):
    """Gives the bearer token of a call."""

    def token(self) -> str:
        """A token that is good for at least EARLY more seconds, as far as is known here."""

    def invalidate(self, token: str) -> None:
        """That token was answered 401: do not give it again."""


class FixedToken:
    """A token that somebody else renews (GENESYS_SCIM_TOKEN)."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        return self._token

    def invalidate(self, token: str) -> None:
        """Nothing to do: the second 401 says that it is no good."""


class ClientCredentials:
    """OAuth client credentials: one token for all threads, renewed EARLY seconds before it ends.

    Genesys Cloud API, POST https://login.{region}/oauth/token: Basic header, body grant_type only (scopes do
    not apply to this grant). `style="article"` sends id, secret and scope in the body instead, as the article
    does. Only one thread asks at a time; the others wait for its answer, and share its failure. `on_answer(status)`
    hears of every exchange, with None when there was no answer; it must not raise.
    """

    def __init__(
        self,
        login_url: str,
        client_id: str,
        client_secret: str,
        *,
        style: Literal["platform", "article"] = "platform",
        limits: Limits | None = None,
        session: requests.Session | None = None,
        on_answer: Callable[[int | None], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = login_url.rstrip("/") + TOKEN_PATH
        self._client_id = client_id
        self._secret = client_secret
        self._style = style
        self._limits = limits or Limits(connect=3.05, read=10, total=15, most_bytes=1024 * 1024)
        self._session = session or make_session(pool=1)
        self._on_answer = on_answer or (lambda status: None)
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0
        self._flight: Future[str] | None = None

    def __repr__(self) -> str:
        return f"<ClientCredentials {self._url}>"

    def token(self) -> str:
        """Raises WrongCredentials, RetryLater, Unreachable or NotUnderstood when no token can be had."""
        with self._lock:
            if self._token and self._clock() < self._renew_at:
                return self._token
            flight = self._flight
            mine = flight is None
            if flight is None:
                flight = self._flight = Future()
        if mine:
            self._fly(flight)
        return flight.result()

    def invalidate(self, token: str) -> None:
        """Forgets the token, unless another thread has renewed it meanwhile."""
        with self._lock:
            if self._token == token:
                self._token = ""

    def _fly(self, flight: Future[str]) -> None:
        """Asks for a token and hands it, or the failure, to everybody who waits for this flight."""
        asked_at = self._clock()
        try:
            token, life = self._ask()
        except BaseException as error:
            with self._lock:
                self._flight = None
            flight.set_exception(error)
            return
        with self._lock:
            self._token, self._renew_at = token, asked_at + life - EARLY
            self._flight = None
        flight.set_result(token)

    def _ask(self) -> tuple[str, float]:
        request = requests.Request("POST", self._url, headers={"Accept": "application/json"})
        if self._style == "article":
            request.data = {
                "grant_type": "client_credentials",
                "client_id": self._client_id,
                "client_secret": self._secret,
                "scope": ARTICLE_SCOPES,
            }
        else:
            pair = base64.b64encode(f"{self._client_id}:{self._secret}".encode()).decode()
            request.headers["Authorization"] = f"Basic {pair}"
            request.data = {"grant_type": "client_credentials"}
        answer = self._exchange(request)
        if answer.status >= 400:
            raise self._refusal(answer)
        body = answer.json if isinstance(answer.json, dict) else {}
        token, life = body.get("access_token"), body.get("expires_in")
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise self._nonsense("access_token", answer)
        if not isinstance(life, int | float) or isinstance(life, bool) or not 0 < life <= 10 * 365 * 86_400:
            raise self._nonsense("expires_in", answer)
        return token, float(life)

    def _exchange(self, request: requests.Request) -> Response:
        status: int | None = None
        try:
            answer = exchange(
                self._session, request, path=TOKEN_PATH, limits=self._limits, writes=False, clock=self._clock
            )
            status = answer.status
            return answer
        finally:
            self._on_answer(status)

    def _refusal(self, answer: Response) -> GenesysError:
        facts: dict[str, Any] = {
            "status": answer.status,
            "code": safe_code(answer.json),
            "correlation_id": answer.correlation_id,
            "method": "POST",
            "path": TOKEN_PATH,
        }
        wait = seconds_to_wait(answer)
        if wait is not None:
            quota = is_daily_quota(answer.status, wait)
            return RetryLater(
                f"No token for now: the login host answered {answer.status}.",
                at=datetime.now(UTC) + timedelta(seconds=wait),
                remedy=REMEDIES["quota" if quota else "rate" if answer.status == 429 else "trouble"],
                **facts | ({"code": DAILY_QUOTA} if quota else {}),
            )
        if answer.status in (400, 401, 403):
            code = f" {facts['code']}" if facts["code"] else ""
            return WrongCredentials(
                f"The OAuth client was refused: the login host answered {answer.status}{code}.",
                remedy=REMEDIES["credentials"],
                **facts,
            )
        return error_from(
            answer.status, answer.json, method="POST", path=TOKEN_PATH, correlation_id=answer.correlation_id
        )

    def _nonsense(self, field: str, answer: Response) -> NotUnderstood:
        return NotUnderstood(
            f"The answer to POST {TOKEN_PATH} has no usable {field}.",
            remedy=REMEDIES["language"],
            status=answer.status,
            code="missing.field",
            correlation_id=answer.correlation_id,
            method="POST",
            path=TOKEN_PATH,
        )
