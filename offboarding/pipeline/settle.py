"""Reading back after a write that takes effect later: a few short waits in place, then the step waits in the queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from datetime import timedelta

from offboarding.pipeline.step import NotConfirmed

WAITS = (0.0, 0.2, 0.5, 1.0, 2.0)


def until_gone(
    still_there: Callable[[], Collection[str]], *, what: str, remedy: str, waits: tuple[float, ...] = WAITS
) -> None:
    """Return when `still_there` is empty; after the waits (seconds) raise NotConfirmed naming what is left.

    Genesys answers 202 to some writes and shows others late (grants: its own tool waits 4 s before reading back).
    """
    left: Collection[str] = ()
    for wait in waits:
        time.sleep(wait)
        left = still_there()
        if not left:
            return
    names = ", ".join(sorted(left)[:5])
    raise NotConfirmed(f"Genesys still shows {what}: {names}", after=timedelta(seconds=10), remedy=remedy)
