"""What becomes of scheduled work when its time comes, as far as is known now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from offboarding.actions.protections import rule_on
from offboarding.models import Hold, Run
from offboarding.plan import as_sentence


@dataclass(frozen=True, slots=True)
class Forecast:
    """`refused` says why nothing will be done, and `remedy` who can change that; `held`: all but the deletion will."""

    refused: str = ""
    remedy: str = ""
    held: bool = False


def forecast(run: Run, holds: Iterable[Hold]) -> Forecast:
    """By the protections, rules and legal holds in force now; a worker asks for them again when the time has come."""
    holds = tuple(holds)
    protection = next((hold for hold in holds if hold.forbids_all), None)
    if protection is not None:
        return Forecast(
            f"{protection.person_name} is protected: {as_sentence(protection.reason)}",
            f"Ask {protection.placed_by_name} to release the protection, or cancel the request.",
        )
    rule = rule_on(run.plan)
    if rule is not None:
        return Forecast(rule.sentence, f"Ask {rule.made_by} whether the rule should end, or cancel the request.")
    return Forecast(held=bool(holds))
