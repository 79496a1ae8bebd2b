"""Pure: what a person holds, the actions that would empty it, their digest and sentences. No HTTP, no Django."""

from offboarding.plan.actions import (
    ENDED_BY,
    LIVE,
    PLAN_VERSION,
    Action,
    Choices,
    Difference,
    actions_of,
    difference,
    document_of,
    planned,
)
from offboarding.plan.digest import canonical, digest_of, is_altered
from offboarding.plan.evaluations import SCORE_THEM, why_unscored
from offboarding.plan.holdings import DIRECT, Holding, Holdings, Source, Warning, same_person, to_json
from offboarding.plan.protection import KINDS, Rule, held, rule_for
from offboarding.plan.sight import ALL_SEEN, Sight, handed_over, sight_of
from offboarding.plan.words import (
    WORDS,
    counted,
    ending,
    kept_in_words,
    lasting,
    names_of,
    odd_reason,
    period,
    sentences,
    some_of,
)

__all__ = [
    "ALL_SEEN",
    "DIRECT",
    "ENDED_BY",
    "KINDS",
    "LIVE",
    "PLAN_VERSION",
    "SCORE_THEM",
    "WORDS",
    "Action",
    "Choices",
    "Difference",
    "Holding",
    "Holdings",
    "Rule",
    "Sight",
    "Source",
    "Warning",
    "actions_of",
    "canonical",
    "counted",
    "difference",
    "digest_of",
    "document_of",
    "ending",
    "handed_over",
    "held",
    "is_altered",
    "kept_in_words",
    "lasting",
    "names_of",
    "odd_reason",
    "period",
    "planned",
    "rule_for",
    "same_person",
    "sentences",
    "sight_of",
    "some_of",
    "to_json",
    "why_unscored",
]
