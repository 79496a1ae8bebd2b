"""A window that came short for good, and how much of one may be missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from offboarding.archives.windows import Window


@dataclass(frozen=True, slots=True)
class Gap:
    """How many conversations Genesys announced for a window, twice, and how many it sent."""

    window: Window
    announced: int
    sent: int

    @property
    def lacks(self) -> int:
        return self.announced - self.sent


def may_lack(accepted: Iterable[Gap], window: Window) -> int:
    """How many conversations of exactly this window may be missing; 0 unless somebody accepted it."""
    return max((gap.lacks for gap in accepted if gap.window == window), default=0)
