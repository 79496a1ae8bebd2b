"""What the OAuth client may do, by its own grants: what works, what will not and what only in some divisions.

A division-aware permission that is granted in one division finds and changes only what lies there, and Genesys Cloud
does not say that anything is missing. Which permissions are not division-aware is not documented with the
operations, so each is wanted in every division.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from offboarding.genesys.abilities import ABILITIES
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import REMEDIES, GenesysError
from offboarding.genesys.records import Grant, Ref

EVERY_DIVISION = "*"


@dataclass(frozen=True, slots=True)
class Lack:
    """What will not work, or not in `divisions`, and the permissions that it needs there; "a or b" is a choice."""

    words: str
    permissions: tuple[str, ...]
    divisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Granted:
    """Every ability is once in `works`, `lacks` or `partly`, which has what a covered division lacks.

    `everywhere`: a role is granted in all divisions, those made later too. `covered` and `uncovered` are the
    divisions of today in which some role, or none, is granted; what works does so in the covered ones.
    """

    works: tuple[str, ...]
    lacks: tuple[Lack, ...]
    partly: tuple[Lack, ...]
    everywhere: bool
    covered: tuple[str, ...]
    uncovered: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The permissions that are granted nowhere, each once."""
        return tuple(dict.fromkeys(name for lack in self.lacks for name in lack.permissions))


@dataclass(frozen=True, slots=True)
class Unread:
    """The grants could not be read: nothing is known of the permissions, and least of all that they suffice."""

    problem: str
    remedy: str = ""


def read_granted(client: GenesysClient, own: Ref | None) -> Granted | Unread:
    """Two reads for `own`, the OAuth client of our token; what goes wrong is told, not raised."""
    if own is None:
        return Unread("Genesys Cloud did not say which OAuth client the token belongs to.")
    try:
        grants = client.get_authorization_subject(own.id, include_full_roles=True)
        divisions = client.get_authorization_divisions()
    except GenesysError as error:
        return Unread(str(error), error.remedy)
    if grants and not any(grant.policies for grant in grants):
        # A client without any permission could not have read this.
        return Unread("Genesys Cloud named the roles of the OAuth client without their permissions.")
    if not divisions:
        return Unread("Genesys Cloud named no division.", REMEDIES["language"])
    return judge(grants, divisions)


def judge(grants: Sequence[Grant], divisions: Sequence[Ref]) -> Granted:
    """A policy under a condition counts for nothing: where the condition does not hold, nothing would say so."""
    anywhere = _names(grants)
    reaching = {each: [one for one in grants if one.division.id in (EVERY_DIVISION, each.id)] for each in divisions}
    within = {_called(each): _names(found) for each, found in reaching.items() if found}
    works, lacks, partly = [], [], []
    for ability in ABILITIES:
        if missing := ability.missing(anywhere):
            lacks.append(Lack(ability.words, missing))
            continue
        gaps = {name: missing for name, names in within.items() if (missing := ability.missing(names))}
        if gaps:
            needed = dict.fromkeys(name for missing in gaps.values() for name in missing)
            partly.append(Lack(ability.words, tuple(needed), tuple(gaps)))
        else:
            works.append(ability.words)
    return Granted(
        works=tuple(works),
        lacks=tuple(lacks),
        partly=tuple(partly),
        everywhere=any(grant.division.id == EVERY_DIVISION for grant in grants),
        covered=tuple(within),
        uncovered=tuple(_called(each) for each, found in reaching.items() if not found),
    )


def _called(division: Ref) -> str:
    return division.name or division.id


def _names(grants: Sequence[Grant]) -> frozenset[str]:
    every = (policy for grant in grants for policy in grant.policies if not policy.conditional)
    return frozenset(name for policy in every for name in policy.permissions)
