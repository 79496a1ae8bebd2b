"""Which divisions the console did not see when a plan was read, as the plan's document keeps it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sight:
    """`unseen` are the divisions by name; `unknown` says why nobody can tell. Without either, all were seen."""

    unseen: tuple[str, ...] = ()
    unknown: str = ""

    @property
    def warning(self) -> str:
        """For whoever decides on the plan; empty when all was seen."""
        if self.unknown:
            return f"It is not known which divisions this console sees: {self.unknown}"
        if self.unseen:
            return (
                f"This console does not see {self._divisions}: what is held there is not in this plan, and "
                "stays; conversations there may be missing from the archive."
            )
        return ""

    @property
    def hidden(self) -> str:
        """For whoever looks at a person before there is a plan; empty when all was seen."""
        return f"This console does not see {self._divisions}: what is held there is not shown." if self.unseen else ""

    @property
    def hand_over(self) -> str:
        """For whoever takes over what no step can empty; empty when all was seen."""
        if self.unknown:
            return f"What is held in divisions that this console may not see is to be looked for: {self.unknown}"
        if self.unseen:
            return f"Whatever is held in {self._divisions} is still held: {self._not_seen}."
        return ""

    @property
    def history(self) -> str:
        """Why a complete archive may not be the whole history; empty when all was seen."""
        if self.unknown:
            return f"Conversations in divisions that this console may not see may be missing: {self.unknown}"
        if self.unseen:
            return f"Conversations in {self._divisions} may be missing: {self._not_seen}."
        return ""

    @property
    def beyond(self) -> str:
        """What a step adds to what it says of holdings that lie in divisions; empty when all was seen."""
        if self.unknown:
            return "It is not known which divisions this console sees."
        if self.unseen:
            return f"Not looked for in {self._divisions}: {self._not_seen}."
        return ""

    @property
    def _not_seen(self) -> str:
        return f"this console does not see {'them' if len(self.unseen) > 1 else 'it'}"

    @property
    def _divisions(self) -> str:
        return f"the division{'s' if len(self.unseen) > 1 else ''} {', '.join(self.unseen)}"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "unseen": list(self.unseen)}


ALL_SEEN = Sight()


def sight_of(document: dict[str, Any]) -> Sight:
    """What a stored plan document says; where it is too old to say anything, that is not taken for "all"."""
    told = document.get("sight")
    if told is None:
        return Sight(unknown="The plan was read by a console that did not note it.")
    return Sight(tuple(told["unseen"]), told["unknown"])


def handed_over(document: dict[str, Any]) -> tuple[str, ...]:
    """What no step can empty and somebody has to take over, in sentences."""
    unseen = sight_of(document).hand_over
    return (*document.get("hand_over", ()), *([unseen] if unseen else []))
