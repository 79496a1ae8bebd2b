"""A database that several threads may write at once, as in real life, and a receiver of messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sink import Sink
from tests.webhooks.conftest import shared_database  # noqa: F401


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """A receiver at the environment's own address."""
    with Sink() as sink:
        settings.DEPROVISION_WEBHOOK_URL = sink.url
        yield sink
