"""What a sandbox was asked to change, from its record of calls: each change once, and none after the deletion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tests.call_bounds import is_write

Change = tuple[str, str, str, str]
SCIM = "/scim/v2/users/"


def changes(calls: Iterable[Mapping[str, Any]]) -> Counter[Change]:
    """The calls that changed something and were answered with success: (method, path, query, body), how often each."""
    return Counter(
        (call["method"], call["path"], str(call["query"]), str(call["body"])) for call in calls if _changed(call)
    )


def deletions(calls: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The SCIM DELETEs that were answered with success."""
    return [call for call in calls if call["method"] == "DELETE" and SCIM in call["path"] and _changed(call)]


def changed_after_the_deletion(calls: Iterable[Mapping[str, Any]], *ids: str) -> list[Mapping[str, Any]]:
    """What was changed of whom one of the `ids` names, later than the first deletion of them."""
    theirs = [call for call in calls if _changed(call) and any(id in _told(call) for id in ids)]
    first = next((at for at, call in enumerate(theirs) if deletions([call])), len(theirs))
    return theirs[first + 1 :]


def _told(call: Mapping[str, Any]) -> str:
    return f"{call['path']} {call['query']} {call['body']}"


def _changed(call: Mapping[str, Any]) -> bool:
    return is_write(f"{call['method']} {call['path']}") and 200 <= call["status"] < 300
