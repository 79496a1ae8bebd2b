"""A database that several threads may write at once, as in real life."""

from __future__ import annotations

from tests.webhooks.conftest import shared_database  # noqa: F401
