"""Whom the runs of this folder are about."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def agent(sandbox: Any) -> str:
    return sandbox.person("holds everything")["id"]
