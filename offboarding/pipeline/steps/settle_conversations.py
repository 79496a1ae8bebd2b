"""Nobody is left in a conversation with somebody who was signed out: as the request chose, and seen.

With this, access is cut: the state is not active, the tokens are deleted, no later one and no live session is seen.
"""

from __future__ import annotations

from datetime import timedelta

from offboarding.genesys.errors import NotThere
from offboarding.genesys.records import AgentStatus, LiveSession
from offboarding.models.run import StepState
from offboarding.people import find_person
from offboarding.pipeline.settle import until_gone
from offboarding.pipeline.step import NotYet, Outcome, PlanChanged, Step, Work
from offboarding.plan import Action, counted

REMEDY = "Let the conversation end, or ask a supervisor to end it; then retry."
WAITS = "While the run waits, nothing has to be done. Only once it has stopped: let the conversation end, then retry."
NOBODY = AgentStatus(0, (), None, None)


class SettleConversations(Step):
    key = "settle_conversations"
    before_the_look = True
    marks = "locked_out_at"

    def apply(self, work: Work) -> Outcome:
        status = _status(work)
        if not status.session_count:
            return _settled(work, {action.id for action in work.asked})
        talks = counted(status.session_count, "live conversation")
        policy = work.plan.document.get("live_conversations", "wait")
        if policy == "refuse" and (seen := work.look(for_a_plan=True)).person.state != "deleted":
            raise PlanChanged(
                seen,
                why=f"Signed out, but still in {talks}: the plan said to stop then. The plan as it is now says to "
                "wait until they have ended.",
                live="wait",
            )
        if policy != "transfer" or any(session.queue_id is None for session in status.sessions):
            raise _goes_on(status)
        for done, session in enumerate(status.sessions):
            work.progress(done, len(status.sessions), session.media_type)
            work.asks([Action(self.key, "conversation", session.conversation_id, f"{session.media_type} conversation")])
            _hand_back(work, session)
        left = _read_back(work)
        if left.session_count:
            raise _goes_on(left)
        earlier = {action.id for action in work.asked}
        return _settled(work, earlier | {session.conversation_id for session in status.sessions})


def _read_back(work: Work) -> AgentStatus:
    """The agent status once it lists no session any more; it may still count some. NotConfirmed while it lists one."""
    seen: list[AgentStatus] = []

    def listed() -> list[str]:
        seen.append(_status(work))
        return [session.media_type for session in seen[-1].sessions]

    until_gone(listed, what="live conversations", remedy=REMEDY)
    return seen[-1]


def _goes_on(status: AgentStatus) -> NotYet:
    """Somebody still talks. `sessionCount` and `sessions` are told apart: what is counted alone is named as well."""
    talks = counted(status.session_count, "live conversation")
    told = f"Signed out, but still in {talks}: the agent status shows it."
    if (unlisted := status.session_count - len(status.sessions)) > 0:
        told += f" {unlisted} {'is' if unlisted == 1 else 'are'} counted and not listed."
    return NotYet(told, after=timedelta(minutes=1), remedy=WAITS)


def _settled(work: Work, handed_back: set[str]) -> Outcome:
    """With the difference of the clocks: the archive must reach up to this moment as Genesys Cloud tells time."""
    ahead = round(work.client.clock_ahead.total_seconds())
    talks = counted(len(handed_back), "live conversation")
    told = f"{talks.capitalize()} handed back to the queue; no live session is seen."
    evidence = {"live_sessions": 0, "clock_ahead_seconds": ahead, "handed_back": sorted(handed_back)}
    return Outcome(StepState.OBSERVED, told if handed_back else "No live session is seen.", evidence)


def _status(work: Work) -> AgentStatus:
    """The agent status; nobody's for somebody deleted, whom it may not know any more."""
    try:
        return work.client.get_analytics_agent_status(work.person_id)
    except NotThere:
        if find_person(work.client, work.person_id).state != "deleted":
            raise
        return NOBODY


def _hand_back(work: Work, session: LiveSession) -> None:
    """POST .../participants/{participantId}/replace/queue for the part of the conversation that is the person's."""
    try:
        conversation = work.client.get_conversation(session.conversation_id)
    except NotThere:
        return
    for participant in conversation.participants:
        if participant.user_id == work.person_id and participant.end_time is None and session.queue_id:
            work.client.post_conversation_participant_replace_queue(
                session.conversation_id, participant.id, to_queue=session.queue_id
            )


STEP = SettleConversations()
