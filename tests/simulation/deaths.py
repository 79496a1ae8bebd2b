"""Counts how often one call kills whoever sends it, with nothing done and nobody asked in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from offboarding.models import Run
from offboarding.pipeline.planner import MOST_TRIES
from offboarding.pipeline.runner import MOST_DEATHS

MOST = {"drive": MOST_DEATHS, "plan": MOST_TRIES}


@dataclass(slots=True)
class Deaths:
    """By task: `drive` or `plan`, and the number of its run or request."""

    accuse: Callable[[str, str], None]
    _in_a_row: Counter[tuple[str, int]] = field(default_factory=Counter)

    def one_more(self, task: tuple[str, int]) -> None:
        """This task has killed its worker."""
        self._in_a_row[task] += 1
        if self._in_a_row[task] > MOST[task[0]]:
            self.accuse("nobody_is_killed_for_ever", f"{task[0]} {task[1]} killed {self._in_a_row[task]} in a row")

    def recorded(self, request_id: int | None) -> None:
        """The audit trail says something new of this request: a step ended, the run waits, or a human was asked."""
        if self._in_a_row:
            self._in_a_row.pop(("plan", request_id or 0), None)
            for run_id in Run.objects.filter(request=request_id).values_list("id", flat=True):
                self.given_back(run_id)

    def given_back(self, run_id: int) -> None:
        """A worker that lives has given the run back."""
        self._in_a_row.pop(("drive", run_id), None)
