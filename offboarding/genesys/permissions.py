"""Which permissions the OAuth client needs, read from the docstrings of GenesysClient: "Needs a:b:c.", "Needs
a:b:c or d:e:f." (any of them), "Needs a:b:c and d:e:f." (all of them) or "No permission".

A docstring names the narrowest permissions that are documented to suffice; a broader one, such as admin, is not
told and counts as missing here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import cache

from offboarding.genesys.client import GenesysClient

_ONE = r"[a-zA-Z]+:[a-zA-Z]+:[a-zA-Z]+"
_NEEDS = re.compile(rf"\bNeeds ({_ONE}(?:(?: or | and ){_ONE})*)")


@dataclass(frozen=True, slots=True)
class Need:
    """What one operation needs: all of `permissions` when `every`, else any one; nothing when there is none."""

    operation: str
    permissions: tuple[str, ...]
    every: bool = False

    def __str__(self) -> str:
        return (" and " if self.every else " or ").join(self.permissions)

    def missing(self, granted: Set[str]) -> tuple[str, ...]:
        """What has to be granted: each permission when all are needed, else the choice in words, as `str`."""
        lacking = tuple(each for each in self.permissions if not _grants(granted, each))
        if self.every:
            return lacking
        return (str(self),) if self.permissions and len(lacking) == len(self.permissions) else ()


@cache
def needs() -> tuple[Need, ...]:
    """What each operation of the client needs, by its name. Raises ValueError for a docstring that does not say."""
    methods = inspect.getmembers(GenesysClient, inspect.isfunction)
    return tuple(need_of(name, method.__doc__ or "") for name, method in methods if not name.startswith("_"))


def need_of(operation: str, docstring: str) -> Need:
    text = " ".join(docstring.split())
    found = _NEEDS.findall(text)
    if not found and "No permission" in text:
        return Need(operation, ())
    if len(found) != 1 or "No permission" in text or (" or " in found[0] and " and " in found[0]):
        raise ValueError(f"The docstring of {operation} does not say once which permission it needs.")
    every = " and " in found[0]
    return Need(operation, tuple(found[0].split(" and " if every else " or ")), every)


def permissions() -> dict[str, tuple[str, ...]]:
    """Every permission that is named, with the operations that name it."""
    return _gathered((permission, need.operation) for need in needs() for permission in need.permissions)


def missing_permissions(granted: Set[str]) -> dict[str, tuple[str, ...]]:
    """What is missing, with the operations that will not work; "a or b" where either would do.

    `granted` are written domain:entity:action, from the policies of the client's roles. Entity and action may be
    `*` for all, as in Genesys Cloud's role policies (Terraform provider, resource genesyscloud_auth_role).
    """
    return _gathered((missing, need.operation) for need in needs() for missing in need.missing(granted))


def as_markdown() -> str:
    """docs/permissions.md."""
    every = needs()
    rows = _gathered((str(need), need.operation) for need in every if need.permissions)
    free = [f"`{need.operation}`" for need in every if not need.permissions]
    return "\n".join(
        [
            "# Permissions of the OAuth client",
            "",
            "Give the role of the OAuth client these permissions, in every division. Operations are named as in the",
            "official Python SDK. Where a row says *or*, one of them is enough. Scopes make no difference to a Client",
            "Credentials client.",
            "",
            "This file is written by `docs/reference.py` from the client's docstrings.",
            "",
            "| Permission | Operations that need it |",
            "| --- | --- |",
            *(f"| {_in_code(phrase)} | {', '.join(f'`{name}`' for name in names)} |" for phrase, names in rows.items()),
            "",
            "## No permission is documented for",
            "",
            f"{', '.join(free)}.",
            "",
        ]
    )


def _in_code(phrase: str) -> str:
    return re.sub(_ONE, r"`\g<0>`", phrase)


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Operations by what they need, both in order."""
    found: dict[str, list[str]] = {}
    for what, operation in sorted(pairs):
        found.setdefault(what, []).append(operation)
    return {what: tuple(operations) for what, operations in found.items()}


def _grants(granted: Set[str], permission: str) -> bool:
    domain, entity, action = permission.split(":")
    return any(f"{domain}:{this}:{that}" in granted for this in (entity, "*") for that in (action, "*"))
