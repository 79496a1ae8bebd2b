"""Every call that reaches a sandbox in this process is a documented operation, with known query parameters and fields.

The fixtures here watch all sandboxes, also those of a test's own, and fail the test (or the run, for a call made
after the last test) with the list of what is not in `genesys/operations.tsv` and `genesys/models.tsv`. Let through are
the article's routes where they are served, the control plane, which is never recorded, and the calls of a test that
says so:

    @pytest.mark.undocumented("why a wrong call is the point here")

Such a test has to make one; a mark that nothing needs is a failure too. Sandboxes in processes of their own are
not seen: what calls them there is the product, whose calls are seen here as well.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from offboarding.sandbox.calls import Calls, body_of
from offboarding.sandbox.routes import ARTICLE
from tests.documented_bodies import wrong_body

DATA = Path(__file__).parent / "genesys" / "operations.tsv"
# The grant is described beside the operations, not among them: a form, without its secret here, and no query.
TOKEN = ("POST", "/oauth/token")
TOKEN_FORM = frozenset({"grant_type", "client_id"})


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    name: str
    query: frozenset[str]
    body: str = ""  # its model, "" for no body

    def fits(self, method: str, path: str) -> bool:
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(self.path))
        return method == self.method and re.fullmatch(pattern, path) is not None


OPERATIONS = [
    Operation(row["method"], row["path"], row["operation"], frozenset(row["query"].split()), row["body"])
    for row in csv.DictReader(DATA.read_text(encoding="utf-8").splitlines(), delimiter="\t")
]


@dataclass(frozen=True)
class Made:
    """One call as the sandbox saw it."""

    method: str
    path: str
    query: frozenset[str] = frozenset()
    article: bool = False  # whether the article's routes were served
    body: Any = None


def operation_of(method: str, path: str) -> Operation | None:
    """The documented operation; of two that fit, the one with fewer `{ids}` in its path."""
    fitting = [each for each in OPERATIONS if each.fits(method, path)]
    return min(fitting, key=lambda each: each.path.count("{"), default=None)


def wrong(calls: Iterable[Made]) -> list[str]:
    """What is not documented about these calls, a line each, the same line once."""
    return list(dict.fromkeys(line for call in calls if (line := _wrong(call))))


def _wrong(call: Made) -> str:
    if call.article and (ARTICLE.find(call.method, call.path) or (call.method, call.path) == TOKEN):
        return ""
    line = f"{call.method} {call.path}"
    if (call.method, call.path) == TOKEN:
        return _told(line, call.query, [f"no such field: {each}" for each in call.body or () if each not in TOKEN_FORM])
    found = operation_of(call.method, call.path)
    if found is None:
        return f"{line}: no such operation"
    return _told(f"{line} ({found.name})", call.query - found.query, _wrong_body(call.body, found.body))


def _wrong_body(body: Any, model: str) -> list[str]:
    if not model:
        return [] if body is None else ["takes no body"]
    return ["needs a body"] if body is None else list(dict.fromkeys(wrong_body(body, model)))


def _told(line: str, unknown: frozenset[str], body: list[str]) -> str:
    query = [f"no such query parameter: {', '.join(sorted(unknown))}"] if unknown else []
    return f"{line}: {'; '.join(query + body)}" if query + body else ""


_seen: list[Made] = []


def taken() -> list[Made]:
    """The calls since this was last asked."""
    calls = list(_seen)
    del _seen[: len(calls)]
    return calls


@pytest.fixture(autouse=True, scope="session")
def _every_call_is_seen() -> Iterator[None]:
    plain = Calls.record

    def record(self: Calls, call: Any, *rest: Any, **named: Any) -> None:
        _seen.append(Made(call.method, call.path, frozenset(call.query), call.org.article, body_of(call)))
        plain(self, call, *rest, **named)

    Calls.record = record  # type: ignore[method-assign]
    yield
    Calls.record = plain  # type: ignore[method-assign]
    assert not (lines := wrong(taken())), as_text(lines)


@pytest.fixture(autouse=True)
def _every_call_is_documented(request: pytest.FixtureRequest) -> Iterator[None]:
    """Asked after the test and its own fixtures; a call that a shared fixture made before counts to it as well."""
    yield
    lines, mark = wrong(taken()), request.node.get_closest_marker("undocumented")
    if mark is None:
        assert not lines, as_text(lines)
    else:
        assert lines, "marked as making an undocumented call, and made none"


def as_text(lines: list[str]) -> str:
    return "\n  ".join(["calls to the sandbox that are not in tests/genesys/operations.tsv and models.tsv:", *lines])
