"""What the client's tests share: a clock that only moves when told, transports, and the sandbox on a socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from offboarding.genesys.auth import ClientCredentials, FixedToken
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.exchange import Limits
from offboarding.genesys.transport import Transport
from offboarding.sandbox.testing import SandboxThread

API = "https://api.mypurecloud.com"
LOGIN = "https://login.mypurecloud.com"
QUICK = Limits(connect=2, read=2, total=5)


@dataclass
class Clock:
    """Seconds that pass only in `sleep`; the naps are kept."""

    now: float = 1000.0
    naps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def transport_to(url: str, clock: Clock | None = None, **means: Any) -> Transport:
    """A transport of the worker's patience; with a clock nothing really sleeps."""
    if clock is not None:
        means = {"clock": clock, "sleep": clock.sleep, **means}
    auth = means.pop("auth", None) or FixedToken("the-token")
    return Transport(url, auth, **{"wait_in_place": 5.0, "limits": QUICK, **means})


@pytest.fixture(scope="module")
def org() -> Iterator[SandboxThread]:
    with SandboxThread(people=60, conversations=130) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(org: SandboxThread) -> SandboxThread:
    """The sandbox as at its start."""
    org.reset()
    return org


@pytest.fixture
def client(sandbox: SandboxThread) -> GenesysClient:
    """A client of the sandbox, with real patience and real tokens."""
    return GenesysClient(transport_to(sandbox.url, auth=credentials_of(sandbox)))


def credentials_of(sandbox: SandboxThread) -> ClientCredentials:
    return ClientCredentials(sandbox.url, sandbox.client_id, sandbox.client_secret)


@pytest.fixture
def leaver(sandbox: SandboxThread) -> dict[str, Any]:
    return sandbox.state(sandbox.person("plain agent")["id"])
