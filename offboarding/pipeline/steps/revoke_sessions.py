"""Every session ends and no new one can begin.

The API cannot list sessions. They count as gone when the state is read back as not active, DELETE
/api/v2/tokens/{userId} answered 2xx after that, no later token is seen, and then (`settle_conversations`) no live
session either. The article's dialect shows no tokens: there the sign-out ends as sent.
"""

from __future__ import annotations

from datetime import timedelta

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import NotThere
from offboarding.genesys.records import Person
from offboarding.models.run import StepState
from offboarding.people import find_person
from offboarding.pipeline.step import NotYet, Outcome, Step, StepFailed, Work


class RevokeSessions(Step):
    key = "revoke_sessions"
    before_the_look = True

    def apply(self, work: Work) -> Outcome:
        found = _seen(work.client, work.person_id)
        state, before = found.state, found.last_token_issued
        if state == "active":
            raise StepFailed(
                "Sign-in is possible again: somebody made the account active after it was suspended.",
                "Set the person inactive in Genesys Cloud, find out who changed it, then retry.",
                "active_again",
            )
        try:
            work.client.delete_token(work.person_id)
        except NotThere:
            if state != "deleted":
                raise
        after = _seen(work.client, work.person_id).last_token_issued
        if after and after != before:
            raise NotYet(
                "A token was issued while the tokens were being deleted; they are deleted once more.",
                after=timedelta(seconds=2),
                remedy="Find out what signs in as this person, then retry.",
            )
        evidence = {"state": state, "last_token_issued": after or ""}
        told = f"The state is {state}, and all tokens were deleted after that"
        if not work.client.SHOWS_SIGN_OUT:
            told = f"The state is {state}, and the sign-out was accepted then. The article's API cannot show sessions."
            return Outcome(StepState.SENT, told, evidence)
        since = work.run.steps.values_list("evidence", flat=True).get(key="suspend_sign_in").get("inactive_since")
        if state == "deleted" or after:
            return Outcome(StepState.OBSERVED, f"{told}. No later token was seen.", evidence)
        if since:
            return Outcome(StepState.OBSERVED, f"{told}. Genesys tells of no token.", evidence)
        return Outcome(
            StepState.SENT, f"{told}. Genesys tells neither the last token nor since when it is so.", evidence
        )


def _seen(client: GenesysClient, person_id: str) -> Person:
    """State and last token in one read: whoever is to be locked out does not wait for two."""
    return find_person(client, person_id, expand=("lasttokenissued",))


STEP = RevokeSessions()
