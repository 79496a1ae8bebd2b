"""When a total is believed: Genesys' totals are approximate and move while data arrives, so one proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from offboarding.archives.errors import NotReady
from offboarding.archives.manifest import BY_JOB, WindowFacts
from offboarding.archives.parts import Parts
from offboarding.archives.windows import DAY, Window

NOTE, SETTLING = "recount", "settling"
APART = timedelta(minutes=5)


def must_stand(parts: Parts, window: Window, total: int) -> None:
    """Return when the same total was announced for the window APART ago; otherwise keep it, and raise NotReady.

    The first reading is kept beside the parts, so that a restarted worker goes on waiting for the same time. A
    total that moves begins anew; who calls bounds the waits.
    """
    now = datetime.now(UTC)
    told = {"window": window.interval, "total": total}
    kept = parts.note(NOTE) or {}
    is_known = kept.items() >= told.items()
    first_at = datetime.fromisoformat(kept["at"]) if is_known else now
    if is_known and first_at + APART <= now:
        return
    parts.keep_note(NOTE, {**told, "at": first_at.isoformat()})
    raise NotReady(
        f"Genesys announces {total:,} conversations for {window.label} and sends fewer. It may still be counting.",
        "The window is read again some minutes later; where the run has stopped for it, retry.",
        after=first_at + APART - now,
    )


def must_have_settled(parts: Parts, total_of: Callable[[Window], int], apart: timedelta) -> None:
    """Return when every window, counted again `apart` after all was read, announces no more than came.

    So no archive rests on a total that was read once. A history that ended more than a day ago is neither waited for
    nor counted again. Raises NotReady until the time has come; and when more is announced by then, having forgotten
    the parts from that window on, so that the next call reads them again and waits anew.
    """
    now = datetime.now(UTC)
    newest = [facts for facts in parts.facts if facts.end > now - DAY]
    if not newest:
        return
    kept = parts.note(SETTLING)
    is_known = kept is not None and kept["sha256"] == newest[-1].sha256
    read_at = datetime.fromisoformat(kept["at"]) if kept and is_known else now
    if not is_known:
        parts.keep_note(SETTLING, {"sha256": newest[-1].sha256, "at": now.isoformat()})
    if read_at + apart > now:
        raise NotReady(
            f"The history of {newest[-1].window.label} is read. Its last conversations may still be on their way.",
            "They are counted again some minutes later; what is archived is kept.",
            after=read_at + apart - now,
        )
    for facts in parts.facts:
        _must_be_all(parts, facts, total_of)


def _must_be_all(parts: Parts, facts: WindowFacts, total_of: Callable[[Window], int]) -> None:
    """A job was counted by its own days, which its query has to be as well."""
    total = total_of(facts.window.own_days if facts.way == BY_JOB else facts.window)
    if total > max(facts.total, facts.count + facts.repeated):
        parts.forget_note(SETTLING)  # or the windows read anew would be counted at once
        parts.forget_from(facts)
        raise NotReady(
            f"Genesys announces more conversations for {facts.window.label} than it did some minutes ago: {total:,}.",
            "The window is read again, and counted once more some minutes later.",
            after=timedelta(0),
        )
