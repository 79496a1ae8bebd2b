"""What protects people: rules by e-mail, group or role, and being the one on whom the console depends. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from offboarding.plan.holdings import Holdings
from offboarding.plan.words import as_sentence

KINDS = {"email": "e-mail", "group": "group", "role": "role"}
LAST_ADMIN = "{name} is the last active person who can give roles to others, and is protected by that."
LET_ANOTHER_GIVE = "Give a role with authorization:grant:add to somebody who stays"
MADE_OUR_CLIENT = "{name} made the OAuth client that this console signs in with, and is protected by that."
LET_ANOTHER_MAKE = (
    "Let somebody who stays make a new OAuth client, and set GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET to it."
)


class Rule(NamedTuple):
    """One rule in force. `value` is an e-mail, or the name or id of a group or role; case does not matter."""

    kind: str
    value: str
    reason: str
    made_by: str

    @property
    def sentence(self) -> str:
        """Which rule it is, named in every refusal."""
        return f"Everybody with the {KINDS[self.kind]} {self.value} is protected: {as_sentence(self.reason)}"


def held(holdings: Holdings) -> tuple[tuple[str, str, str], ...]:
    """What the rules look at: (kind, id, name) of each holding."""
    return tuple((item.kind, item.id, item.name) for item in holdings.items)


def rule_for(rules: Iterable[Rule], email: str, items: Iterable[tuple[str, str, str]]) -> Rule | None:
    """The first rule that fits the person; None when none does. A role held in any division counts."""
    names = {("email", email.strip().casefold())} if email.strip() else set()
    for kind, id, name in items:
        own_id = id.partition(":")[0] if kind == "role" else id
        names |= {(kind, own_id.casefold()), (kind, name.strip().casefold())}
    return next((rule for rule in rules if (rule.kind, rule.value.strip().casefold()) in names), None)
