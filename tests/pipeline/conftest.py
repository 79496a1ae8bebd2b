"""Whom the runs of this folder are about, and how they are hurried."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from offboarding.pipeline import settle


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
