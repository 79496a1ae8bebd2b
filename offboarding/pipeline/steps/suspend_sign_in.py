"""Nobody can sign in as this person any more: state inactive, with the reason for leaving, read back."""

from __future__ import annotations

import time
from datetime import timedelta

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import NotThere, ReadAgain
from offboarding.genesys.records import StateOfPerson
from offboarding.models.run import StepState
from offboarding.people import find_person
from offboarding.pipeline.settle import WAITS
from offboarding.pipeline.step import NotConfirmed, Outcome, Step, Work

TRIES = 3


class SuspendSignIn(Step):
    key = "suspend_sign_in"
    before_the_look = True

    def apply(self, work: Work) -> Outcome:
        found = self._suspend(work)
        if found.state != "active":
            return Outcome(
                StepState.OBSERVED, f"Sign-in was suspended already: the state is {found.state}.", _evidence(found)
            )
        seen = self._read_back(work)
        return Outcome(StepState.OBSERVED, f"Sign-in is suspended: the state is {seen.state}.", _evidence(seen))

    def _suspend(self, work: Work) -> StateOfPerson:
        """PUT /api/v2/users/{userId}/state unless it is not active; the state found before.

        A version that moved between read and write is read again, boundedly. One that is older than what an earlier
        attempt wrote was moved by nobody else: there the read is late, and that write is not confirmed yet.
        """
        for attempt in range(1, TRIES + 1):
            found = state_of(work.client, work.person_id)
            if found.state != "active":
                break
            try:
                written = work.client.put_user_state(
                    work.person_id, "inactive", version=found.version, reason=work.request.reason
                )
                work.keep({"written_version": written.version})
                break
            except ReadAgain as error:
                if attempt == TRIES:
                    raise (_not_shown() if _is_late(work, found) else error) from error
        return found

    def _read_back(self, work: Work) -> StateOfPerson:
        """The state as soon as it is not active: in place at first, for the sign-out waits until it is seen."""
        for wait in WAITS:
            time.sleep(wait)
            if (seen := state_of(work.client, work.person_id)).state != "active":
                return seen
        raise _not_shown()


def _not_shown() -> NotConfirmed:
    return NotConfirmed(
        "Genesys still shows the account as active after suspending it.",
        after=timedelta(seconds=5),
        remedy="Set the person inactive in Genesys Cloud admin, then retry.",
    )


def _is_late(work: Work, found: StateOfPerson) -> bool:
    """Whether `found` is older than what an earlier attempt of this run wrote."""
    evidence = work.run.steps.values_list("evidence", flat=True).get(key=STEP.key)
    written = evidence.get("written_version")
    return None not in (found.version, written) and found.version < written


def _evidence(seen: StateOfPerson) -> dict[str, str]:
    """By its date the last look before the deletion tells an account that was active in between."""
    return {"state": seen.state, "inactive_since": seen.changed_at or ""}


def state_of(client: GenesysClient, person_id: str) -> StateOfPerson:
    """active, inactive or deleted: from the endpoint made for it, or from the person where that knows none."""
    try:
        return client.get_user_state(person_id)
    except NotThere:
        return StateOfPerson(find_person(client, person_id).state, None)


STEP = SuspendSignIn()
