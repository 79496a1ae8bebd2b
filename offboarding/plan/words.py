"""A plan in plain sentences, for the people who ask, decide and read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from offboarding.plan.actions import LIVE, Action, actions_of

NAMED = 8
WORDS = {
    "queue": "queue",
    "role": "role grant",
    "group": "group",
    "team": "team",
    "skill": "skill",
    "language": "language",
    "station": "station",
    "phone": "WebRTC phone",
    "did": "direct number",
}
# What is not given back with a restored account: always, and where a plan ends such a thing.
LOST = (
    "Queues, roles, groups and skills: Genesys Cloud does not give them back. The plan keeps the list.",
    "Sessions that were ended, and a conversation that is cut.",
)
# What a deletion leaves: help.mypurecloud.com "What happens when I delete a person?", and the org's retention settings.
NOT_ARCHIVED = (
    "Conversations from before {first}: not archived. Genesys Cloud keeps them after the deletion, for as long as the "
    "org's data retention says, and no longer."
)
MASKED = "Customers' names and addresses: masked in the archive, which holds them nowhere else."
LOST_WITH = {
    "phone": "WebRTC phones ({names}): deleted with their settings. Whoever comes back needs new ones.",
    "did": "Direct numbers ({names}): free for somebody else. A restored account does not get them back.",
    "workforce": "Workforce management ({names}): a restored account is in no unit.",
}


def counted(number: int, word: str) -> str:
    """1 queue, 14 queues, 1,204 conversations."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a plan. Where it leaves some out, `names` are all that it is about, and `many` counts them."""

    text: str
    names: tuple[str, ...] = ()
    many: str = ""


def sentences(document: dict[str, Any]) -> tuple[str, ...]:
    """The plan in plain sentences, in the order of the work; one a kind of work, with counts."""
    return tuple(line.text for line in lines_of(document))


def lines_of(document: dict[str, Any]) -> tuple[Line, ...]:
    """The sentences of the plan, each with what it leaves out: somebody decides on exactly this."""
    actions = actions_of(document)
    stays = [action.name for action in actions if action.ended_by == "deletion"]
    emptied = [action for action in actions if action.ended_by != "deletion"]
    archive = document["archive"]
    live = LIVE[document.get("live_conversations", "wait")]
    lines = [
        Line("Suspend sign-in, so that nobody can sign in as this person"),
        Line(f"Sign out everywhere; in case of live conversations, {live}"),
    ]
    for kind, sentence in (
        ("queue", "Remove from {n}"),
        ("role", "Take away {n}"),
        ("group", "Remove from {n}"),
        ("team", "Remove from {n}"),
        ("skill", "Clear {n}"),
        ("language", "Clear {n}"),
        ("utilization", "Reset the utilization"),
        ("station", "Let go of {n}"),
        ("phone", "Delete {n}"),
        ("did", "Free {n}"),
        ("forwarding", "Switch off call forwarding"),
        ("backup", "Take the backup for direct calls away"),
        ("workforce", "Leave workforce management"),
    ):
        if names := names_of(kind, emptied):
            number = counted(len(names), WORDS.get(kind, kind))
            told = sentence.format(n=number)
            lines.append(Line(told) if kind == "utilization" else _naming(told, names, number))
    days = f"the last {period(*_interval(archive))}"
    if archive["approximate_count"]:
        about = f"Archive about {archive['approximate_count']:,} conversations of {days}; older ones are not archived"
        lines.append(Line(about + _kept(archive)))
    else:
        lines.append(Line(f"Archive the history of {days}: none was found; older conversations are not archived"))
    if stays:
        lines.append(
            _naming("Leave to the deletion what a group gives by its rule, or to its owner", stays, str(len(stays)))
        )
    lines.append(Line("Delete through SCIM (soft: the account can be restored, its queues and roles not by Genesys)"))
    lines.append(Line("Tell downstream systems"))
    return tuple(lines)


def _naming(sentence: str, names: list[str], many: str) -> Line:
    told = f"{sentence}: {some_of(names)}"
    return Line(told, tuple(names), many) if len(set(names)) > NAMED else Line(told)


def lasting(document: dict[str, Any]) -> tuple[str, ...]:
    """What of this plan cannot be undone, in sentences."""
    actions = actions_of(document)
    names = {kind: names_of(kind, actions) for kind in LOST_WITH}
    older = NOT_ARCHIVED.format(first=_day(_interval(document["archive"])[0]))
    masked = (MASKED,) if document["archive"].get("addresses") == "masked" else ()
    held = (LOST_WITH[kind].format(names=some_of(found)) for kind, found in names.items() if found)
    return (*LOST, older, *masked, *held)


def as_sentence(text: str) -> str:
    """What somebody typed, as a sentence of its own: another one stands behind it."""
    text = text.rstrip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def period(start: datetime, end: datetime) -> str:
    """365 days, 26 Nov 2025 to 26 Nov 2026: the days of an interval, whose end is not in it any more."""
    last = end - timedelta(microseconds=1)
    return f"{counted((last - start).days, 'day')}, {_day(start)} to {_day(last)}"


def _interval(archive: dict[str, Any]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(archive["from"]), datetime.fromisoformat(archive["to"])


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"


def names_of(kind: str, actions: Iterable[Action]) -> list[str]:
    """The names of one kind, in order. A station that is both the associated and the default one is named once."""
    found = [action for action in actions if action.kind == kind]
    if kind != "station":
        return [action.name for action in found]
    uses: dict[str, list[str]] = {}
    for action in found:
        uses.setdefault(action.name, []).append(action.id)
    return [f"{name} ({' and '.join(use)})" for name, use in uses.items()]


def _kept(archive: dict[str, Any]) -> str:
    """How the archive differs from what is archived when nothing was chosen."""
    told = (
        "; participants' attributes are kept, except of the newest days" if archive.get("attributes") == "kept" else ""
    )
    return told + ("; customers' names and addresses are masked" if archive.get("addresses") == "masked" else "")


def odd_reason(reason: str) -> tuple[str, ...]:
    """Somebody on leave usually comes back: who asks and who approves should have seen that this deletes them."""
    if reason != "Leave":  # `UserState.stateChangeReason`
        return ()
    return ("The reason is a long leave, and the account is deleted all the same: it does not come back by itself.",)


def kept_in_words(*, attributes: bool, masked: bool) -> str:
    """What was chosen to be kept of a conversation, as a fact of the request."""
    told = "with participants' attributes" if attributes else "without participants' attributes"
    return f"{told}; customers' addresses {'masked' if masked else 'as sent'}"


def some_of(names: list[str]) -> str:
    """The first names, and how many more there are: a sentence has to stay one. Equal names stand once, counted."""
    told = Counter(names)
    first = [f"{name} ({times})" if times > 1 else name for name, times in list(told.items())[:NAMED]]
    more = sum(list(told.values())[NAMED:])
    return ", ".join(first) + (f" and {more} more" if more else "")


def ending(number: int, word: str) -> str:
    """1 queue ends, 3 queues end."""
    return f"{counted(number, word)} {'ends' if number == 1 else 'end'}"
