"""The documented answers about conversations that go on, and about history jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import responses

from offboarding.genesys.errors import NotUnderstood, Refused
from offboarding.genesys.records.work import Communication, Conversation, HistoryJob, HistoryJobPage, Participant
from tests.genesys.answers import Read, answers, asked, client, reads, refuses_without, sent
from tests.genesys.conftest import API

JOBS = "/api/v2/analytics/conversations/details/jobs"
CUSTOMER = {"id": "pa-1", "purpose": "customer", "name": "Mrs Private", "ani": "+49301", "calls": []}
AGENT = {
    "id": "pa-2",
    "purpose": "agent",
    "userId": "p-1",
    "queueId": "q-1",
    "calls": [{"id": "x", "state": "connected"}],
    "emails": [{"id": "y", "state": "parked"}],
}
CONVERSATION = {"id": "c-1", "startTime": "2026-01-01T00:00:00Z", "participants": [CUSTOMER, AGENT]}
DONE = {
    "state": "FULFILLED",
    "submissionDate": "2026-01-01T00:00:00Z",
    "completionDate": "2026-01-01T00:00:05Z",
    "expirationDate": "2026-01-02T00:00:00Z",
}

READS: list[Read] = [
    (
        "/api/v2/conversations/c-1",
        lambda: client.get_conversation("c-1"),
        CONVERSATION,
        Conversation(
            "c-1",
            (
                Participant("pa-1", "customer"),
                Participant(
                    "pa-2",
                    "agent",
                    "p-1",
                    "q-1",
                    communications=(Communication("calls", "connected"), Communication("emails", "parked")),
                ),
            ),
        ),
        ("id", "participants", "participants.0.id", "participants.1.calls.0.state"),
    ),
    (
        f"{JOBS}/availability",
        lambda: client.get_analytics_conversations_details_jobs_availability(),
        {"dataAvailabilityDate": "2026-01-01T12:00:00.500Z"},
        datetime(2026, 1, 1, 12, 0, 0, 500000, tzinfo=UTC),
        ("dataAvailabilityDate",),
    ),
    (
        f"{JOBS}/j-1",
        lambda: client.get_analytics_conversations_details_job("j-1"),
        DONE,
        HistoryJob("FULFILLED", "", "2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z", "2026-01-02T00:00:00Z"),
        ("state",),
    ),
    (
        f"{JOBS}/j-1/results",
        lambda: client.get_analytics_conversations_details_job_results("j-1"),
        {"conversations": [{"conversationId": "c", "unknown": [None]}]},
        HistoryJobPage(({"conversationId": "c", "unknown": [None]},)),
        ("conversations",),
    ),
]


@responses.activate
@pytest.mark.parametrize("read", READS, ids=[read[0] for read in READS])
def test_a_documented_answer_is_read_and_a_missing_field_is_named(read: Read) -> None:
    reads(read)


@responses.activate
def test_words_that_are_not_documented_yet_are_kept() -> None:
    answers("GET", f"{JOBS}/j-1", {"state": "RESTING"}, status=202)
    assert client.get_analytics_conversations_details_job("j-1") == HistoryJob("RESTING")


@responses.activate
def test_a_customer_in_a_conversation_stays_unnamed() -> None:
    answers("GET", "/api/v2/conversations/c-1", CONVERSATION)
    assert "Private" not in repr(client.get_conversation("c-1"))


@responses.activate
def test_a_part_in_a_conversation_is_handed_to_a_queue() -> None:
    path = "/api/v2/conversations/c-1/participants/pa-2/replace/queue"
    code = "conversations.error.transfer.not.connected"
    responses.post(f"{API}{path}", status=202)
    client.post_conversation_participant_replace_queue("c-1", "pa-2", to_queue="q-2")
    client.post_conversation_participant_replace_queue("c-1", "pa-2", to_queue="q-2", transfer_type="Attended")
    assert [sent(0), sent(1)] == [
        {"transferType": "Unattended", "queueId": "q-2"},
        {"transferType": "Attended", "queueId": "q-2"},
    ]
    responses.reset()
    answers("POST", path, {"code": code, "status": 400}, status=400)
    with pytest.raises(Refused) as caught:
        client.post_conversation_participant_replace_queue("c-1", "pa-2", to_queue="q-2")
    assert caught.value.code == code


@responses.activate
@pytest.mark.parametrize("date", ["yesterday", "2026-01-01T12:00:00", 7])
def test_a_time_that_is_none_is_not_understood(date: Any) -> None:
    answers("GET", f"{JOBS}/availability", {"dataAvailabilityDate": date})
    with pytest.raises(NotUnderstood, match="dataAvailabilityDate"):
        client.get_analytics_conversations_details_jobs_availability()


@responses.activate
@pytest.mark.parametrize("starts_inside", [True, False])
def test_a_job_is_asked_for_as_documented(starts_inside: bool) -> None:
    start, end = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)

    def ask() -> str:
        return client.post_analytics_conversations_details_jobs(
            person_id="p-1", start=start, end=end, starts_inside=starts_inside
        )

    answers("POST", JOBS, {"jobId": "j-1"}, status=202)
    assert ask() == "j-1"
    assert sent() == {
        "interval": "2025-01-01T00:00:00.000Z/2026-01-01T00:00:00.000Z",
        "order": "asc",
        "orderBy": "conversationStart",
        "segmentFilters": [
            {
                "type": "and",
                "predicates": [{"type": "dimension", "dimension": "userId", "operator": "matches", "value": "p-1"}],
            }
        ],
        "startOfDayIntervalMatching": starts_inside,
    }
    refuses_without(ask, "POST", JOBS, {"jobId": "j-1"}, "jobId")


@responses.activate
def test_results_go_on_with_the_cursor_and_an_empty_page_has_to_say_that_it_is_one() -> None:
    path = f"{JOBS}/j-1/results"
    answers("GET", path, {"cursor": "k"}, {"dataAvailabilityDate": "2026-01-01T00:00:00Z"}, {"conversations": None})
    assert client.get_analytics_conversations_details_job_results("j-1") == HistoryJobPage((), "k")
    last = client.get_analytics_conversations_details_job_results("j-1", cursor="k", page_size=50)
    assert last == HistoryJobPage((), None, "2026-01-01T00:00:00Z")
    assert [asked(0), asked(1)] == [{"pageSize": "1000"}, {"cursor": "k", "pageSize": "50"}]
    with pytest.raises(NotUnderstood, match="conversations"):
        client.get_analytics_conversations_details_job_results("j-1")


@responses.activate
def test_a_job_is_forgotten() -> None:
    responses.delete(f"{API}{JOBS}/j-1", status=204)
    client.delete_analytics_conversations_details_job("j-1")
    assert len(responses.calls) == 1
