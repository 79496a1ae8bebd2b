"""The org's policy for evaluations that are still to be scored: handed over, or a reason not to deprovision yet."""

from __future__ import annotations

from django.conf import settings

from offboarding import people
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import MissingPermission
from offboarding.genesys.records import Person
from offboarding.plan import SCORE_THEM, why_unscored

PENDING_EVALUATIONS = "pending_evaluations"


def why_evaluations_forbid(client: GenesysClient, person: Person) -> tuple[str, str] | None:
    """Problem and remedy while the policy refuses and some are pending; no call where it hands them over.

    What may not be seen is not taken for none. The article's dialect knows no evaluations. Raises GenesysError.
    """
    if settings.DEPROVISION_PENDING_EVALUATIONS != "refuse" or not client.KNOWS_EQUIPMENT:
        return None
    try:
        why = why_unscored(person.name, people.pending_evaluations(client, person.id))
    except MissingPermission as error:
        return why_unscored(person.name, None), error.remedy
    return (why, f"{SCORE_THEM} Then have the plan read again, or retry the run.") if why else None
