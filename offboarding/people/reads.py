"""Parallel reads whose failures become unknown sections, never empty ones."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from offboarding.genesys.errors import GenesysError, RetryLater, Unreachable

T = TypeVar("T")
U = TypeVar("U")


class Reads:
    """Collects the results. `raise_waits`: a call that may succeed later raises instead of making a section unknown."""

    def __init__(self, *, raise_waits: bool = False) -> None:
        self.unknown: dict[str, str] = {}
        self._raised = (RetryLater, Unreachable) if raise_waits else ()

    def of(self, section: str, read: Future[T], otherwise: U) -> T | U:
        """What the read brought, or `otherwise` after noting why the section is unknown."""
        return self.now(section, read.result, otherwise)

    def now(self, section: str, read: Callable[[], T], otherwise: U) -> T | U:
        """The same for a read made here."""
        try:
            return read()
        except self._raised:
            raise
        except GenesysError as error:
            self.unknown[section] = str(error)
            return otherwise
