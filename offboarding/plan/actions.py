"""From holdings to the actions that empty them, in the order of the work, and what changed between two readings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from offboarding.genesys.records import Person
from offboarding.plan.holdings import Holding, Holdings
from offboarding.plan.sight import ALL_SEEN, Sight

PLAN_VERSION = 4
# Which step ends which kind of holding, and with which call; the order of the kinds is the order of the work.
ENDED_BY = {
    "queue": ("leave_queues", "DELETE /api/v2/routing/queues/{id}/members/{person}"),
    "role": ("remove_roles", "POST /api/v2/authorization/subjects/{person}/bulkremove"),
    "group": ("leave_groups", "DELETE /api/v2/groups/{id}/members?ids={person}"),
    "team": ("leave_groups", "DELETE /api/v2/teams/{id}/members?id={person}"),
    "skill": ("clear_skills", "PUT /api/v2/users/{person}/routingskills/bulk []"),
    "language": ("clear_skills", "DELETE /api/v2/users/{person}/routinglanguages/{id}"),
    "utilization": ("clear_skills", "DELETE /api/v2/routing/users/{person}/utilization"),
    "station": ("release_phones", "DELETE /api/v2/users/{person}/station/{id}station"),
    "phone": ("release_phones", "DELETE /api/v2/telephony/providers/edges/phones/{id}"),
    "did": ("release_phones", "PATCH /api/v2/users/{person} addresses without it"),
    "forwarding": ("stop_forwarding", "PATCH /api/v2/users/{person}/callforwarding enabled false"),
    "backup": ("stop_forwarding", "DELETE /api/v2/routing/users/{person}/directroutingbackup/settings"),
    "workforce": ("leave_workforce", "POST /api/v2/workforcemanagement/agents to no unit"),
}
# What happens to a live conversation after the sign-out, as chosen with the request. The hours are APPROVAL_LIFE.
WHILE_APPROVED = "as long as the approval stands (72 hours)"
LIVE = {
    "wait": f"wait until they have ended, {WHILE_APPROVED}",
    "transfer": f"hand them back to the queue they came from, and wait for those that cannot be {WHILE_APPROVED}",
    "refuse": "stop, and ask a human",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a run will do. `step` and `kind` and `id` identify it; `name` and `via` are for reading.

    `ended_by` is "step" when the step ends it itself, "group" when leaving a group or team ends it, "deletion"
    when only the deletion can. `call` is the raw call for the expert view, as "METHOD /path" with a body or none.
    """

    step: str
    kind: str
    id: str
    name: str
    ended_by: str = "step"
    via: str = ""
    call: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.step, self.kind, self.id)

    @property
    def told(self) -> str:
        """The name where the kind is not said beside it: a station and the phone behind it are often named alike."""
        kinds = {"station": f"{self.id} station", "phone": "WebRTC phone"}
        return f"{kinds[self.kind]} {self.name}" if self.kind in kinds else self.name


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen with the request: `live` is a key of LIVE; the others say what of a conversation is kept."""

    live: str = "wait"
    attributes: bool = False
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between an approved plan and the person as found now."""

    added: tuple[Action, ...]
    gone: tuple[Action, ...]

    @property
    def needs_a_decision(self) -> bool:
        return bool(self.added)


def planned(holdings: Holdings) -> tuple[Action, ...]:
    """The actions that empty these holdings and delete the person, in order. Pure.

    What comes only through a group or team is listed as ended by leaving it; what comes through a skill group ends
    with the skills. A dynamic group holds by its rule, and one that includes its owners holds them: no step ends these,
    nor what comes through them, and they are left to the deletion.
    """
    person = holdings.person
    before = (
        Action(
            "suspend_sign_in",
            "sign_in",
            person.id,
            person.name,
            call=f'PUT /api/v2/users/{person.id}/state {{"state": "inactive"}}',
        ),
        Action("revoke_sessions", "sessions", person.id, person.name, call=f"DELETE /api/v2/tokens/{person.id}"),
    )
    kept = {item.id for item in holdings.of("group") if item.is_by_rule or item.is_as_owner}
    emptied = tuple(_ending(item, person, kept) for kind in ENDED_BY for item in holdings.of(kind))
    scim_id = holdings.scim.id if holdings.scim else ""
    after = (
        Action(
            "archive_history",
            "history",
            person.id,
            person.name,
            call="POST /api/v2/analytics/conversations/details/query",
        ),
        Action("delete_person", "person", person.id, person.name, call=f"DELETE /api/v2/scim/v2/users/{scim_id}"),
        Action("notify", "message", person.id, person.name),
    )
    return (*before, *emptied, *after)


def _ending(item: Holding, person: Person, kept: set[str]) -> Action:
    """`kept` are the groups that nobody can take the person out of."""
    step, call = ENDED_BY[item.kind]
    stays = any(source.id in kept for source in item.sources)
    through = ", ".join(source.name for source in item.inherited_from)
    return Action(
        step,
        item.kind,
        item.id,
        f"{item.name} ({item.detail})" if item.kind == "role" and item.detail else item.name,
        ended_by="step" if item.is_direct else "deletion" if stays else "group",
        via=through,
        call=call.format(id=item.id, person=person.id) if item.is_direct else "",
    )


def difference(approved: Iterable[Action], now: Iterable[Action]) -> Difference:
    """What is new, and what is gone, by step, kind and id. Names and counts may change without a new decision."""
    approved, now = tuple(approved), tuple(now)
    before = {action.key for action in approved}
    after = {action.key for action in now}
    return Difference(
        added=tuple(action for action in now if action.key not in before),
        gone=tuple(action for action in approved if action.key not in after),
    )


def document_of(
    holdings: Holdings,
    *,
    interval: tuple[datetime, datetime],
    approximate_count: int,
    reason: str,
    order: Iterable[str],
    choices: Choices = Choices(),
    sight: Sight = ALL_SEEN,
    hand_over: Iterable[str] = (),
    warnings: Iterable[str] = (),
) -> dict[str, Any]:
    """The plan as stored, shown and hashed: who, what in order, and which history. Strings and integers only.

    `order` are the keys of the steps as they will be done; `sight` is what of the org could be read at all;
    `hand_over` are the sentences of what no step can empty; `warnings` come before those about the person.
    """
    person, scim = holdings.person, holdings.scim
    return {
        "version": PLAN_VERSION,
        "person": {
            "id": person.id,
            "name": person.name,
            "email": person.email,
            "scim_id": scim.id if scim else "",
            "state": person.state,
        },
        "reason": reason,
        "archive": {
            "from": interval[0].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "to": interval[1].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "days": (interval[1] - interval[0]).days - 1,
            "approximate_count": approximate_count,
            "attributes": "kept" if choices.attributes else "left out",
            "addresses": "masked" if choices.masked else "as sent",
        },
        "live_conversations": choices.live,
        "order": list(order),
        "sight": sight.to_json(),
        "actions": [asdict(action) for action in planned(holdings)],
        "hand_over": list(hand_over),
        "warnings": [*warnings, *(warning.sentence for warning in holdings.warnings)],
    }


def actions_of(document: dict[str, Any]) -> tuple[Action, ...]:
    """The actions of a stored plan document, in order."""
    return tuple(Action(**action) for action in document["actions"])
