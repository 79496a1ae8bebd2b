"""What the holdings tell already of what somebody has to take over, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from offboarding.plan.words import counted, some_of


def own_duties(
    *, owned_groups: Sequence[str] = (), direct_reports: Sequence[str] = (), backs_up: Sequence[str] = ()
) -> tuple[str, ...]:
    """A sentence for each kind of which there are any, from names."""
    told = (
        to_take_over("group", "owned by them", owned_groups),
        to_take_over("direct report", "without a manager then", direct_reports),
        to_take_over("person", "for whom they take over direct calls", backs_up).replace("persons", "people", 1),
    )
    return tuple(sentence for sentence in told if sentence)


def to_take_over(word: str, rest: str, names: Sequence[str]) -> str:
    """So many of these and the first names, as far as there are names; empty for none."""
    known = [name for name in names if name]
    return f"{counted(len(names), word)} {rest}" + (f": {some_of(known)}" if known else "") if names else ""
