"""Bugs planted on purpose, by name: what proves that the simulator would see them if somebody made them.

Each is a small change of the real code, put in for the duration of some seeds. `weather` is the kind of trouble in
which it shows soon, so that a test need not play many; `caught_by` are the invariants that see it. Where the product
mends by itself what such a bug would do, or no seed leads there, `unit_test` is what shows it (plant.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.simulation.bug import Bug, Tuned
from tests.simulation.planted_locks import LOCKS
from tests.simulation.planted_rules import RULES
from tests.simulation.planted_world import WORLD

PLANTED: dict[str, Bug] = {**RULES, **WORLD, **LOCKS}


@contextmanager
def planted(name: str) -> Iterator[Tuned | None]:
    """With the bug of this name, and gives the weather it shows in; with none for an empty one."""
    with ExitStack() as stack:
        if name:
            PLANTED[name].put(stack)
        yield PLANTED[name].weather if name else None
