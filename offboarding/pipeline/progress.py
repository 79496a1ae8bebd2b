"""Where a step is, told to its row: renews the lease, hears a stop, and ends the time slice between two items."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from offboarding import queue
from offboarding.actions import run_steps
from offboarding.models import Run
from offboarding.pipeline.step import SliceEnded, Step, StopAsked
from offboarding.plan import Action

SAVE_EVERY = 0.5


@dataclass(slots=True)
class Progress:
    """Told `(done, total, item)` by a step; writes at most twice a second, and always when something moved first."""

    run: Run
    step: Step
    ends_at: float
    began_at: int | None = None
    moved: bool = False
    saved_at: float = 0.0

    def sign_of_life(self, done: int, total: int | None, item: str) -> None:
        """For work that cannot be resumed: renew and show the item. Raises LeaseLost and StopAsked, no SliceEnded."""
        if time.monotonic() - self.saved_at >= SAVE_EVERY:
            self._save(None, None, item)

    def still_ours(self) -> None:
        """Renew the lease now; LeaseLost when another worker or an ending has it, StopAsked when a stop is asked."""
        self._save(None, None, "")

    def __call__(self, done: int, total: int | None, item: str) -> None:
        """Save and renew; raises LeaseLost, StopAsked, and SliceEnded when the slice is over or the worker is to stop.

        At least one item a slice, however short it is: otherwise a slow look would keep a run from ever moving.
        """
        self.began_at = done if self.began_at is None else self.began_at
        first_move = not self.moved and done > self.began_at
        self.moved = self.moved or first_move
        if first_move or done == total or time.monotonic() - self.saved_at >= SAVE_EVERY:
            self._save(done, total, item)
        late = time.monotonic() > self.ends_at + self.step.longest_item
        if self.moved and done != total and (late or queue.is_ending()):
            raise SliceEnded

    def asks(self, actions: Iterable[Action]) -> None:
        """Note what the next call asks Genesys to end, and renew. Raises LeaseLost."""
        items = [(action.kind, action.id, action.name) for action in actions]
        run_steps.note_asked(run_id=self.run.pk, fence=self.run.fence, key=self.step.key, items=items)

    def between(self) -> None:
        """Between two items of which none is under way: SliceEnded once the slice is over, without `longest_item`."""
        if self.moved and (time.monotonic() > self.ends_at or queue.is_ending()):
            raise SliceEnded

    def _save(self, done: int | None, total: int | None, item: str) -> None:
        self.saved_at = time.monotonic()
        run_steps.save_progress(
            run_id=self.run.pk,
            fence=self.run.fence,
            key=self.step.key,
            done=done,
            total=total,
            item=item,
            resumes=self.step.resumes,
        )
        if stop_is_asked(self.run):
            raise StopAsked


def stop_is_asked(run: Run) -> bool:
    """Whether somebody asked this run to stop since it was claimed."""
    return bool(Run.objects.values_list("stop_asked", flat=True).get(pk=run.pk))
