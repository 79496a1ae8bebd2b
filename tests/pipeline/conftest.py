"""Whom the runs of this folder are about, and how they are hurried."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from offboarding.pipeline import settle
from offboarding.sandbox.testing import SandboxThread


@pytest.fixture
def sandbox(sandbox: SandboxThread) -> SandboxThread:
    """What is answered 202 takes effect at once: waiting for it is tested with the switches and in whole runs."""
    sandbox.options(group_delay=0.0, station_delay=0.0, workforce_delay=0.0)
    return sandbox


@pytest.fixture
def lagging(sandbox: SandboxThread) -> None:
    """As the sandbox is by itself: what is answered 202 shows a moment later."""
    sandbox.options(group_delay=0.2, station_delay=0.2, workforce_delay=0.2)


@pytest.fixture
def agent(sandbox: Any) -> str:
    """Somebody like most: four queues, and a run through every step in a third of the calls."""
    return sandbox.person("plain agent")["id"]


@pytest.fixture
def holder(sandbox: Any) -> str:
    return sandbox.person("holds everything")["id"]


@pytest.fixture
def no_waiting(monkeypatch: Any) -> None:
    """The short waits of a read-back pass at once."""
    monkeypatch.setattr(settle, "time", SimpleNamespace(sleep=lambda seconds: None))
