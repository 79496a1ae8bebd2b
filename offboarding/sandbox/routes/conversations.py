"""Tag Conversations: a live conversation with its participants, and handing it back to a queue."""

from __future__ import annotations

from typing import Any

from .. import recent
from ..call import Answer, Call
from ..catalogue import Queue
from ..clock import text_of_ms
from ..errors import bad_request, bad_value, not_found
from ..people import Person
from . import PLATFORM

_TRANSFER = ("conversation:communication:blindTransfer", "conversation:communication:blindTransferQueue")
_MEDIA = {"voice": "calls", "callback": "callbacks", "chat": "chats", "email": "emails", "message": "messages"}
Json = dict[str, Any]


def _conversation(call: Call) -> tuple[Person, Json]:
    """(the person whose it is or was, what the sandbox keeps of it). Only live ones are known here."""
    for person in call.org.people.values():
        for live in [*person.live, *person.transferred]:
            if live["id"] == call.params["conversationId"]:
                return person, live
    raise not_found()


def _participants(call: Call, person: Person, live: Json) -> list[Json]:
    """The participants of the analytics record, with the same ids, as the conversation shows them."""
    record = recent.record(live, call.org.catalogue, call.org.origins[person.id])
    return [_participant(call, part, _MEDIA[live["media"]]) for part in record["participants"]]


def _participant(call: Call, part: Json, medium: str) -> Json:
    (session,) = part["sessions"]
    first, last = session["segments"][0], session["segments"][-1]
    start, end = first["segmentStart"], last.get("segmentEnd")
    talk = {"id": session["sessionId"], "state": "disconnected" if end else "connected", "connectedTime": start}
    if "direction" in session:
        talk["direction"] = session["direction"]
    found: Json = {"id": part["participantId"], "purpose": part["purpose"], "startTime": start, "connectedTime": start}
    if end:
        found["endTime"] = talk["disconnectedTime"] = end
        talk["disconnectType"] = "transfer"
    if "participantName" in part:
        found["name"] = part["participantName"]
    if "userId" in part:
        found |= {"userId": part["userId"], "userUri": f"/api/v2/users/{part['userId']}"}
    if part["purpose"] in ("acd", "agent"):
        queue = call.org.catalogue.queues[last["queueId"]]
        found |= {"queueId": queue.id, "queueName": queue.name}
    return found | {medium: [talk]}


@PLATFORM.on("GET", "/api/v2/conversations/{conversationId}", any_of=("conversation:communication:view",))
def get_conversation(call: Call) -> Answer:
    """Live ones, and those handed back to a queue; any other is 404 here. No endTime: the customer is still there."""
    person, live = _conversation(call)
    division = call.org.origins[person.id]["division"]
    body = {
        "id": live["id"],
        "startTime": text_of_ms(live["start"]),
        "participants": _participants(call, person, live),
        "divisions": [{"division": {"id": division}, "entities": []}],
        "selfUri": f"/api/v2/conversations/{live['id']}",
    }
    return Answer(200, body)


@PLATFORM.on(
    "POST",
    "/api/v2/conversations/{conversationId}/participants/{participantId}/replace/queue",
    any_of=_TRANSFER,
)
def transfer_to_queue(call: Call) -> Answer:
    """202 without a body. The person's part ends at once.

    Inferred: of the participants only the agent can be replaced, and an attended transfer is accepted at once
    by somebody in the queue.
    """
    (person, live), body = _conversation(call), call.json()
    parts = {part["id"]: part for part in _participants(call, person, live)}
    part = parts.get(call.params["participantId"])
    if part is None:
        raise not_found("Participant does not exist.", "conversation.error.participant.not.found")
    if body.get("transferType") not in ("Attended", "Unattended", None):
        raise bad_value(body["transferType"], "transferType", ["Attended", "Unattended"])
    queue = _queue(call, body)
    if part["purpose"] != "agent" or live not in person.live:
        message = "You can only transfer conversations that are in the connected state."
        raise bad_request(message, "conversations.error.transfer.not.connected")
    with call.org.changing(person):
        recent.hand_over(person, live, queue.id)
        if not person.live:
            person.routing_status = "OFF_QUEUE" if person.presence == "Offline" else "IDLE"
    return Answer(202)


def _queue(call: Call, body: Json) -> Queue:
    """The queue by id, or by name."""
    if not body.get("queueId") and not body.get("queueName"):
        message = "The destination is a required property for a transfer request."
        raise bad_request(message, "conversations.error.transfer.destination.required")
    for queue in call.org.catalogue.queues.values():
        if queue.id == body.get("queueId") or (not body.get("queueId") and queue.name == body.get("queueName")):
            return queue
    message = "Interaction cannot be transferred to a queue that does not exist."
    raise bad_request(message, "conversations.error.queue.not.found")
