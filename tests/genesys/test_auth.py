"""The token: cached, renewed early, asked for once, and never shown."""

from __future__ import annotations

import base64
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
import responses

from offboarding.genesys.auth import ARTICLE_SCOPES, ClientCredentials
from offboarding.genesys.errors import (
    REMEDIES,
    GenesysError,
    NotThere,
    NotUnderstood,
    RetryLater,
    Unreachable,
    WrongCredentials,
)
from offboarding.sandbox.testing import SandboxThread
from tests.genesys.conftest import LOGIN, Clock
from tests.genesys.wire import say, wire

TOKEN_URL = f"{LOGIN}/oauth/token"
SECRET = "very-secret-indeed"


def _credentials(clock: Clock | None = None) -> ClientCredentials:
    return ClientCredentials(LOGIN, "my-client", SECRET, clock=clock or time.monotonic)


def _gives(*tokens: str, life: int = 86_400) -> None:
    for token in tokens:
        responses.post(TOKEN_URL, json={"access_token": token, "token_type": "bearer", "expires_in": life})


@responses.activate
def test_it_asks_the_login_host_with_a_basic_header_and_the_grant_alone() -> None:
    _gives("one")
    assert _credentials().token() == "one"
    sent = responses.calls[0].request
    expected = base64.b64encode(f"my-client:{SECRET}".encode()).decode()
    assert sent.headers["Authorization"] == f"Basic {expected}"
    assert parse_qs(str(sent.body)) == {"grant_type": ["client_credentials"]}


@responses.activate
def test_the_articles_style_sends_id_secret_and_scopes_in_the_body() -> None:
    _gives("one")
    ClientCredentials(LOGIN, "my-client", SECRET, style="article").token()
    sent = responses.calls[0].request
    assert "Authorization" not in sent.headers
    assert parse_qs(str(sent.body)) == {
        "grant_type": ["client_credentials"],
        "client_id": ["my-client"],
        "client_secret": [SECRET],
        "scope": [ARTICLE_SCOPES],
    }


@responses.activate
def test_a_token_is_kept_until_five_seconds_before_its_end(clock: Clock) -> None:
    _gives("one", "two", life=600)
    source = _credentials(clock)
    assert source.token() == "one"
    clock.now += 594.9
    assert source.token() == "one"
    clock.now += 0.1
    assert source.token() == "two"
    assert len(responses.calls) == 2


@responses.activate
def test_an_invalidated_token_is_not_given_again() -> None:
    _gives("one", "two")
    source = _credentials()
    source.invalidate(source.token())
    assert source.token() == "two"


@responses.activate
def test_a_late_invalidation_does_not_throw_the_new_token_away() -> None:
    _gives("one", "two")
    source = _credentials()
    source.invalidate(source.token())
    assert source.token() == "two"
    source.invalidate("one")
    assert source.token() == "two"
    assert len(responses.calls) == 2


def test_twenty_threads_ask_for_one_token(org: SandboxThread) -> None:
    org.reset()
    org.faults({"path": "/oauth/token", "delay": 0.15})
    source = ClientCredentials(org.url, org.client_id, org.client_secret)
    together = threading.Barrier(20)

    def ask() -> str:
        together.wait()
        return source.token()

    with ThreadPoolExecutor(20) as pool:
        tokens = {read.result() for read in [pool.submit(ask) for _ in range(20)]}
    assert len(tokens) == 1
    assert len(org.calls(path="^/oauth/token$")) == 1


def test_threads_that_wait_share_the_failure_and_the_next_one_asks_again() -> None:
    def slowly(handler: object) -> None:
        time.sleep(0.1)
        say(400, b'{"error": "invalid_client"}')(handler)  # type: ignore[arg-type]

    with wire(slowly) as server:
        source = ClientCredentials(server.url, "a", "b")
        together = threading.Barrier(8)

        def ask() -> None:
            together.wait()
            source.token()

        with ThreadPoolExecutor(8) as pool:
            reads = [pool.submit(ask) for _ in range(8)]
            assert all(isinstance(read.exception(), WrongCredentials) for read in reads)
        assert len(server.calls) == 1
        with pytest.raises(WrongCredentials):
            source.token()
        assert len(server.calls) == 2


@responses.activate
@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_client_is_wrong_credentials(status: int) -> None:
    body = {"error": "invalid_client", "description": "authentication failed"}
    responses.post(TOKEN_URL, json=body, status=status)
    with pytest.raises(WrongCredentials) as caught:
        _credentials().token()
    assert caught.value.code == "invalid_client"
    assert str(caught.value) == f"The OAuth client was refused: the login host answered {status} invalid_client."
    assert "GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET" in caught.value.remedy


def test_a_wrong_secret_is_told_by_the_sandbox(sandbox: SandboxThread) -> None:
    with pytest.raises(WrongCredentials) as caught:
        ClientCredentials(sandbox.url, sandbox.client_id, "wrong").token()
    assert caught.value.code == "invalid_client"


@responses.activate
def test_a_busy_login_host_says_when() -> None:
    responses.post(TOKEN_URL, status=429, headers={"Retry-After": "40"})
    with pytest.raises(RetryLater) as caught:
        _credentials().token()
    wait = caught.value.at - datetime.now(UTC)
    assert timedelta(seconds=38) < wait <= timedelta(seconds=40)
    assert (caught.value.code, caught.value.remedy) == ("", REMEDIES["rate"])


@responses.activate
def test_a_login_host_with_a_daily_quota_says_so() -> None:
    responses.post(TOKEN_URL, status=429, headers={"Retry-After": "181"})
    with pytest.raises(RetryLater) as caught:
        _credentials().token()
    assert (caught.value.code, caught.value.remedy) == ("daily_quota", REMEDIES["quota"])


@responses.activate
def test_a_host_without_a_token_endpoint_is_said_to_be_one() -> None:
    responses.post(TOKEN_URL, status=404, body="<html>nothing here</html>")
    with pytest.raises(NotThere):
        _credentials().token()


@responses.activate
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expires_in": 10}, "access_token"),
        ({"access_token": "", "expires_in": 10}, "access_token"),
        ({"access_token": "a\r\nX: y", "expires_in": 10}, "access_token"),
        ({"access_token": "a"}, "expires_in"),
        ({"access_token": "a", "expires_in": "soon"}, "expires_in"),
        ({"access_token": "a", "expires_in": -1}, "expires_in"),
        ({"access_token": "a", "expires_in": True}, "expires_in"),
        (["a"], "access_token"),
    ],
)
def test_an_answer_without_a_token_is_not_understood(body: object, field: str) -> None:
    responses.post(TOKEN_URL, json=body)
    with pytest.raises(NotUnderstood, match=field):
        _credentials().token()


@responses.activate
def test_a_login_page_instead_of_a_token_is_not_understood() -> None:
    responses.post(TOKEN_URL, body="<html>Welcome</html>")
    with pytest.raises(NotUnderstood, match="not JSON"):
        _credentials().token()


@responses.activate
@pytest.mark.parametrize(
    "fails",
    [
        lambda: responses.post(TOKEN_URL, json={"error": SECRET}, status=400),
        lambda: responses.post(TOKEN_URL, status=302, headers={"Location": f"https://x/{SECRET}"}),
        lambda: responses.post(TOKEN_URL, body=ConnectionError(f"no way, {SECRET}")),
        lambda: responses.post(TOKEN_URL, status=503),
    ],
)
def test_no_failure_shows_the_secret(fails: Callable[[], None], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    fails()
    source = _credentials()
    with pytest.raises(GenesysError) as caught:
        source.token()
    basic = base64.b64encode(f"my-client:{SECRET}".encode()).decode()
    shown = "".join(traceback.format_exception(caught.value))
    shown += f"{caught.value!r}{caught.value.remedy}{caught.value.code}{source!r}{caplog.text}"
    assert SECRET not in shown and basic not in shown


def test_an_unreachable_login_host_says_so() -> None:
    with wire(say(200)) as server:
        url = server.url
    with pytest.raises(Unreachable) as caught:
        ClientCredentials(url, "a", "b").token()
    assert caught.value.code == "connection"
    assert "GENESYS_LOGIN_URL" in caught.value.remedy
