"""No schedule is made for the person any more: they are in no workforce-management unit."""

from __future__ import annotations

from offboarding.models.run import StepState
from offboarding.pipeline.emptying import Emptying
from offboarding.pipeline.settle import until_gone
from offboarding.pipeline.step import Outcome, Work


class LeaveWorkforce(Emptying):
    key = "leave_workforce"

    def empty(self, work: Work) -> Outcome:
        if not work.actions:
            return Outcome(StepState.NOTHING_TO_DO, "The person was in no management unit.")
        if work.look().of("workforce"):
            work.progress(0, 1, "the management unit")
            work.asks(work.actions)
            work.client.post_workforcemanagement_agents([work.person_id])
            work.progress(1, 1, "")
        elif not work.asked:
            return Outcome(StepState.NOTHING_TO_DO, "The person is in no management unit.")
        until_gone(
            lambda: _units(work),
            what="the management unit",
            remedy="Take the person out of the unit in Workforce Management, then retry.",
        )
        left = sorted(action.name for action in work.actions)
        return Outcome(
            StepState.OBSERVED, "In no management unit any more, seen in Workforce Management.", {"left": left}
        )


def _units(work: Work) -> list[str]:
    unit = work.client.get_workforcemanagement_agent_managementunit(work.person_id)
    return [unit.management_unit_id] if unit else []


STEP = LeaveWorkforce()
