"""The org's policy for evaluations that are still to be scored: handed over, or a reason not to deprovision yet."""

from __future__ import annotations

from django.conf import settings

from offboarding import people
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import MissingPermission
from offboarding.genesys.records import Person
from offboarding.plan import counted

PENDING_EVALUATIONS = "pending_evaluations"
RULE = "DEPROVISION_PENDING_EVALUATIONS=refuse forbids to deprovision before they are scored."


def why_evaluations_forbid(client: GenesysClient, person: Person) -> tuple[str, str] | None:
    """Problem and remedy while the policy refuses and some are pending; no call where it hands them over.

    What may not be seen is not taken for none. The article's dialect knows no evaluations. Raises GenesysError.
    """
    if settings.DEPROVISION_PENDING_EVALUATIONS != "refuse" or not client.KNOWS_EQUIPMENT:
        return None
    try:
        pending = people.pending_evaluations(client, person.id)
    except MissingPermission as error:
        return f"Whether evaluations of {person.name} are pending may not be seen. {RULE}", error.remedy
    if not pending:
        return None
    return (
        f"{person.name} has {counted(pending, 'evaluation')} still to be scored. {RULE}",
        "Have them scored, reassigned or deleted in Genesys Cloud's quality management. Then have the plan "
        "read again, or retry the run.",
    )
