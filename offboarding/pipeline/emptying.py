"""A step that ends what hangs below the person, and what it says when somebody else deleted them before that."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from offboarding.models.run import StepState
from offboarding.pipeline.step import Outcome, Step, Work
from offboarding.plan import WORDS, Action, counted, ending, sight_of


class Emptying(Step):
    """Subclasses `empty` a person who is still there.

    Of somebody deleted meanwhile Genesys tells next to nothing: that nothing is found then never counts as seen gone.
    What was not looked at is kept as `overtaken`, and looked for after the deletion where the API can still tell.
    """

    def apply(self, work: Work) -> Outcome:
        if work.actions and work.look().person.state == "deleted":
            return self.overtaken(work)
        found = self.empty(work)
        beyond = sight_of(work.plan.document).beyond if self.lies_in_divisions else ""
        return replace(found, sentence=f"{found.sentence} {beyond}") if beyond else found

    lies_in_divisions: ClassVar[bool] = False  # so that some of it may be hidden from the console

    @abstractmethod
    def empty(self, work: Work) -> Outcome:
        """As `apply`."""

    def overtaken(self, work: Work) -> Outcome:
        """How the step ends for somebody deleted by others before it was done."""
        return not_looked_at(work.actions)


def ends_elsewhere(actions: Iterable[Action], word: str) -> str:
    """Of what this step does not end itself, how much ends with the groups that are left and with the deletion."""
    by = Counter(
        "deletion" if action.ended_by == "deletion" else "groups" for action in actions if action.ended_by != "step"
    )
    told = (("groups", "with the groups"), ("deletion", "only with the deletion"))
    return "".join(f" {ending(by[what], word)} {how}." for what, how in told if by[what])


def not_looked_at(actions: tuple[Action, ...], unlisted: tuple[Action, ...] = ()) -> Outcome:
    """Nothing can be done any more, and nothing is claimed.

    `unlisted` was looked for, and is not shown as the person's: that it ended is not seen by that either.
    """
    parts = (("Not looked at", actions), ("Not listed as theirs any more, and left alone", unlisted))
    told = "".join(f" {what}: {_told(which)}." for what, which in parts if which)
    return Outcome(
        StepState.NOTHING_TO_DO,
        f"Somebody else deleted the person before this was done.{told}",
        {"overtaken": [[action.kind, action.id, action.told] for action in (*actions, *unlisted)]},
    )


def _told(actions: tuple[Action, ...]) -> str:
    kinds = Counter(action.kind for action in actions if action.kind in WORDS)
    others = [action.told for action in actions if action.kind not in WORDS]
    return ", ".join([*(counted(number, WORDS[kind]) for kind, number in kinds.items()), *others])
