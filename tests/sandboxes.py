"""The sandbox over a real socket, one a test session, put back before each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from offboarding.genesys import connect
from offboarding.sandbox.testing import SandboxThread


@pytest.fixture(scope="session")
def sandbox_org() -> Iterator[SandboxThread]:
    with SandboxThread(people=60, conversations=130) as org:
        yield org


@pytest.fixture
def sandbox(sandbox_org: SandboxThread, settings: Any) -> SandboxThread:
    """A fresh org that the settings point at."""
    sandbox_org.reset()
    connect.forget()
    settings.SANDBOX_MODE = True
    settings.GENESYS_DOMAIN = sandbox_org.url
    settings.GENESYS_CLIENT_ID = "sandbox"
    settings.GENESYS_CLIENT_SECRET = "sandbox-secret"
    return sandbox_org
