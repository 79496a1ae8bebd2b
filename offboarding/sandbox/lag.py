"""Reads that are late: what each kind of read still shows of a person, and until when.

How late Genesys Cloud shows a write is not documented. Its own Terraform provider waits 4 s before it reads grants
back, polls the user search for minutes after a deletion, and reads the version again before each change of a user.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from .options import Options
from .people import Person

Values = dict[str, Any]
_USER = (
    *("state", "state_reason", "state_date", "version", "modified"),
    *("name", "email", "title", "department", "division_id", "manager_id", "phone", "addresses"),
)
# Each kind of read, and what of a person it shows late.
PARTS: dict[str, tuple[str, ...]] = {
    "grants": ("grants",),
    "queues": ("queues", "unjoined"),
    "skills": ("skills", "languages"),
    "users": _USER,
    "scim": _USER,
}


def _delays(options: Options, *, deletion: bool) -> dict[str, float]:
    return {
        "grants": options.grants_lag,
        "queues": options.queues_lag,
        "skills": options.skills_lag,
        "users": options.deletion_lag if deletion else options.state_lag,
        "scim": options.scim_deletion_lag if deletion else options.state_lag,
    }


class Lag:
    """Every read shows a person as they were before the oldest change that it does not show yet."""

    def __init__(self) -> None:
        self._late: dict[tuple[str, str], list[tuple[float, Values]]] = {}  # (person, part): due, values before

    def parts_of(self, person: Person) -> Values:
        """What may be shown late, as it is now."""
        return copy.deepcopy({name: getattr(person, name) for names in PARTS.values() for name in names})

    def note(self, person: Person, before: Values, now: float, options: Options) -> None:
        """The person was changed: what the options delay is shown as `before` for so long."""
        deletion = person.state == "deleted" != before["state"]
        for part, delay in _delays(options, deletion=deletion).items():
            old = {name: before[name] for name in PARTS[part]}
            if delay and any(getattr(person, name) != value for name, value in old.items()):
                self._late.setdefault((person.id, part), []).append((now + delay, old))

    def pass_by(self, now: float) -> bool:
        """Forget what is due; whether there was any, so that something is shown anew."""
        kept = {key: [each for each in rows if each[0] > now] for key, rows in self._late.items()}
        was, self._late = self._late, {key: rows for key, rows in kept.items() if rows}
        return was != self._late

    def shown(self, person: Person, *, scim: bool = False) -> Person:
        """The person as a read shows them, a copy where that is not as they are."""
        old: Values = {}
        for part in ("grants", "queues", "skills", "scim" if scim else "users"):
            if rows := self._late.get((person.id, part)):
                old |= rows[0][1]
        return replace(person, **old) if old else person
