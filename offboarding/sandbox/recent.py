"""The conversations of a person that the computed history does not hold: live ones, and what became of them.

Each is kept as {id, media, queue, start}, with `end` when the person's part is over, and `to` when it then went to
another queue, where it stays open: nobody there takes it.
"""

from __future__ import annotations

from typing import Any

from .catalogue import Catalogue
from .clock import ms_of, now_ms, text_of_ms
from .conversation_record import Tape, addresses, before_agent
from .ids import Draws, number_of, stable_id
from .people import Person

Json = dict[str, Any]


def of(person: Person) -> list[Json]:
    """All of them by their start; copies, because who reads them may hold no lock."""
    found = [*person.ended, *person.transferred, *person.live]
    return sorted((dict(each) for each in found), key=lambda each: int(each["start"]))


def is_open(each: Json) -> bool:
    """Does the conversation go on, with this person or in the queue it was handed to?"""
    return "end" not in each or "to" in each


def end(person: Person) -> None:
    """Every live conversation of the person is over now. Who calls holds the lock and is changing the person."""
    now = now_ms()
    person.ended += [{**live, "end": now} for live in person.live]
    person.live = []


def hand_over(person: Person, live: Json, queue_id: str) -> None:
    """The person's part of this live conversation is over now, and the customer waits in the queue."""
    person.live.remove(live)
    person.transferred.append({**live, "to": queue_id, "end": now_ms()})


def record(each: Json, org: Catalogue, person: Json) -> Json:
    """Its analytics record. Without conversationEnd, and with an open segment, while it is open."""
    tape, queue = Tape(Draws(number_of("live", each["id"])), each["start"], each["media"]), each["queue"]
    where = addresses(tape.draw, each["media"], False)
    customer = tape.segment("interact", None)
    tape.participant("customer", [tape.session([customer], [], direction="inbound", **where)])
    before_agent(tape, queue, where)
    alert, talk = tape.segment("alert", 4000, queueId=queue), tape.segment("interact", None, queueId=queue)
    session = tape.session([alert, talk], [tape.metric("nConnected", 1)], direction="inbound", **where)
    session["sessionId"] = session_id(each)
    tape.participant("agent", [session], userId=person["id"], participantName=person["name"])
    found = {
        "conversationId": each["id"],
        "conversationStart": text_of_ms(each["start"]),
        "originatingDirection": "inbound",
        "divisionIds": [person["division"]],
        "participants": tape.participants,
    }
    if "end" in each:
        # Nobody leaves before having come: a wait may be drawn longer than a test lets it last.
        tape.now = max(each["end"], ms_of(talk["segmentStart"]))
        talk |= {"segmentEnd": text_of_ms(tape.now), "disconnectType": "transfer" if "to" in each else "peer"}
    if "to" in each:
        waiting = tape.segment("interact", None, queueId=each["to"])
        tape.participant("acd", [tape.session([waiting], [], direction="inbound", usedRouting="Standard", **where)])
    elif "end" in each:
        found["conversationEnd"] = customer["segmentEnd"] = text_of_ms(tape.now)
    return found


def session_id(live: Json) -> str:
    """The agent's session in it, the same in the record and in the agent status."""
    return stable_id(0, "live-session", live["id"])
