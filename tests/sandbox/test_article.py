"""The article's routes: there with --article, 404 without; its script's own calls work from start to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller

QUERY = "/api/v2/analytics/conversations/details/query"


@pytest.fixture(scope="module")
def article() -> Iterator[SandboxThread]:
    with SandboxThread(article=True) as running:
        yield running


@pytest.fixture
def old(article: SandboxThread, calling: Callable[[SandboxThread], Caller]) -> Caller:
    article.reset()
    return calling(article)


@pytest.mark.undocumented("a client of the article against the real API")
def test_without_the_article_its_routes_are_404(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    for method, path in [
        ("DELETE", f"/api/v2/queue/users/{person}"),
        ("PATCH", f"/api/v2/identity/users/{person}/roles"),
        ("POST", f"/api/v2/users/{person}/sessions/revoke"),
        ("DELETE", f"/scim/v2/Users/{person}"),
        ("GET", "/scim/v2/Users"),
    ]:
        answer = api(method, path, json={})
        assert (answer.status_code, answer.json()["code"]) == (404, "not.found"), path
    assert "queues" not in api.json(f"/api/v2/users/{person}")


def test_the_articles_script_runs_through(article: SandboxThread, old: Caller) -> None:
    person = article.person("plain agent")["id"]
    bare = f"/scim/v2/Users/{person}"
    assert old("DELETE", bare).status_code == 409
    user = old.json(f"/api/v2/users/{person}")
    assert len(user["queues"]) == 4 and len(user["roles"]) == 3
    assert [old("DELETE", f"/api/v2/queue/users/{person}").status_code for _ in user["queues"]] == [
        204,
        404,
        404,
        404,
    ]
    roles = old("PATCH", f"/api/v2/identity/users/{person}/roles", json={"remove": user["roles"]})
    assert roles.json() == {"id": person, "roles": []}
    revoke = f"/api/v2/users/{person}/sessions/revoke"
    assert [old("POST", revoke).status_code for _ in range(2)] == [200, 404]
    assert [old("DELETE", bare).status_code for _ in range(2)] == [204, 404]
    assert article.state(person)["state"] == "deleted"


def test_the_queue_call_can_take_one_queue_at_a_time(article: SandboxThread, old: Caller) -> None:
    article.options(article_queue_delete="one")
    person = article.person("plain agent")["id"]
    left = []
    for _ in range(4):
        assert old("DELETE", f"/api/v2/queue/users/{person}").status_code == 204
        left.append(len(old.json(f"/api/v2/users/{person}")["queues"]))
    assert left == [3, 2, 1, 0]


def test_the_articles_query_pages_by_sequence(article: SandboxThread, old: Caller) -> None:
    person = article.person("plain agent")
    body = {
        "pageSize": 100,
        "nextPageSequence": None,
        "where": f'userId="{person["id"]}"',
        "interval": "P365D",
        "groupBy": ["conversationId"],
        "metrics": ["conversationDuration", "wrapUpDuration"],
    }
    rows, pages = [], 0
    while True:
        answer = old("POST", QUERY, json=body).json()
        rows += answer["entities"]
        pages += 1
        if not (body := body | {"nextPageSequence": answer.get("nextPageSequence")})["nextPageSequence"]:
            break
    assert pages == 5
    assert len({row["conversationId"] for row in rows}) == person["conversations"] == len(rows)
    assert all(row["conversationDuration"] > 0 and row["wrapUpDuration"] > 0 for row in rows)
    documented = {"interval": "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z", "segmentFilters": []}
    assert old("POST", QUERY, json=documented).status_code == 400  # the documented query, with its own errors
    assert old("POST", QUERY, json=body | {"interval": "P1D"}).status_code == 400


def test_a_wrong_body_for_the_roles_is_refused(article: SandboxThread, old: Caller) -> None:
    path = f"/api/v2/identity/users/{article.person()['id']}/roles"
    assert old("PATCH", path, json={"remove": [{"id": "x"}]}).status_code == 400
    assert old("PATCH", path, json={}).status_code == 400


def test_the_bare_scim_tree_lists_and_knows_its_own_ids(article: SandboxThread, old: Caller) -> None:
    person = article.person("SCIM id differs")
    found = old.json("/scim/v2/Users", params={"filter": f'userName eq "{person["email"]}"'})
    assert [each["id"] for each in found["Resources"]] == [person["scim_id"]]
    assert old("DELETE", f"/scim/v2/Users/{person['id']}").status_code == 404
