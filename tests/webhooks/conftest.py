"""Rows of the outbox, and a database that several threads and processes may write at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection, connections

from offboarding.models import AuditHead, Delivery, DeprovisionRequest
from tests.sink import Sink

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MakeDelivery = Callable[..., Delivery]


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def to_sink(sink: Sink, settings: Any) -> Sink:
    """The receiver, configured as DEPROVISION_WEBHOOK_URL and therefore trusted."""
    settings.DEPROVISION_WEBHOOK_URL = sink.url
    return sink


@pytest.fixture
def make_delivery(staff: Any, settings: Any) -> MakeDelivery:
    """make_delivery(body="{}") -> a message that is due since NOW, to the configured address."""

    def make(**facts: Any) -> Delivery:
        request = DeprovisionRequest.objects.create(
            org_id="org-1",
            person_id="person-1",
            person_name="Zoë Ångström",
            reason="Voluntary",
            state="completed",
            ended_at=NOW,
            requested_by=staff,
            requested_by_name="Sam",
            requested_at=NOW,
        )
        row: dict[str, Any] = {
            "request": request,
            "endpoint": settings.DEPROVISION_WEBHOOK_URL,
            "event": "USER_DEPROVISIONING_SCIM",
            "body": '{"event": "USER_DEPROVISIONING_SCIM", "name": "Zoë"}',
            "next_try_at": NOW,
            "created_at": NOW,
        }
        return Delivery.objects.create(**(row | facts))

    return make


def lose_the_head() -> None:
    """For a receiver, before it answers: no audit record can be written any more."""
    AuditHead.objects.all().delete()
    connections.close_all()


@pytest.fixture
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """Its address for DATABASE_URL. PostgreSQL stays as it is; SQLite moves from memory to a file, as in real life."""
    told = connection.settings_dict
    if connection.vendor != "sqlite":
        account = f"{quote(told['USER'])}:{quote(told['PASSWORD'])}"
        yield f"postgres://{account}@{quote(told['HOST'], safe='')}:{told['PORT']}/{told['NAME']}"
        return
    connection.ensure_connection()
    memory, name, file = connection.connection, told["NAME"], tmp_path / "shared.sqlite3"
    copy = sqlite3.connect(file)
    memory.backup(copy)
    copy.close()
    connection.connection, told["NAME"] = None, str(file)
    yield f"sqlite:///{file}"
    connection.close()
    connection.connection, told["NAME"] = memory, name
