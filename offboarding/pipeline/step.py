"""What a step is, what it is given, and how it may end. No step is here, and no row is written here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from offboarding.genesys.client import GenesysClient
from offboarding.models import DeprovisionRequest, Plan, Run
from offboarding.plan import Action, Holdings


class SliceEnded(Exception):
    """The worker's time slice is over: progress is kept, the same step goes on in the next slice."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended: `state` is a finished `StepState`; `sentence` says what was seen, for people.

    `evidence` holds what proves it: strings, numbers, lists and maps only, no personal data beyond names and ids.
    """

    state: str
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


class StepFailed(Exception):
    """The step cannot go on by itself: says what happened, and the next action in `remedy`."""

    def __init__(self, problem: str, remedy: str, code: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.code = code


class NotYet(Exception):
    """Not an error: the step waits for the world and is tried again `at` a time."""

    def __init__(self, why: str, at: datetime, remedy: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.at = at
        self.remedy = remedy


@dataclass(slots=True)
class Work:
    """What the runner gives a step. `progress` saves where it is, renews the lease, and may end the slice.

    `progress(done, total, item)` raises `SliceEnded` when the slice is over and `LeaseLost` when another worker
    took the run; a step calls it between two items, never between a call and its read-back.
    `look` reads the holdings afresh (a snapshot); `seen` is the latest one.
    """

    client: GenesysClient
    request: DeprovisionRequest
    run: Run
    plan: Plan
    actions: tuple[Action, ...]
    seen: Holdings
    look: Callable[[], Holdings]
    progress: Callable[[int, int | None, str], None]


class Step(ABC):
    """One kind of work. Subclasses are stateless; one instance stands in PIPELINE.

    `key` is permanent: it stands in rows, documents and audit records for ever. `title` is what people read.
    """

    key: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def plan(self, seen: Holdings) -> tuple[Action, ...]:
        """Pure: the actions this step would take for these holdings, in order. Empty: it is not needed."""

    def left(self, actions: tuple[Action, ...], seen: Holdings) -> tuple[Action, ...]:
        """Pure: which of the approved actions are still to do, judged on freshly read holdings."""
        wanted = {action.key for action in self.plan(seen)}
        return tuple(action for action in actions if action.key in wanted)

    @abstractmethod
    def apply(self, work: Work) -> Outcome:
        """Do what is left of `work.actions`, read it back, and say what was seen.

        Raises StepFailed, NotYet, or a GenesysError; the runner turns each into the step's row.
        """
