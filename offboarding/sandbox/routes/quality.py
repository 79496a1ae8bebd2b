"""Tag Quality: the evaluations in which a person is scored, or scores."""

from __future__ import annotations

from typing import Any

from ..call import Answer, Call
from ..errors import bad_request, bad_value
from ..ids import stable_id
from ..paging import numbered
from ..people import Person
from . import PLATFORM

_STATES = ("PENDING", "INPROGRESS", "FINISHED", "INREVIEW", "RETRACTED")
_ASKED_BY = ("conversationId", "evaluatorUserId", "agentUserId", "assigneeUserId")
Row = tuple[Person, dict[str, Any]]


@PLATFORM.on("GET", "/api/v2/quality/evaluations/query", any_of=("quality:evaluation:view",))
def query_evaluations(call: Call) -> Answer:
    """Needs a conversation, an evaluator, an agent or an assignee, who must exist.

    By agentUserId alone those that are never released are left out and the release date sorts; otherwise the
    assigned date does. Evaluations of or by deleted people are left out unless includeDeletedUsers is true.
    The evaluator is the assignee (inferred).
    """
    asked = {name: call.text(name) for name in _ASKED_BY if call.text(name)}
    if not asked:
        message = "Quality query needs one agent, evaluator, or assignee, or conversation."
        raise bad_request(message, "quality.query.spec.one.of.agent.or.evaluator.or.assignee.or.conversation")
    if any(value not in call.org.people for name, value in asked.items() if name != "conversationId"):
        raise bad_request("User does not exist", "quality.query.invalid.user")
    states = call.values("evaluationState")
    for each in states:
        if each not in _STATES:
            raise bad_value(each, "evaluationState", list(_STATES))
    rows = [(person, row) for person in call.org.people.values() for row in person.evaluations]
    rows = [each for each in rows if _fits(each, asked) and (not states or each[1]["status"] in states)]
    if not call.flag("includeDeletedUsers", False):
        rows = [each for each in rows if not _touches_deleted(call, each)]
    by_release = not {"conversationId", "evaluatorUserId"} & asked.keys()
    if by_release:
        rows = [each for each in rows if not each[1].get("neverRelease")]
    date = "released" if by_release else "assigned"
    rows.sort(key=lambda each: (each[1].get(date, ""), each[1]["id"]))
    return Answer(200, numbered(call, rows, lambda each: _show(call, each)))


def _fits(each: Row, asked: dict[str, str]) -> bool:
    person, row = each
    facts = {
        "conversationId": row["conversation"],
        "evaluatorUserId": row["evaluator"],
        "agentUserId": person.id,
        "assigneeUserId": row["evaluator"],
    }
    return all(facts[name] == value for name, value in asked.items())


def _touches_deleted(call: Call, each: Row) -> bool:
    person, row = each
    return "deleted" in (person.state, call.org.people[row["evaluator"]].state)


def _show(call: Call, each: Row) -> dict[str, Any]:
    person, row = each
    evaluator = call.org.people[row["evaluator"]]
    uri = f"/api/v2/quality/conversations/{row['conversation']}/evaluations/{row['id']}"
    return {
        "id": row["id"],
        "conversation": {"id": row["conversation"], "selfUri": f"/api/v2/conversations/{row['conversation']}"},
        "evaluationForm": {"id": stable_id(call.org.seed, "evaluation-form"), "name": "Care Call"},
        "evaluator": {"id": evaluator.id, "name": evaluator.name, "selfUri": f"/api/v2/users/{evaluator.id}"},
        "agent": {"id": person.id, "name": person.name, "selfUri": f"/api/v2/users/{person.id}"},
        "status": row["status"],
        "assignedDate": row["assigned"],
        "neverRelease": row.get("neverRelease", False),
        **({"releaseDate": row["released"]} if "released" in row else {}),
        "selfUri": uri,
    }
