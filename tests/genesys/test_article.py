"""The article's dialect against a sandbox that speaks it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from offboarding.genesys.article import ArticleClient
from offboarding.genesys.auth import ClientCredentials
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import NotThere, NotUnderstood, ReadAgain, StillHeld
from offboarding.sandbox.testing import SandboxThread
from tests.genesys.conftest import API, Clock, credentials_of, transport_to

QUERY = "/api/v2/analytics/conversations/details/query"


@pytest.fixture(scope="module")
def article_org() -> Iterator[SandboxThread]:
    with SandboxThread(people=40, conversations=230, article=True) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(article_org: SandboxThread) -> SandboxThread:
    article_org.reset()
    return article_org


@pytest.fixture
def client(sandbox: SandboxThread) -> ArticleClient:
    auth = ClientCredentials(sandbox.url, sandbox.client_id, sandbox.client_secret, style="article")
    return ArticleClient(transport_to(sandbox.url, auth=auth))


def _calls(sandbox: SandboxThread) -> list[str]:
    return [f"{call['method']} {call['path']}" for call in sandbox.calls(path="^(?!/oauth)")]


def test_queues_and_roles_are_the_arrays_of_the_user(
    client: ArticleClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    queues = client.get_user_queues(leaver["id"], joined=True)
    assert [queue.queue.id for queue in queues] == leaver["queues"]
    assert client.get_user_queues(leaver["id"], joined=False) == ()
    grants = client.get_authorization_subject(leaver["id"])
    assert {grant.role.id for grant in grants} == {grant[0] for grant in leaver["grants"]}
    assert set(_calls(sandbox)) == {f"GET /api/v2/users/{leaver['id']}"}


@pytest.mark.parametrize("one_call_takes", ["all", "one"])
def test_one_url_in_a_loop_is_read_back_until_no_queue_is_left(
    client: ArticleClient, sandbox: SandboxThread, leaver: dict[str, Any], one_call_takes: str
) -> None:
    sandbox.options(article_queue_delete=one_call_takes)
    calls = 0
    for queue in leaver["queues"]:
        try:
            client.delete_routing_queue_member(queue, leaver["id"])
        except NotThere:
            break
        calls += 1
    assert client.get_user_queues(leaver["id"], joined=True) == ()
    assert calls == (1 if one_call_takes == "all" else len(leaver["queues"]))
    assert f"DELETE /api/v2/queue/users/{leaver['id']}" in _calls(sandbox)


def test_roles_are_patched_away(client: ArticleClient, sandbox: SandboxThread, leaver: dict[str, Any]) -> None:
    first, *rest = client.get_authorization_subject(leaver["id"])
    client.delete_authorization_subject_division_role(leaver["id"], first.division.id, first.role.id)
    assert client.get_authorization_subject(leaver["id"]) == tuple(rest)
    client.post_authorization_subject_bulkremove(leaver["id"], [(g.role.id, g.division.id) for g in rest])
    assert client.get_authorization_subject(leaver["id"]) == ()
    assert f"PATCH /api/v2/identity/users/{leaver['id']}/roles" in _calls(sandbox)


def test_sessions_are_revoked_and_none_is_fine(
    client: ArticleClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    sandbox.login(leaver["id"])
    client.delete_token(leaver["id"])
    assert sandbox.state(leaver["id"])["sessions"] == 0
    client.delete_token(leaver["id"])
    assert [call["status"] for call in sandbox.calls(path="sessions/revoke")] == [200, 404]


def test_the_deletion_needs_empty_hands_and_goes_to_the_bare_scim_path(
    client: ArticleClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    with pytest.raises(StillHeld):
        client.delete_scim_v2_user(leaver["scim_id"])
    sandbox.change(leaver["id"], queues=[], grants=[])
    client.delete_scim_v2_user(leaver["scim_id"])
    assert sandbox.state(leaver["id"])["state"] == "deleted"
    assert f"DELETE /scim/v2/Users/{leaver['scim_id']}" in _calls(sandbox)


@responses.activate
def test_the_deletion_carries_the_articles_header() -> None:
    responses.delete(f"{API}/scim/v2/Users/s-1", status=204)
    ArticleClient(transport_to(API)).delete_scim_v2_user("s-1", etag='"5"')
    sent = responses.calls[0].request.headers
    assert (sent["X-Genesys-Soft-Delete"], sent["If-Match"]) == ("true", '"5"')


def _windows() -> list[tuple[datetime, datetime]]:
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    cuts = [end - timedelta(days=days) for days in (366, *range(360, -1, -30))]
    return list(itertools.pairwise(cuts))


def _read(client: GenesysClient, person: str, size: int = 40, **more: Any) -> dict[str, Any]:
    """Every conversation by id, read window by window as the archive does; totals must agree."""
    found: dict[str, Any] = {}
    for start, end in _windows():
        page, seen = 1, 0
        while True:
            answer = client.post_analytics_conversations_details_query(
                person_id=person, start=start, end=end, page=page, page_size=size, **more
            )
            seen += len(answer.conversations)
            found |= {row["conversationId"]: row for row in answer.conversations}
            if seen >= answer.total_hits:
                break
            page += 1
        assert seen == answer.total_hits
    return found


def test_the_history_is_the_same_as_in_the_documented_dialect(
    client: ArticleClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    documented = _read(GenesysClient(transport_to(sandbox.url, auth=credentials_of(sandbox))), leaver["id"])
    sandbox.clear_calls()
    found = _read(client, leaver["id"])
    assert set(found) == set(documented) and len(found) == 230
    assert all("wrapUpDuration" in row for row in found.values())
    walk, again = 3, 3
    assert len(sandbox.calls(path=QUERY)) <= walk + again + len(_windows())


def test_the_share_of_each_medium_agrees_with_the_documented_dialect(
    client: ArticleClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    documented = GenesysClient(transport_to(sandbox.url, auth=credentials_of(sandbox)))
    for start, end in _windows():
        ask = {"person_id": leaver["id"], "start": start, "end": end, "page": 1, "page_size": 1}
        mine = client.post_analytics_conversations_details_query(**ask, by_medium=True)
        theirs = documented.post_analytics_conversations_details_query(**ask, by_medium=True)
        assert (mine.total_hits, mine.by_medium) == (theirs.total_hits, theirs.by_medium)


def test_the_newest_come_first_when_asked(client: ArticleClient, leaver: dict[str, Any]) -> None:
    start, end = _windows()[-1]
    page = client.post_analytics_conversations_details_query(
        person_id=leaver["id"], start=start, end=end, page=1, page_size=5, order="desc"
    )
    moments = [row["conversationStart"] for row in page.conversations]
    assert moments == sorted(moments, reverse=True) and len(moments) == 5


def test_no_history_is_an_empty_page(client: ArticleClient, sandbox: SandboxThread) -> None:
    assert _read(client, sandbox.person("no history")["id"]) == {}


def _page(*ids: str, following: str | None = None) -> dict[str, Any]:
    rows = [{"conversationId": id, "conversationStart": "2026-01-05T10:00:00.000Z"} for id in ids]
    return {"entities": rows, **({"nextPageSequence": following} if following else {})}


def _january(client: ArticleClient, page: int = 1) -> Any:
    return client.post_analytics_conversations_details_query(
        person_id="p-1",
        start=datetime(2026, 1, 1, tzinfo=UTC),
        end=datetime(2026, 2, 1, tzinfo=UTC),
        page=page,
        page_size=1,
    )


@responses.activate
def test_between_two_pages_a_tenth_of_a_second_passes(clock: Clock) -> None:
    for body in (_page("a", following="2"), _page("b", following="3"), _page("c")):
        responses.post(API + QUERY, json=body)
    client = ArticleClient(transport_to(API, clock))
    assert _january(client, page=3).conversations[0]["conversationId"] == "c"
    sent = [json.loads(call.request.body)["nextPageSequence"] for call in responses.calls]
    assert sent == [None, "2", "3", "3"]
    assert clock.naps == [0.1] * 3


@responses.activate
def test_queues_are_left_by_the_articles_call_and_read_from_the_user() -> None:
    responses.delete(f"{API}/api/v2/queue/users/p-1", status=204)
    responses.delete(f"{API}/api/v2/queue/users/p-1", status=404, json={"status": 404, "message": "none"})
    responses.get(f"{API}/api/v2/users/p-1", json={"id": "p-1", "queues": ["q-1", "q-2"]})
    client = ArticleClient(transport_to(API))
    assert [each.queue.id for each in client.get_user_queues("p-1", joined=True)] == ["q-1", "q-2"]
    client.delete_routing_queue_member("q-1", "p-1")
    with pytest.raises(NotThere):
        client.delete_routing_queue_member("q-2", "p-1")
    assert [call.request.body for call in responses.calls] == [None] * 3


@responses.activate
def test_roles_are_named_once_in_the_articles_call_whatever_their_division() -> None:
    responses.patch(f"{API}/api/v2/identity/users/p-1/roles", json={})
    client = ArticleClient(transport_to(API))
    client.post_authorization_subject_bulkremove("p-1", [("r-1", "d-1"), ("r-1", "d-2"), ("r-2", "*")])
    client.delete_authorization_subject_division_role("p-1", "d-1", "r-3")
    assert [json.loads(call.request.body) for call in responses.calls] == [
        {"remove": ["r-1", "r-2"]},
        {"remove": ["r-3"]},
    ]


@responses.activate
@pytest.mark.parametrize("status", [200, 204, 404])
def test_sessions_are_revoked_by_the_articles_call_and_none_left_is_fine(status: int) -> None:
    responses.post(f"{API}/api/v2/users/p-1/sessions/revoke", status=status)
    ArticleClient(transport_to(API)).delete_token("p-1")
    (call,) = responses.calls
    assert call.request.headers["Authorization"] == "Bearer the-token"
    assert not call.request.body


@responses.activate
def test_a_page_without_entities_is_not_an_empty_history() -> None:
    responses.post(API + QUERY, json={"conversations": [], "totalHits": 0})
    with pytest.raises(NotUnderstood, match="entities"):
        _january(ArticleClient(transport_to(API)))


@responses.activate
def test_pages_that_go_round_in_a_circle_are_stopped() -> None:
    responses.post(API + QUERY, json=_page("a", following="same"))
    with pytest.raises(NotUnderstood, match="circle"):
        _january(ArticleClient(transport_to(API)))
    assert len(responses.calls) == 2


@responses.activate
def test_a_history_that_moves_meanwhile_is_read_again() -> None:
    client = ArticleClient(transport_to(API))
    for body in (_page("a", "b"), _page("new", "a"), _page("new", "a"), _page("new", "a")):
        responses.post(API + QUERY, json=body)
    with pytest.raises(ReadAgain):
        _january(client)
    assert _january(client).conversations[0]["conversationId"] == "new"


@responses.activate
def test_a_user_without_the_articles_arrays_does_not_look_empty() -> None:
    responses.get(f"{API}/api/v2/users/p-1", json={"id": "p-1", "name": "x", "state": "active"})
    client = ArticleClient(transport_to(API))
    with pytest.raises(NotUnderstood, match="queues"):
        client.get_user_queues("p-1", joined=True)
    with pytest.raises(NotUnderstood, match="roles"):
        client.get_authorization_subject("p-1")
