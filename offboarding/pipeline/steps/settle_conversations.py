"""Nobody is left in a conversation with somebody who was signed out: as the request chose, and seen.

With this, access is cut: the state is not active, the tokens are deleted, no later one and no live session is seen.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.utils import timezone

from offboarding.genesys.errors import NotThere, Refused
from offboarding.genesys.records import AgentStatus, LiveSession
from offboarding.genesys.records.work import Participant
from offboarding.models.run import StepState
from offboarding.people import find_person
from offboarding.pipeline.settle import until_gone
from offboarding.pipeline.step import GoesOn, Outcome, PlanChanged, Step, Work
from offboarding.plan import Action, counted

REMEDY = "Let the conversation end, or ask a supervisor to end it; then retry."
WAITS = (
    "While the run waits, nothing has to be done; when the approval has expired, an approver is asked again. Only once "
    "it has stopped: let the conversation end, then retry."
)
# How soon it is looked again: after a fifth of the time since the sign-out, within these.
SOONEST, LATEST = timedelta(minutes=1), timedelta(minutes=5)
NOBODY = AgentStatus(0, (), None, None)
# 400 to .../replace/queue: it alerts still, or somebody else has it by now. It ends, or can be handed back later.
NOT_CONNECTED = "conversations.error.transfer.not.connected"


class SettleConversations(Step):
    key = "settle_conversations"
    before_the_look = True
    marks = "locked_out_at"

    def apply(self, work: Work) -> Outcome:
        status = _status(work)
        if not status.session_count:
            return _settled(work)
        talks = counted(status.session_count, "live conversation")
        policy = work.plan.document.get("live_conversations", "wait")
        if policy == "refuse" and (seen := work.look(for_a_plan=True)).person.state != "deleted":
            raise PlanChanged(
                seen,
                why=f"Signed out, but still in {talks}: the plan said to stop then. The plan as it is now says to "
                "wait until they have ended.",
                live="wait",
            )
        if policy != "transfer":
            raise _goes_on(work, status)
        refused = _hand_back(work, status)
        left = _read_back(work, {session.conversation_id for session in _queued(status)} - refused)
        if left.session_count:
            raise _goes_on(work, left, _why_not_handed_back(left, refused))
        return _settled(work)


def _settled(work: Work) -> Outcome:
    """With the difference of the clocks: the archive must reach up to this moment as Genesys Cloud tells time."""
    row = work.run.steps.get(key=STEP.key)
    handed_back = {id for _, id, _ in row.asked} - set(row.evidence.get("refused", ()))
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


def _goes_on(work: Work, status: AgentStatus, more: str = "") -> GoesOn:
    """Somebody still talks. `sessionCount` and `sessions` are told apart: what is counted alone is named as well."""
    talks = counted(status.session_count, "live conversation")
    told = f"Signed out, but still in {talks}: the agent status shows it."
    if (unlisted := status.session_count - len(status.sessions)) > 0:
        told += f" {_are(unlisted)} counted and not listed."
    return GoesOn(told + more, after=_until_the_next_look(work), remedy=WAITS)


def _until_the_next_look(work: Work) -> timedelta:
    now = timezone.now()
    signed_out_at = work.run.steps.values_list("ended_at", flat=True).get(key="revoke_sessions") or now
    return min(max((now - signed_out_at) / 5, SOONEST), LATEST)


def _are(number: int) -> str:
    return f"{number} {'is' if number == 1 else 'are'}"


def _queued(status: AgentStatus) -> list[LiveSession]:
    """Those that came from a queue: an outbound one has none that it could be handed back to."""
    return [session for session in status.sessions if session.queue_id]


def _hand_back(work: Work, status: AgentStatus) -> set[str]:
    """Hand back whatever came from a queue. The ids of the conversations of which Genesys says that it cannot be now.

    They are kept: what was asked for, refused, and then ended by itself must not be called handed back.
    """
    queued = _queued(status)
    refused = set()
    for done, session in enumerate(queued):
        work.progress(done, len(queued), session.media_type)
        if not all(_replaced(work, session, part) for part in _open_parts(work, session)):
            refused.add(session.conversation_id)
    before = set(work.run.steps.get(key=STEP.key).evidence.get("refused", ()))
    now = before - {session.conversation_id for session in queued} | refused
    if now != before:
        work.keep({"refused": sorted(now)})
    return refused


def _open_parts(work: Work, session: LiveSession) -> list[Participant]:
    """The parts of the conversation that are the person's and have not ended; none of one that is over."""
    try:
        conversation = work.client.get_conversation(session.conversation_id)
    except NotThere:
        return []
    return [part for part in conversation.participants if part.user_id == work.person_id and part.end_time is None]


def _replaced(work: Work, session: LiveSession, part: Participant) -> bool:
    """POST .../participants/{participantId}/replace/queue; False when the part is not one that can be replaced now."""
    work.asks([Action(STEP.key, "conversation", session.conversation_id, f"{session.media_type} conversation")])
    try:
        work.client.post_conversation_participant_replace_queue(
            session.conversation_id, part.id, to_queue=session.queue_id or ""
        )
    except NotThere:
        return False
    except Refused as error:
        if error.code != NOT_CONNECTED:
            raise
        return False
    return True


def _read_back(work: Work, handed_back: Collection[str]) -> AgentStatus:
    """The agent status once it lists none of these conversations any more. NotConfirmed while it lists one."""
    seen: list[AgentStatus] = []

    def listed() -> list[str]:
        seen.append(_status(work))
        return [session.media_type for session in seen[-1].sessions if session.conversation_id in handed_back]

    until_gone(listed, what="live conversations", remedy=REMEDY)
    return seen[-1]


def _why_not_handed_back(status: AgentStatus, refused: Collection[str]) -> str:
    """Of what goes on and is listed: sentences for what came from no queue, and for what Genesys refused."""
    told = ""
    if without := len(status.sessions) - len(_queued(status)):
        told += f" {without} came from no queue and {'is' if without == 1 else 'are'} waited for."
    if now := sum(1 for session in status.sessions if session.conversation_id in refused):
        told += f" {now} cannot be handed back now, because it alerts still or was moved, and will be tried again."
    return told


STEP = SettleConversations()
