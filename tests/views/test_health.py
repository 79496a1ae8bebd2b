"""Signs of life: public, names only, and 503 when work cannot be done."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from offboarding.actions.heartbeat import beat
from offboarding.views.health import CHECKS


def ready(client) -> tuple[int, dict]:
    response = client.get(reverse("readyz"))
    return response.status_code, json.loads(response.content)


def test_healthz_asks_nobody(client):
    response = client.get(reverse("healthz"))
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_not_being_ready_yet_is_an_answer_and_no_line_in_the_log(client, caplog):
    assert ready(client)[0] == 503
    assert [record for record in caplog.records if record.name == "django.request"] == []


@pytest.mark.django_db
def test_an_error_while_it_is_looked_up_stays_one(client, caplog, monkeypatch):
    monkeypatch.setitem(CHECKS, "worker", lambda: {}["lost"])
    client.raise_request_exception = False
    assert client.get(reverse("readyz")).status_code == 500
    assert {record.levelname for record in caplog.records if record.name == "django.request"} == {"ERROR"}


@pytest.mark.django_db
def test_readyz_wants_a_worker_seen_within_thirty_seconds(client):
    checks = {"database": True, "migrations": True, "worker": False}
    assert ready(client) == (503, {"ready": False, "checks": checks})
    beat(name="w", at=timezone.now() - timedelta(seconds=31))
    assert ready(client)[0] == 503
    beat(name="w", at=timezone.now())
    assert ready(client) == (200, {"ready": True, "checks": checks | {"worker": True}})


@pytest.mark.django_db
def test_readyz_sees_a_migration_that_was_not_applied(client):
    beat(name="w", at=timezone.now())
    with connection.cursor() as cursor:
        newest = "SELECT max(id) FROM django_migrations WHERE app = 'offboarding'"
        cursor.execute(f"DELETE FROM django_migrations WHERE id = ({newest})")  # noqa: S608
    status, told = ready(client)
    assert (status, told["checks"]["migrations"]) == (503, False)


@pytest.mark.django_db
def test_readyz_says_only_names_when_the_database_does_not_answer(client):
    def gone(*statement):
        raise OperationalError("server closed the connection: host db.internal")

    with connection.execute_wrapper(gone):
        status, told = ready(client)
    assert status == 503
    assert told == {"ready": False, "checks": {"database": False, "migrations": False, "worker": False}}
