"""The house of the seeds, which is the same for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulation.house import House


@pytest.fixture(scope="package")
def house(django_db_blocker: Any) -> Iterator[House]:
    """Its database is a file of its own, so that nothing of the test database is touched."""
    with django_db_blocker.unblock(), House() as house:
        yield house
