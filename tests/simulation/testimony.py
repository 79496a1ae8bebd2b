"""What the witness says: what it saw wrong, and what it knows of each process."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Violation:
    """An invariant that did not hold: its name, and what was seen."""

    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


@dataclass(slots=True)
class Testimony:
    """What the witness knows of one process: its task, the run it drives, and whether it may still delete."""

    task: tuple[str, int] | None = None
    fence: int | None = None
    run_id: int = 0
    renewed_at: float = 0.0  # its lease, by a transaction that was committed: when that began, at the latest then
    begun_at: float = 0.0  # its last transaction
    renews: bool = False  # in the transaction under way
    wrote: str = ""  # the last change of a row in the transaction under way
    forbidden: str = ""  # what forbids a deletion, as it stood before its last commit
    was_over: bool = False  # its approval, at that time
