"""Answers of one operation, for the tests of what happens around a call."""

from __future__ import annotations

from datetime import UTC, datetime

import responses

from tests.genesys.conftest import API

PATH = "/api/v2/users/p-1"
URL = API + PATH
LIMIT = {"code": "too.many.requests.retry.after", "message": "Retry the request in [2] seconds", "status": 429}


def busy(method: str, *statuses: int, **headers: str) -> None:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    for status in statuses:
        responses.add(method, URL, json=LIMIT if status == 429 else None, status=status, headers=told)


def ready(method: str = "GET") -> None:
    responses.add(method, URL, json={"id": "p-1"}, status=200)


def seconds_until(moment: datetime) -> float:
    return (moment - datetime.now(UTC)).total_seconds()
