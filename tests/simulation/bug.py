"""What a planted bug is, how its change is put into the code, and the kinds of weather in which bugs show soon."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from unittest import mock

from tests.simulation.weather import FINE

Put = Callable[[ExitStack], None]
Tuned = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bug:
    """`put` patches the real code; `what` says what somebody might have done."""

    what: str
    put: Put
    weather: Tuned | None = None  # None: as the seed draws it
    caught_by: tuple[str, ...] = ()
    unit_test: str = ""
    shows_inside: bool = False  # only where others come into the middle of a transaction


def at(target: str, new: object) -> Put:
    def put(stack: ExitStack) -> None:
        stack.enter_context(mock.patch(target, new))

    return put


def together(*puts: Put) -> Put:
    def put(stack: ExitStack) -> None:
        for each in puts:
            each(stack)

    return put


SLOW = {"pace": 1.2}  # several slices of a worker's time for one run
FAIR: Tuned = FINE
STALLS: Tuned = FINE | SLOW | {"stall": 0.03}
CRASHES: Tuned = FINE | {"crash": 0.02}
POWER_CUTS: Tuned = FINE | SLOW | {"power": 0.01}
NONSENSE: Tuned = FINE | {"call": 0.12, "troubles": ("garbage", "garbage after the effect")}
LIES: Tuned = FINE | {"did_nothing": 0.6}
BUSY: Tuned = FINE | SLOW | {"people": 0.95}
CHANGES: Tuned = BUSY | {"meddling": 1.0}
ROT: Tuned = FINE | SLOW | {"rot": 1.0, "crash": 0.005}
NO_BELLS: Tuned = FINE | {"bell_lost": 0.6}
BAD_RECEIVER: Tuned = FINE | {"receiver": 0.7}
LOST_ANSWERS: Tuned = FINE | {"call": 0.1, "troubles": ("closed after the effect",)}
EXPIRES: Tuned = FINE | SLOW | {"approval_life": 120.0, "people": 0.9, "stall": 0.01}
ONE_AN_HOUR: Tuned = FINE | {"caps": {"DEPROVISION_MOST_AN_HOUR": 1}}
NARROW_WINDOW: Tuned = FINE | {"kind": {"rate_limit": 60}}
# Nothing is put off, so that everything could rest within two hours: what never does is seen sooner.
SOON: Tuned = {"patience": 7_200.0, "put_off": 0.0}
KILLS: Tuned = FINE | {"deadly": ("DELETE", "/scim/")}

A = "offboarding.actions"
P = "offboarding.pipeline"
S = f"{P}.steps"
ARCHIVED = "delete_only_after_archive_and_approval"
