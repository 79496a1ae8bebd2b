"""Tag Analytics: the conversation detail query and what an agent is doing now."""

from __future__ import annotations

from typing import Any

from .. import conversation_query, recent
from ..call import Answer, Call
from ..clock import text_of_ms
from . import PLATFORM
from .users import person_of


@PLATFORM.on(
    "POST",
    "/api/v2/analytics/conversations/details/query",
    any_of=("analytics:conversationDetail:view", "analytics:agentConversationDetail:view"),
    locked=False,
)
def query_conversations(call: Call) -> Answer:
    return Answer(200, conversation_query.answer(call.org, call.json()))


@PLATFORM.on("GET", "/api/v2/analytics/agents/{userId}/status", any_of=("analytics:agentState:view",))
def agent_status(call: Call) -> Answer:
    """The live sessions of one agent: open conversations, not sign-ins."""
    person = person_of(call)
    body: dict[str, Any] = {
        "userId": person.id,
        "userName": person.name,
        "divisionId": person.division_id,
        "sessionCount": len(person.live),
        "systemPresence": person.presence.upper().replace(" ", "_"),
        "routingStatus": person.routing_status,
        "isOutOfOffice": person.out_of_office,
    }
    if person.management_unit:
        body["managementUnitId"] = person.management_unit
        body["businessUnitId"] = call.org.catalogue.management_units[person.management_unit]
    if person.manager_id:
        body["managerId"] = person.manager_id
    if person.live:
        body["sessions"] = [
            {
                "conversationId": live["id"],
                "sessionId": recent.session_id(live),
                "sessionStart": text_of_ms(live["start"]),
                "segmentStart": text_of_ms(live["start"]),
                "segmentType": "interact",
                "routedQueueId": live["queue"],
                "mediaType": live["media"],
                "originatingDirection": "inbound",
            }
            for live in person.live
        ]
    return Answer(200, body)
