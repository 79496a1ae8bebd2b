"""I9: nobody sends more calls within a window than Genesys Cloud allows, once it has told how many that are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from offboarding.genesys.pacing import WINDOW, operation_of

NEVER = float("-inf")


@dataclass(slots=True)
class Window:
    """Hears of every call; accuses whoever is refused although their pace could have known.

    Nobody can know the ceiling of an operation before an answer told it, which window a call without an answer fell
    into, or that its process stood still between its place in a window and the sending.
    """

    accuse: Callable[[str, str], None]
    _told: set[str] = field(default_factory=set)
    _unheard: dict[str, float] = field(default_factory=dict)  # by token: when a call last stayed without an answer

    def refused(self, token: str, call: str, waited: float, now: float) -> None:
        """The org itself, and no fault, answers 429 to a call that was let go `waited` seconds ago."""
        known = operation_of(call) in self._told
        if known and waited < WINDOW and now - self._unheard.get(token, NEVER) > 2 * WINDOW:
            self.accuse("calls_stay_under_the_limit", f"{call} was refused as one too many")

    def answered(self, token: str, call: str, headers: Mapping[str, str], now: float) -> None:
        """The sender has the head of an answer, or learns that there is none."""
        if "inin-ratelimit-allowed" in headers:
            self._told.add(operation_of(call))
        else:
            self._unheard[token] = now
