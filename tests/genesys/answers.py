"""What the tests of documented answers share: a client that speaks to `responses`, and bodies with one flaw."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import responses

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import NotUnderstood
from tests.genesys.conftest import API, transport_to

client = GenesysClient(transport_to(API))

# The path of a GET, how it is asked, a documented body, what is read from it, and fields that must not be missing.
Read = tuple[str, Callable[[], Any], Any, Any, tuple[str, ...]]


def answers(method: str, path: str, *bodies: Any, status: int = 200) -> None:
    """The answers to this call in their order; the last one stays."""
    for body in bodies:
        responses.add(method, API + path, json=body, status=status)


def sent(number: int = 0) -> Any:
    """The JSON body of the call with this number."""
    return json.loads(responses.calls[number].request.body or "null")


def asked(number: int = 0) -> dict[str, str]:
    """The query of the call with this number."""
    return dict(responses.calls[number].request.params)  # type: ignore[attr-defined]


def refuses_without(ask: Callable[[], object], method: str, path: str, body: Any, field: str) -> None:
    """The same body without `field` ("a.0.b" leads inside) is NotUnderstood, and the field is named."""
    flawed = copy.deepcopy(body)
    *way, last = field.split(".")
    inside = flawed
    for part in way:
        inside = inside[int(part)] if part.isdigit() else inside[part]
    del inside[last]
    responses.reset()
    answers(method, path, flawed)
    with pytest.raises(NotUnderstood, match=rf"lacks the field .*{last} \("):
        ask()


def reads(read: Read) -> None:
    """The documented body becomes the record; without a required field it is NotUnderstood."""
    path, ask, body, record, required = read
    answers("GET", path, body)
    assert ask() == record
    for field in required:
        refuses_without(ask, "GET", path, body, field)


def page(*rows: dict[str, Any], number: int = 1, count: int = 1) -> dict[str, Any]:
    """A page of a page-number listing."""
    return {"entities": list(rows), "pageNumber": number, "pageSize": 100, "pageCount": count, "total": len(rows)}
