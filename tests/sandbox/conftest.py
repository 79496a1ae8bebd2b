"""A plain HTTP client for the sandbox: requests alone, none of the project's own client code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from offboarding.sandbox.testing import SandboxThread


class Caller:
    """A caller with a token of the OAuth client."""

    def __init__(self, sandbox: SandboxThread) -> None:
        self.sandbox, self.session = sandbox, requests.Session()
        self.renew()

    def renew(self) -> None:
        self.session.headers["Authorization"] = f"Bearer {token(self.sandbox)}"

    def __call__(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        return self.session.request(method, self.sandbox.url + path, timeout=10, **kwargs)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self("GET", path, **kwargs)

    def json(self, path: str, **kwargs: Any) -> Any:
        answer = self("GET", path, **kwargs)
        assert answer.status_code == 200, answer.text
        return answer.json()


def token(sandbox: SandboxThread) -> str:
    answer = requests.post(
        f"{sandbox.url}/oauth/token",
        auth=("sandbox", "sandbox-secret"),
        data={"grant_type": "client_credentials"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


@pytest.fixture(scope="session")
def shared() -> Iterator[SandboxThread]:
    with SandboxThread() as running:
        yield running


@pytest.fixture
def sandbox(shared: SandboxThread) -> SandboxThread:
    """The sandbox of the session, as at its first start."""
    shared.reset()
    return shared


@pytest.fixture
def api(sandbox: SandboxThread) -> Iterator[Caller]:
    caller = Caller(sandbox)
    yield caller
    caller.session.close()


@pytest.fixture
def calling() -> Iterator[Callable[[SandboxThread], Caller]]:
    """Makes callers for sandboxes of a test's own, and closes their connections."""
    callers: list[Caller] = []

    def make(sandbox: SandboxThread) -> Caller:
        callers.append(Caller(sandbox))
        return callers[-1]

    yield make
    for caller in callers:
        caller.session.close()
