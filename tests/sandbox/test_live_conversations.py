"""A live conversation with its participants, and handing it back to a queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller
from .test_conversations import dimension, of_person, query, text


@pytest.fixture
def person(sandbox: SandboxThread) -> str:
    return str(sandbox.person("in a live conversation")["id"])


def live_id(api: Caller, person: str) -> str:
    (session,) = api.json(f"/api/v2/analytics/agents/{person}/status")["sessions"]
    return str(session["conversationId"])


def agent_of(api: Caller, conversation: str) -> dict[str, Any]:
    parts = api.json(f"/api/v2/conversations/{conversation}")["participants"]
    (agent,) = [part for part in parts if part["purpose"] == "agent"]
    found: dict[str, Any] = agent
    return found


def transfer(api: Caller, conversation: str, participant: str, **body: str) -> Any:
    return api("POST", f"/api/v2/conversations/{conversation}/participants/{participant}/replace/queue", json=body)


def test_a_live_conversation_has_its_participants(sandbox: SandboxThread, api: Caller, person: str) -> None:
    found = api.json(f"/api/v2/conversations/{live_id(api, person)}")
    assert [part["purpose"] for part in found["participants"]] == ["customer", "ivr", "acd", "agent"]
    assert "endTime" not in found and len({part["id"] for part in found["participants"]}) == 4
    customer, ivr, acd, agent = found["participants"]
    assert (agent["userId"], agent["name"]) == (person, sandbox.state(person)["name"])
    assert [part["calls"][0]["state"] for part in (customer, ivr, acd, agent)] == [
        "connected",
        "disconnected",
        "disconnected",
        "connected",
    ]
    assert agent["queueId"] == acd["queueId"] == sandbox.state(person)["live"][0]["queue"]
    (session,) = api.json(f"/api/v2/analytics/agents/{person}/status")["sessions"]
    assert agent["calls"][0]["id"] == session["sessionId"]


@pytest.mark.parametrize("kind", ["Unattended", "Attended"])
def test_a_transfer_takes_it_off_the_person(sandbox: SandboxThread, api: Caller, person: str, kind: str) -> None:
    conversation, vip = live_id(api, person), sandbox.name_id("queue", "VIP")
    agent = agent_of(api, conversation)
    done = transfer(api, conversation, agent["id"], transferType=kind, queueId=vip)
    assert (done.status_code, done.content) == (202, b"")
    status = api.json(f"/api/v2/analytics/agents/{person}/status")
    assert (status["sessionCount"], status["routingStatus"], "sessions" in status) == (0, "IDLE", False)
    summary = api.json(f"/api/v2/users/{person}?expand=conversationSummary")["conversationSummary"]
    assert summary["call"]["contactCenter"]["active"] == 0
    after = agent_of(api, conversation)
    assert (after["id"], after["calls"][0]["state"], after["calls"][0]["disconnectType"]) == (
        agent["id"],
        "disconnected",
        "transfer",
    )
    waiting = api.json(f"/api/v2/conversations/{conversation}")["participants"][-1]
    assert (waiting["purpose"], waiting["queueName"], waiting["startTime"]) == ("acd", "VIP", after["endTime"])
    again = transfer(api, conversation, agent["id"], transferType=kind, queueId=vip)
    assert (again.status_code, again.json()["code"]) == (400, "conversations.error.transfer.not.connected")


def test_somebody_signed_out_is_off_queue_afterwards(sandbox: SandboxThread, api: Caller, person: str) -> None:
    conversation = live_id(api, person)
    assert api("DELETE", f"/api/v2/tokens/{person}").status_code == 204
    assert live_id(api, person) == conversation  # ending the sessions does not end it
    agent = agent_of(api, conversation)["id"]
    assert transfer(api, conversation, agent, transferType="Unattended", queueName="VIP").status_code == 202
    assert api.json(f"/api/v2/analytics/agents/{person}/status")["routingStatus"] == "OFF_QUEUE"


@pytest.mark.parametrize(
    ("participant", "body", "status", "code"),
    [
        ("agent", {"queueId": "nope"}, 400, "conversations.error.queue.not.found"),
        ("agent", {"queueName": "Nope"}, 400, "conversations.error.queue.not.found"),
        ("agent", {}, 400, "conversations.error.transfer.destination.required"),
        ("agent", {"transferType": "Blind", "queueName": "VIP"}, 400, "invalid.value"),
        ("customer", {"queueName": "VIP"}, 400, "conversations.error.transfer.not.connected"),
        ("nobody", {"queueName": "VIP"}, 404, "conversation.error.participant.not.found"),
    ],
)
def test_a_transfer_that_cannot_be(
    sandbox: SandboxThread, api: Caller, person: str, participant: str, body: dict[str, str], status: int, code: str
) -> None:
    conversation = live_id(api, person)
    parts = {part["purpose"]: part["id"] for part in api.json(f"/api/v2/conversations/{conversation}")["participants"]}
    refused = transfer(api, conversation, parts.get(participant, participant), **body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert live_id(api, person) == conversation


def test_a_conversation_that_is_not_live_is_404(api: Caller) -> None:
    assert api.get("/api/v2/conversations/nope").json()["code"] == "not.found"
    assert transfer(api, "nope", "nope", queueName="VIP").status_code == 404


@pytest.mark.parametrize(
    ("medium", "key"), [("email", "emails"), ("chat", "chats"), ("message", "messages"), ("callback", "callbacks")]
)
def test_each_medium_has_its_own_list(sandbox: SandboxThread, api: Caller, person: str, medium: str, key: str) -> None:
    live = sandbox.state(person)["live"][0]
    sandbox.change(person, live=[live | {"media": medium}])
    agent = agent_of(api, live["id"])
    assert agent[key][0]["state"] == "connected" and "calls" not in agent
    assert transfer(api, live["id"], agent["id"], queueName="VIP").status_code == 202
    assert agent_of(api, live["id"])[key][0]["state"] == "disconnected"


def by_query(api: Caller, person: str, *more: dict[str, Any], **body: Any) -> list[dict[str, Any]]:
    """What analytics has of the person's conversations of the last two days."""
    now = datetime.now(UTC)
    interval = f"{text(now - timedelta(days=1))}/{text(now + timedelta(days=1))}"
    found = query(api, person, interval, size=100, segmentFilters=of_person(person, *more), **body).json()
    return list(found.get("conversations", []))


def ended(exists: bool) -> list[dict[str, Any]]:
    operator = "exists" if exists else "notExists"
    return [{"type": "and", "predicates": [{"dimension": "conversationEnd", "operator": operator}]}]


def test_one_that_was_handed_over_stays_in_the_history(sandbox: SandboxThread, api: Caller, person: str) -> None:
    """The person's part has ended, the conversation has not: the customer waits in the other queue."""
    conversation, vip = live_id(api, person), sandbox.name_id("queue", "VIP")
    transfer(api, conversation, agent_of(api, conversation)["id"], queueId=vip)
    (row,) = by_query(api, person, conversationFilters=ended(False))
    assert row["conversationId"] == conversation and "conversationEnd" not in row
    agent, waiting = row["participants"][-2:]
    assert (agent["userId"], agent["sessions"][0]["segments"][-1]["disconnectType"]) == (person, "transfer")
    assert waiting["sessions"][0]["segments"] == [
        {
            "segmentStart": agent["sessions"][0]["segments"][-1]["segmentEnd"],
            "segmentType": "interact",
            "conference": False,
            "queueId": vip,
        }
    ]
    assert by_query(api, person, dimension("queueId", vip), conversationFilters=ended(False)) == [row]
    assert row not in by_query(api, person, conversationFilters=ended(True))


def test_one_that_ended_is_in_the_history_with_its_end(sandbox: SandboxThread, api: Caller, person: str) -> None:
    conversation = live_id(api, person)
    before = len(by_query(api, person))
    sandbox.post("hang-up", {"person": person})
    assert by_query(api, person, conversationFilters=ended(False)) == []
    (row,) = [each for each in by_query(api, person) if each["conversationId"] == conversation]
    assert row in by_query(api, person, conversationFilters=ended(True)) and len(by_query(api, person)) == before
    (customer, agent) = (row["participants"][0], row["participants"][-1])
    ends = {each["sessions"][0]["segments"][-1]["segmentEnd"] for each in (customer, agent)}
    assert ends == {row["conversationEnd"]}


def test_its_ids_and_a_transfer_outlive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    seen = []
    for _ in range(3):
        with SandboxThread(state=state) as running:
            api = Caller(running)
            talker = running.person("holds everything and talks")["id"]
            conversation = [*running.state(talker)["live"], *running.state(talker)["transferred"]][0]["id"]
            agent = agent_of(api, conversation)
            seen.append((agent["id"], agent["calls"][0]["state"]))
            if len(seen) == 2:
                assert transfer(api, conversation, agent["id"], queueName="VIP").status_code == 202
            api.session.close()
    assert len({agent for agent, _ in seen}) == 1
    assert [at for _, at in seen] == ["connected", "connected", "disconnected"]


def test_the_one_who_holds_everything_and_talks_has_one_call(sandbox: SandboxThread, api: Caller) -> None:
    talker = sandbox.person("holds everything and talks")["id"]
    (live,) = sandbox.state(talker)["live"]
    assert live["media"] == "voice" and agent_of(api, live_id(api, talker))["userId"] == talker
    other = sandbox.person("in a live conversation")["id"]
    mine, theirs = (api.json(f"/api/v2/conversations/{live_id(api, each)}") for each in (talker, other))
    assert not {part["id"] for part in mine["participants"]} & {part["id"] for part in theirs["participants"]}
