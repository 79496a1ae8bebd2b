"""When a shortage is believed: Genesys' totals are approximate and move while data arrives, so one proves nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from offboarding.archives.errors import NotReady
from offboarding.archives.parts import Parts
from offboarding.archives.windows import Window

NOTE = "recount"
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
