"""One conversation in the shape of AnalyticsConversationWithoutAttributes, down to segments and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .catalogue import Catalogue
from .clock import text_of_ms
from .conversations import History
from .ids import Draws, number_of

Json = dict[str, Any]
#: No conversation lasts longer: the longest of every part of one, added up, is less than this.
LONGEST_MS = 3 * 3_600_000
_CALLERS = ["+13175550", "+49305550", "+351215550", "+44205550", "+63255550"]
_SUBJECTS = [
    "Question about my invoice",
    "Contract change",
    "Fwd: missing delivery",
    "Cancellation",
    "Login trouble",
]


class Tape:
    """Writes one conversation forward in time; `now` is where it has got to."""

    def __init__(self, draw: Draws, start: int, medium: str) -> None:
        self.draw, self.now, self.medium = draw, start, medium
        self.participants: list[Json] = []

    def segment(self, kind: str, length: int | None, **more: Any) -> Json:
        """A segment from now on; without a length it is still open."""
        segment: Json = {
            "segmentStart": text_of_ms(self.now),
            "segmentType": kind,
            "conference": False,
            **more,
        }
        if length is not None:
            self.now += length
            segment["segmentEnd"] = text_of_ms(self.now)
        return segment

    def metric(self, name: str, value: int) -> Json:
        return {"name": name, "value": value, "emitDate": text_of_ms(self.now)}

    def session(self, segments: list[Json], metrics: list[Json], **more: Any) -> Json:
        return {
            "sessionId": self.draw.uuid(),
            "mediaType": self.medium,
            "segments": segments,
            "metrics": metrics,
            **more,
        }

    def participant(self, purpose: str, sessions: list[Json], **more: Any) -> Json:
        found = {"participantId": self.draw.uuid(), "purpose": purpose, **more, "sessions": sessions}
        self.participants.append(found)
        return found


def queue_of(history: History, org: Catalogue, queues: Sequence[str], k: int) -> str:
    """The queue of conversation `k`: one of the person's, or of all when the person has none left."""
    pool = queues or tuple(org.queues)
    return pool[(history.base >> 8 ^ k * 7) % len(pool)]


def build(history: History, k: int, org: Catalogue, person: Json) -> Json:
    """Conversation `k`. `person` has id, name, team, division and queues as the population made them."""
    draw, start, medium = history.draws(k), history.start_ms(k), history.medium(k)
    draw.below(1000)  # the draw that placed the start
    outbound = medium == "voice" and draw.chance(18)
    tape = Tape(draw, start, medium)
    conversation_id = draw.uuid()
    queue = queue_of(history, org, person["queues"], k)
    where = addresses(draw, medium, outbound)
    customer = tape.participant("customer", [], participantName=f"Caller {draw.below(90000) + 10000}")
    if not outbound:
        before_agent(tape, queue, where)
    end = _agent(tape, person, queue, where, outbound, org)
    if draw.chance(6) and medium == "voice":
        end = _transferred(tape, queue, where, org)
    length = end - start
    tape.now = start
    customer["sessions"].append(
        tape.session(
            [tape.segment("interact", length, queueId=queue, disconnectType="peer")],
            [tape.metric("nConnected", 1), tape.metric("tConnected", length)],
            direction="outbound" if outbound else "inbound",
            **where,
        )
    )
    record: Json = {
        "conversationId": conversation_id,
        "conversationStart": text_of_ms(start),
        "conversationEnd": text_of_ms(end),
        "originatingDirection": "outbound" if outbound else "inbound",
        "divisionIds": [person["division"]],
        "participants": tape.participants,
    }
    if medium == "voice":
        record |= {"mediaStatsMinConversationMos": 4.0 + draw.below(90) / 100}
    return record


def with_attributes(record: Json) -> Json:
    """The same as AnalyticsConversation: the customer's participant data, which only a detail job gives."""
    draw = Draws(number_of("attributes", record["conversationId"]))
    attributes = {"accountNumber": f"{draw.below(9_000_000) + 1_000_000}", "reason": draw.pick(_SUBJECTS)}
    for participant in record["participants"]:
        if participant["purpose"] == "customer":
            participant["attributes"] = attributes
    return record


def addresses(draw: Draws, medium: str, outbound: bool) -> Json:
    if medium == "email":
        sender = f"customer{draw.below(90000)}@mail.example"
        return {"addressFrom": sender, "addressTo": "care@sandbox.example"}
    if medium in ("chat", "message"):
        return {"provider": "PureCloud Messaging", "remote": f"guest-{draw.below(90000)}"}
    number, ours = f"tel:{draw.pick(_CALLERS)}{draw.below(900) + 100}", "tel:+13175550100"
    return {"ani": ours, "dnis": number} if outbound else {"ani": number, "dnis": ours}


def before_agent(tape: Tape, queue: str, where: Json) -> None:
    draw = tape.draw
    if tape.medium == "voice":
        length = draw.between(12_000, 95_000)
        segment = tape.segment("ivr", length, disconnectType="transfer")
        session = tape.session([segment], [tape.metric("nFlow", 1), tape.metric("tIvr", length)], **where)
        tape.participant("ivr", [session], participantName="Welcome Menu")
    wait = draw.between(2_000, 240_000 if tape.medium in ("voice", "chat") else 1_800_000)
    segment = tape.segment("interact", wait, queueId=queue, disconnectType="transfer")
    metrics = [tape.metric("nOffered", 1), tape.metric("tAcd", wait)]
    session = tape.session([segment], metrics, direction="inbound", usedRouting="Standard", **where)
    tape.participant("acd", [session])


def _agent(tape: Tape, person: Json, queue: str, where: Json, outbound: bool, org: Catalogue) -> int:
    """The leaver's own part; returns when the conversation ended."""
    draw, segments = tape.draw, []
    alert = draw.between(1_500, 12_000)
    kind = "dialing" if outbound else "alert"
    segments.append(tape.segment(kind, alert, queueId=queue))
    metrics = [tape.metric("nOutbound", 1) if outbound else tape.metric("tAlert", alert)]
    talk = draw.between(45_000, 900_000 if tape.medium != "email" else 5_400_000)
    more: Json = {"subject": draw.pick(_SUBJECTS)} if tape.medium == "email" else {}
    held = 0
    if tape.medium == "voice" and draw.chance(25):
        segments.append(tape.segment("interact", talk // 3, queueId=queue))
        held = draw.between(10_000, 120_000)
        segments.append(tape.segment("hold", held, queueId=queue))
        talk -= talk // 3
        metrics += [tape.metric("tHeld", held), tape.metric("tHeldComplete", held)]
    segments.append(tape.segment("interact", talk, queueId=queue, disconnectType=draw.pick(["client", "peer"]), **more))
    end, acw = tape.now, draw.between(5_000, 90_000)
    code = draw.pick(list(org.wrap_up_codes))
    metrics += [tape.metric("tTalk", talk), tape.metric("tTalkComplete", talk)]
    segments.append(tape.segment("wrapup", acw, queueId=queue, wrapUpCode=code))
    metrics += [tape.metric("tAcw", acw), tape.metric("tHandle", talk + held + acw)]
    direction = "outbound" if outbound else "inbound"
    sessions = [tape.session(segments, metrics, direction=direction, **where)]
    if tape.medium == "callback":
        call = tape.session([dict(segments[-2])], [], direction="outbound") | {"mediaType": "voice"}
        sessions.append(call)
    part = {"userId": person["id"], "participantName": person["name"]}
    if person["team"]:
        part["teamId"] = person["team"]
    tape.participant("agent", sessions, **part)
    return end


def _transferred(tape: Tape, queue: str, where: Json, org: Catalogue) -> int:
    talk = tape.draw.between(30_000, 400_000)
    segment = tape.segment("interact", talk, queueId=queue, disconnectType="peer")
    session = tape.session([segment], [tape.metric("tTalk", talk)], direction="inbound", **where)
    tape.participant("agent", [session], userId=tape.draw.uuid(), participantName="Second Line")
    return tape.now
