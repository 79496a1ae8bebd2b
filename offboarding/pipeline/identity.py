"""Is the account still the one that was approved? Asked after every look, before anything is written."""

from __future__ import annotations

from offboarding.genesys.records import Person
from offboarding.models import Plan
from offboarding.pipeline.step import StepFailed


def must_be_the_same_person(person: Person, plan: Plan) -> None:
    """StepFailed when the account is no longer the one that was approved: its e-mail names somebody else."""
    approved = plan.document["person"]["email"]
    if person.state != "deleted" and person.email.casefold() != approved.casefold():
        raise StepFailed(
            f"The account's e-mail is {person.email} now; {approved} was approved.",
            "Make sure who this is. Close the request and ask again for the right person.",
            "another_person",
        )
