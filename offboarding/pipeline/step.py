"""What a step is, what it is given, and how it may end. No step is here, and no row is written here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Protocol

from django.utils import timezone

from offboarding.genesys.client import GenesysClient
from offboarding.models import DeprovisionRequest, Plan, Run
from offboarding.models.run import NOT_CONFIRMED
from offboarding.plan import Action, Holdings
from offboarding.steps import PIPELINE


class SliceEnded(Exception):
    """The worker's time slice is over: progress is kept, the same step goes on in the next slice."""


class StopAsked(Exception):
    """Somebody asked to stop: the run ends here, what is done stays done."""


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
    """Not an error: the world is not there yet, and the step is tried again `after` some time.

    The runner gives up after a bounded number of waits in a row, with `remedy` as the next action.
    """

    code: ClassVar[str] = "not_yet"

    def __init__(self, why: str, *, after: timedelta, remedy: str) -> None:
        super().__init__(why)
        self.why = why
        self.at = timezone.now() + after
        self.remedy = remedy


class GoesOn(NotYet):
    """No trouble either: people are in the middle of something, or first in a row, which may last for hours.

    Not one of the waits in a row that are bounded. It is waited as long as the approval stands, because the runner
    asks for that before each try.
    """


class NotConfirmed(NotYet):
    """A write was accepted, and what was read after it does not show it: neither done nor failed."""

    code = NOT_CONFIRMED


class HeldBack(Exception):
    """Everything but the deletion is done, and a legal hold forbids that: the run rests until it is released."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.why = why
        self.remedy = remedy


class Undone(Exception):
    """The last look before the deletion found the work of earlier steps undone: the steps `keys` are done once more.

    `why` is for the record. After a bounded number of returns the run fails with `problem`, `remedy` and `code`.
    """

    def __init__(self, keys: tuple[str, ...], why: str, *, problem: str, remedy: str, code: str) -> None:
        super().__init__(why)
        self.keys = keys
        self.why = why
        self.problem = problem
        self.remedy = remedy
        self.code = code


class PlanChanged(Exception):
    """Nobody approved what is there now: an approver decides on the plan as it was `seen`, by a look for a plan.

    `added` is what the person holds beyond the approval; `why` says what else ended the approval. `live` is the key of
    `plan.LIVE` that the new plan has where it is to do otherwise than the approved one.
    """

    def __init__(self, seen: Holdings, added: tuple[Action, ...] = (), why: str = "", live: str = "") -> None:
        super().__init__(why or ", ".join(action.told for action in added))
        self.seen = seen
        self.added = added
        self.why = why
        self.live = live


class Keep(Protocol):
    """See Work."""

    def __call__(self, evidence: Mapping[str, Any], *, if_still: Callable[[], None] | None = None) -> None: ...


@dataclass(slots=True)
class Work:
    """What the runner gives a step.

    `actions` are the approved ones of this step. `look` reads the holdings (a snapshot shared by the steps of one time
    slice; `look(fresh=True)` reads again, `look(for_a_plan=True)` all that a plan is made of). `progress(done, total,
    item)` saves where the step is and renews the lease; it raises SliceEnded, StopAsked or LeaseLost, and is called
    between two items, never between a call and its read-back. `sign_of_life` only renews, for work that cannot be
    resumed: it never ends the slice. `between` ends the slice where nothing is under way, for steps whose items are
    long. `still_ours` asks at once whether the run is still held and nobody asked to stop it: for right before the one
    write that cannot be undone. `asks` notes what the next call asks Genesys to end, so that also an interrupted step
    can name it; `asked` is what earlier attempts noted, whatever plan they followed. `keep` stores evidence of the step
    before it ends, for a crash after that write; with `if_still` only when that raises nothing, asked in the same
    transaction as everything that could forbid the write.
    """

    client: GenesysClient
    request: DeprovisionRequest
    run: Run
    plan: Plan
    actions: tuple[Action, ...]
    approved: tuple[Action, ...]
    look: Callable[..., Holdings]
    progress: Callable[[int, int | None, str], None]
    sign_of_life: Callable[[int, int | None, str], None]
    between: Callable[[], None]
    still_ours: Callable[[], None]
    asks: Callable[[Iterable[Action]], None]
    asked: tuple[Action, ...]
    keep: Keep

    @property
    def person_id(self) -> str:
        return self.request.person_id

    def of(self, kind: str) -> tuple[Action, ...]:
        """The approved actions of one kind: to end it was approved, whether it was held directly or through a group."""
        return tuple(action for action in self.actions if action.kind == kind)

    def with_asked(self, wanted: Iterable[Action]) -> list[Action]:
        """`wanted`, and what earlier attempts asked for: an interrupted step reads back, and names, all of it.

        Not of somebody deleted meanwhile: what hangs below them may still be shown, and nothing ends it any more.
        """
        if self.look().person.state == "deleted":
            return list(wanted)
        return list({action.key: action for action in (*self.asked, *wanted)}.values())


class Step(ABC):
    """One kind of work. Subclasses are stateless; each module in pipeline/steps/ ends with `STEP = TheClass()`.

    `key` is permanent: it stands in rows, documents and audit records for ever. `before_the_look` steps were
    approved whatever else the person holds by now, so that a changed plan never delays cutting access; nor does
    other work that has used its part of the rate limit. `asks_itself` steps find out themselves whether the run may
    still go on, because what they find done needs no permission any more; before all others the runner asks. `marks`
    is the field of Run that this step's observed end dates. `longest_item` is how many seconds beyond the time slice
    one item may need that would be lost when it is interrupted. `resumes` steps count `done` on from one attempt to
    the next; the others tell as `total` what is left at the beginning of an attempt.
    """

    key: ClassVar[str]
    before_the_look: ClassVar[bool] = False
    asks_itself: ClassVar[bool] = False
    marks: ClassVar[str] = ""
    longest_item: ClassVar[float] = 0.0
    resumes: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """The words people read for this step."""
        return PIPELINE[self.key]

    @abstractmethod
    def apply(self, work: Work) -> Outcome:
        """Ask the world what is left of `work.actions`, do only that, read it back, and say what was seen.

        Doing it twice is harmless. Raises StepFailed, NotYet, or a GenesysError; the runner writes each to the row.
        """
