"""What the end of a step says is gone, asked of the org itself.

Left out is what no step says: that dynamic groups, and what comes through them, are gone (they end with the deletion);
groups that the person owns, duties, and the backup of others, which are handed over. `check_compliance` is about our
own rows, `archive_history` about a file, and `notify` ends as sent: for those the witness and the invariants look
elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offboarding.sandbox.people import Person
from offboarding.sandbox.state import Org

Look = Callable[[Org, Person], dict[str, Any]]


def _groups(org: Org, person: Person) -> dict[str, Any]:
    known = org.catalogue.groups
    as_owner = {group for group in person.owned_groups if known[group].include_owners}
    by_hand = [group for group in person.groups if not known[group].dynamic and group not in as_owner]
    return {"groups": by_hand, "a team": person.team}


def _forwarding(org: Org, person: Person) -> dict[str, Any]:
    backup = [person.backup[name] for name in ("queueId", "userId") if person.backup.get(name)]
    return {"a forwarding": person.forwarding.get("enabled"), "a backup": backup}


# By the key of the step: each thing that would still be there, by the word for it.
_LOOKS: dict[str, Look] = {
    "suspend_sign_in": lambda org, person: {"a sign-in": person.state == "active"},
    "revoke_sessions": lambda org, person: {"a sign-in": person.state == "active", "sessions": person.sessions},
    "settle_conversations": lambda org, person: {"live conversations": person.live},
    "leave_queues": lambda org, person: {"queues": person.queues, "inactive queues": person.unjoined},
    "remove_roles": lambda org, person: {"roles": person.grants},
    "leave_groups": _groups,
    "clear_skills": lambda org, person: {
        "skills": person.skills,
        "languages": person.languages,
        "a utilization": person.utilization,
    },
    "release_phones": lambda org, person: {
        "a station": person.station,
        "a default station": person.default_station,
        "phones": person.phones,
        "a number": person.phone,
    },
    "stop_forwarding": _forwarding,
    "leave_workforce": lambda org, person: {"a management unit": person.management_unit},
    "delete_person": lambda org, person: {"the account": person.state != "deleted"},
}


def still_held(org: Org, key: str, person: Person) -> list[str]:
    """What the org still shows of that which the step `key` says is gone; nothing for a step that says nothing."""
    look = _LOOKS.get(key)
    return [what for what, held in look(org, person).items() if held] if look else []
