"""The sandbox, a client of ours, and the same client on top of the vendor's SDK."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from offboarding.genesys.auth import ClientCredentials
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.exchange import Limits
from offboarding.genesys.transport import Transport
from offboarding.sandbox.testing import SandboxThread
from tests.peer.sdk import Sdk, SdkTransport

# `./dev test --peer` installs the SDK and says where; without it there is nothing to compare with.
PYTHON = os.environ.get("PEER_PYTHON", "")
if not PYTHON:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def org() -> Iterator[SandboxThread]:
    delays = {"group_delay": 0.0, "station_delay": 0.0, "workforce_delay": 0.0, "job_delay": 0.0}
    with SandboxThread(people=60, conversations=130, jobs_lag_hours=0.0, **delays) as running:
        yield running


@pytest.fixture(scope="session")
def sdk(org: SandboxThread) -> Iterator[Sdk]:
    with Sdk(PYTHON, org) as running:
        yield running


@pytest.fixture
def ours(org: SandboxThread) -> GenesysClient:
    auth = ClientCredentials(org.url, org.client_id, org.client_secret)
    return GenesysClient(Transport(org.url, auth, wait_in_place=5, limits=Limits(connect=2, read=5, total=10)))


@pytest.fixture
def theirs(org: SandboxThread, sdk: Sdk) -> GenesysClient:
    return GenesysClient(SdkTransport(sdk, org.url))
