"""Reading answers: a missing field is named, and missing is never taken for empty."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import responses

from offboarding.genesys.api.area import MOST_PAGES
from offboarding.genesys.api.scim import scim_filter
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import NotUnderstood
from tests.genesys.conftest import API, transport_to

USER = {"id": "p-1", "name": "Jane", "email": "jane@example.com", "state": "active", "version": 3}
QUEUE = {"id": "q-1", "name": "VIP", "joined": True}


def _client() -> GenesysClient:
    return GenesysClient(transport_to(API))


def _answers(path: str, *bodies: Any) -> None:
    for body in bodies:
        responses.get(API + path, json=body, headers={"ININ-Correlation-Id": "c-9"})


@responses.activate
@pytest.mark.parametrize("field", ["id", "name", "state"])
@pytest.mark.parametrize("spoil", [lambda user, name: user.pop(name), lambda user, name: user.update({name: 7})])
def test_a_user_without_its_id_name_or_state_is_not_understood(
    field: str, spoil: Callable[[dict[str, Any], str], object]
) -> None:
    user = dict(USER)
    spoil(user, field)
    _answers("/api/v2/users/p-1", user)
    with pytest.raises(NotUnderstood) as caught:
        _client().get_user("p-1")
    assert str(caught.value) == f"The answer to GET /api/v2/users/p-1 lacks the field {field} (text)."
    assert (caught.value.code, caught.value.correlation_id) == ("missing.field", "c-9")


@responses.activate
def test_a_field_deep_inside_is_named_with_its_place() -> None:
    _answers("/api/v2/authorization/subjects/p-1", {"grants": [{"role": {"id": "r"}, "division": {}}]})
    with pytest.raises(NotUnderstood, match=r"field grants\[0\].division.id "):
        _client().get_authorization_subject("p-1")


@responses.activate
def test_what_was_not_expanded_is_not_told_and_not_empty() -> None:
    _answers("/api/v2/users/p-1", USER)
    person = _client().get_user("p-1")
    assert (person.groups, person.skills, person.roles, person.team, person.out_of_office) == (None,) * 5
    responses.reset()
    _answers("/api/v2/users/p-1", {**USER, "groups": [], "skills": [], "authorization": {"roles": []}})
    person = _client().get_user("p-1", expand=("groups", "skills", "authorization"))
    assert (person.groups, person.skills, person.roles) == ((), (), ())


@responses.activate
def test_every_page_of_a_listing_is_read() -> None:
    path = "/api/v2/users/p-1/queues"
    pages = [
        {"entities": [{**QUEUE, "id": f"q-{number}"}], "pageNumber": number, "pageCount": 3} for number in (1, 2, 3)
    ]
    _answers(path, *pages)
    found = _client().get_user_queues("p-1", joined=True)
    assert [queue.queue.id for queue in found] == ["q-1", "q-2", "q-3"]
    assert [call.request.params["pageNumber"] for call in responses.calls] == ["1", "2", "3"]  # type: ignore[attr-defined]


@responses.activate
def test_a_listing_without_totals_is_read_until_a_page_is_empty() -> None:
    row = {"id": "p-1", "name": "Jane", "joined": True, "memberBy": "user"}
    _answers(
        "/api/v2/routing/queues/q-1/members",
        {"entities": [row], "pageNumber": 1},
        {"entities": [row], "pageNumber": 2},
        {"pageNumber": 3},
    )
    assert len(list(_client().get_routing_queue_members("q-1"))) == 2
    assert len(responses.calls) == 3


@responses.activate
@pytest.mark.parametrize(("member_count", "pages"), [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3)])
def test_a_known_count_spares_the_empty_page(member_count: int, pages: int) -> None:
    row = {"id": "p-1", "name": "Jane", "joined": True, "memberBy": "user"}
    _answers("/api/v2/routing/queues/q-1/members", *({"entities": [row], "pageNumber": n} for n in range(1, 5)))
    assert len(list(_client().get_routing_queue_members("q-1", member_count=member_count))) == pages
    assert len(responses.calls) == pages


@responses.activate
@pytest.mark.parametrize("body", [{}, {"message": "hello"}, {"entities": None}])
def test_a_body_that_is_no_page_is_not_an_empty_queue(body: dict[str, Any]) -> None:
    _answers("/api/v2/routing/queues/q-1/members", body)
    with pytest.raises(NotUnderstood, match="lacks the field entities"):
        list(_client().get_routing_queue_members("q-1"))


@responses.activate
def test_a_listing_that_never_ends_is_stopped() -> None:
    _answers("/api/v2/users/p-1/queues", {"entities": [], "pageNumber": 1, "pageCount": 10**9})
    with pytest.raises(NotUnderstood, match="does not end"):
        _client().get_user_queues("p-1", joined=True)
    assert len(responses.calls) == MOST_PAGES


def _history(*bodies: dict[str, Any]) -> None:
    for body in bodies:
        responses.post(f"{API}/api/v2/analytics/conversations/details/query", json=body)


def _ask(page: int = 1, **more: Any) -> Any:
    from datetime import UTC, datetime

    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 31, 12, 0, 0, 5000, tzinfo=UTC)
    return _client().post_analytics_conversations_details_query(
        person_id="p-1", start=start, end=end, page=page, page_size=100, **more
    )


@responses.activate
def test_the_history_query_is_asked_as_documented() -> None:
    _history({"totalHits": 0})
    _ask(2, by_medium=True, open_only=True, order="desc")
    assert json.loads(responses.calls[0].request.body or "") == {
        "interval": "2026-01-01T00:00:00.000Z/2026-01-31T12:00:00.005Z",
        "order": "desc",
        "orderBy": "conversationStart",
        "paging": {"pageSize": 100, "pageNumber": 2},
        "segmentFilters": [
            {
                "type": "and",
                "predicates": [{"type": "dimension", "dimension": "userId", "operator": "matches", "value": "p-1"}],
            }
        ],
        "conversationFilters": [
            {
                "type": "and",
                "predicates": [{"type": "dimension", "dimension": "conversationEnd", "operator": "notExists"}],
            }
        ],
        "aggregations": [{"type": "termFrequency", "dimension": "mediaType", "size": 25}],
    }


@responses.activate
@pytest.mark.parametrize(
    ("body", "page", "missing"),
    [
        ({"totalHits": 0}, 1, False),
        ({"totalHits": 100}, 2, False),
        ({"totalHits": 101}, 2, True),
        ({"totalHits": 3}, 1, True),
        ({"totalHits": 3, "conversations": [{"conversationId": "c"}]}, 1, False),
    ],
)
def test_a_page_without_conversations_is_empty_only_when_the_total_agrees(
    body: dict[str, Any], page: int, missing: bool
) -> None:
    _history(body)
    found = _ask(page)
    assert found.page_missing is missing
    assert found.total_hits == body["totalHits"]


@responses.activate
@pytest.mark.parametrize("body", [{}, {"entities": []}, {"conversations": []}, {"totalHits": None}])
def test_an_answer_without_a_total_is_no_proof_of_an_empty_history(body: dict[str, Any]) -> None:
    _history(body)
    with pytest.raises(NotUnderstood, match="totalHits"):
        _ask()


@responses.activate
def test_a_conversation_stays_as_it_was_sent() -> None:
    conversation = {"conversationId": "c", "unknownField": [1, None, {"x": 1.5}], "participants": None}
    _history({"totalHits": 1, "conversations": [conversation]})
    assert _ask().conversations == (conversation,)


@responses.activate
def test_the_share_of_each_medium_is_read() -> None:
    results = [{"value": "voice", "count": 7}, {"value": "email", "count": 2}]
    other = {"type": "termFrequency", "dimension": "queueId", "results": [{"value": "q", "count": 9}]}
    _history({"totalHits": 9, "aggregations": [{"dimension": "mediaType", "results": results}, other]})
    assert _ask(by_medium=True).by_medium == {"voice": 7, "email": 2}


def test_an_interval_without_a_zone_is_refused() -> None:
    from datetime import datetime

    with pytest.raises(ValueError, match="zone"):
        _client().post_analytics_conversations_details_query(
            person_id="p",
            start=datetime(2026, 1, 1),  # noqa: DTZ001 (refused for exactly this)
            end=datetime(2026, 1, 2),  # noqa: DTZ001
            page=1,
            page_size=1,
        )


SCIM_USER = {"id": "s-1", "userName": "jane@example.com", "active": True, "meta": {"version": "56"}}
SCIM = "/api/v2/scim/v2/users"


@responses.activate
def test_every_page_of_a_scim_listing_is_read_by_its_own_count() -> None:
    _answers(
        SCIM,
        {"totalResults": 3, "Resources": [SCIM_USER, SCIM_USER]},
        {"totalResults": 3, "Resources": [SCIM_USER]},
    )
    found = _client().get_scim_v2_users(scim_filter("userName", 'a"b\\'))
    assert len(found) == 3
    assert [call.request.params["startIndex"] for call in responses.calls] == ["1", "3"]  # type: ignore[attr-defined]
    assert responses.calls[0].request.params["filter"] == 'userName eq "a\\"b\\\\"'  # type: ignore[attr-defined]
    assert found[0].etag == '"56"'


@responses.activate
def test_a_scim_listing_that_leaves_its_rows_out_is_not_empty() -> None:
    _answers(SCIM, {"totalResults": 1})
    with pytest.raises(NotUnderstood, match="Resources"):
        _client().get_scim_v2_users('userName eq "x"')


@responses.activate
def test_an_empty_scim_listing_may_leave_its_rows_out() -> None:
    _answers(SCIM, {"totalResults": 0})
    assert _client().get_scim_v2_users('userName eq "x"') == ()


@responses.activate
def test_the_etag_is_the_header_as_sent() -> None:
    responses.get(f"{API}{SCIM}/s-1", json=SCIM_USER, headers={"ETag": 'W/"57"'})
    assert _client().get_scim_v2_user("s-1").etag == 'W/"57"'


@responses.activate
def test_the_deletion_carries_the_etag_it_was_given() -> None:
    responses.delete(f"{API}{SCIM}/s-1", status=204)
    _client().delete_scim_v2_user("s-1", etag='"56"')
    _client().delete_scim_v2_user("s-1")
    assert [call.request.headers.get("If-Match") for call in responses.calls] == ['"56"', None]
    assert "X-Genesys-Soft-Delete" not in responses.calls[0].request.headers
