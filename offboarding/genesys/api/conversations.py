"""Tag Conversations: a conversation that goes on, and handing a person's part in it to a queue."""

from __future__ import annotations

from offboarding.genesys.api.area import Area, path_of
from offboarding.genesys.records.work import Communication, Conversation, Participant
from offboarding.genesys.shape import Shape

# The lists of `Participant` whose entries have a state, one for each medium.
MEDIA = (
    "calls",
    "callbacks",
    "chats",
    "cobrowsesessions",
    "emails",
    "internalMessages",
    "messages",
    "screenMonitorings",
    "screenshares",
    "socialExpressions",
    "videos",
)
TRANSFER = "conversation:communication:blindTransferQueue or conversation:communication:blindTransfer"


class ConversationsArea(Area):
    def get_conversation(self, conversation_id: str) -> Conversation:
        """GET /api/v2/conversations/{conversationId}. Needs conversation:communication:view. 200.

        Models `Conversation` and `Participant`.
        """
        path = path_of("/api/v2/conversations/{conversationId}", conversationId=conversation_id)
        answer = self._get(path, permission="conversation:communication:view")
        return Conversation(
            id=answer.text("id"),
            participants=tuple(_participant(row) for row in answer.each("participants")),
            end_time=answer.text_or_none("endTime"),
        )

    def post_conversation_participant_replace_queue(
        self, conversation_id: str, participant_id: str, *, to_queue: str, transfer_type: str = "Unattended"
    ) -> None:
        """POST /api/v2/conversations/{conversationId}/participants/{participantId}/replace/queue. 202.

        Needs conversation:communication:blindTransferQueue or conversation:communication:blindTransfer. Hands the
        participant's part to the queue with the id `to_queue`. `transfer_type`: Attended or Unattended; the
        documented 400 conversations.error.transfer.acd.call.unattended is Refused, as is
        conversations.error.transfer.not.connected. Asynchronous: read the conversation back. Never sent twice
        when the outcome of the first is unknown. Model `TransferToQueueRequest`.
        """
        path = path_of(
            "/api/v2/conversations/{conversationId}/participants/{participantId}/replace/queue",
            conversationId=conversation_id,
            participantId=participant_id,
        )
        self._call("POST", path, json={"transferType": transfer_type, "queueId": to_queue}, permission=TRANSFER)


def _participant(row: Shape) -> Participant:
    return Participant(
        id=row.text("id"),
        purpose=row.text_or("purpose"),
        user_id=row.text_or_none("userId"),
        queue_id=row.text_or_none("queueId"),
        end_time=row.text_or_none("endTime"),
        communications=tuple(
            Communication(medium, each.text("state")) for medium in MEDIA for each in row.each_or_none(medium) or ()
        ),
    )
