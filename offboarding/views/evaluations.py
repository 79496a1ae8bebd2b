"""The org's policy for evaluations that are still to be scored, said before anybody asks. Costs no call."""

from __future__ import annotations

from django.conf import settings

from offboarding import plan
from offboarding.genesys.client import GenesysClient
from offboarding.people import Duties


def come_first(client: GenesysClient) -> bool:
    """Whether the policy refuses while some are pending. The article's dialect knows no evaluations."""
    return settings.DEPROVISION_PENDING_EVALUATIONS == "refuse" and client.KNOWS_EQUIPMENT


def why_no_plan(client: GenesysClient, name: str, found: Duties) -> str:
    """Why no plan would be made of what was found, and what to do about it; empty where nothing stands in the way."""
    why = plan.why_unscored(name, found.evaluations) if come_first(client) else ""
    return f"{why} {plan.SCORE_THEM}" if why and found.evaluations else why
