"""Nobody can sign in as this person any more: state inactive, with the reason for leaving, read back."""

from __future__ import annotations

from datetime import timedelta

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import NotThere, ReadAgain
from offboarding.models.run import StepState
from offboarding.people import find_person
from offboarding.pipeline.step import NotYet, Outcome, Step, Work

TRIES = 3


class SuspendSignIn(Step):
    key = "suspend_sign_in"
    before_the_look = True

    def apply(self, work: Work) -> Outcome:
        found = state_of(work.client, work.person_id)
        if found != "active":
            return Outcome(
                StepState.OBSERVED, f"Sign-in was suspended already: the state is {found}.", {"state": found}
            )
        self._suspend(work)
        seen = state_of(work.client, work.person_id)
        if seen == "active":
            raise NotYet(
                "Genesys still shows the account as active after suspending it.",
                after=timedelta(seconds=5),
                remedy="Set the person inactive in Genesys Cloud admin, then retry.",
            )
        return Outcome(StepState.OBSERVED, f"Sign-in is suspended: the state is {seen}.", {"state": seen})

    def _suspend(self, work: Work) -> None:
        """PUT /api/v2/users/{userId}/state. A version that moved between read and write is read again, boundedly."""
        for attempt in range(TRIES):
            state = work.client.get_user_state(work.person_id)
            if state.state != "active":
                return
            try:
                work.client.put_user_state(
                    work.person_id, "inactive", version=state.version, reason=work.request.reason
                )
                return
            except ReadAgain:
                if attempt == TRIES - 1:
                    raise


def state_of(client: GenesysClient, person_id: str) -> str:
    """active, inactive or deleted: from the endpoint made for it, or from the person where that knows none."""
    try:
        return client.get_user_state(person_id).state
    except NotThere:
        return find_person(client, person_id).state


STEP = SuspendSignIn()
