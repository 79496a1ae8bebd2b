"""What is there to look at when a seed has come to rest."""

from __future__ import annotations

from dataclasses import dataclass

from offboarding.sandbox.state import Org
from tests.simulation.databases import Database
from tests.simulation.network import Received


@dataclass(frozen=True)
class Rest:
    """What is left when nobody acts any more."""

    org: Org
    deletions: set[str]
    messages: list[Received]
    log: list[str]
    database: Database
    tokens: set[str]
    came_to_rest: bool
