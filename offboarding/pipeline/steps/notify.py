"""The audit log document is in the outbox. The runner ends the run in the same transaction; sending is another task."""

from __future__ import annotations

from offboarding.models.run import StepState
from offboarding.pipeline.step import Outcome, Step, Work
from offboarding.webhooks.endpoints import receivers


class Notify(Step):
    key = "notify"
    asks_itself = True

    def apply(self, work: Work) -> Outcome:
        if not receivers():
            return Outcome(StepState.NOTHING_TO_DO, "No downstream address is configured.")
        return Outcome(StepState.SENT, "The audit log document is handed to the outbox, which delivers it.")


STEP = Notify()
