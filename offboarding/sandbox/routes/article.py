"""The routes of the article, which the documented API does not have; served with --article only.

The article shows requests and what its script reads of the answers; what it leaves open is decided here.
"""

from __future__ import annotations

import re
from typing import Any

from .. import conversation_record
from ..call import Answer, Call
from ..conversations import history
from ..errors import bad_request, not_found
from . import ARTICLE, analytics, users
from .users import person_of

_WHERE = re.compile(r'^\s*userId\s*=\s*"([^"]+)"\s*$')
QUERY = "/api/v2/analytics/conversations/details/query"


@ARTICLE.on("GET", "/api/v2/users/{userId}")
def get_user(call: Call) -> Answer:
    """The documented User with two arrays of ids more: direct queues and the roles of direct grants."""
    answer, person = users.get_user(call), call.org.lag.shown(call.org.people[call.params["userId"]])
    roles = list(dict.fromkeys(grant[0] for grant in call.org.visible_grants(person)))
    return Answer(200, answer.body | {"queues": list(person.queues), "roles": roles})


@ARTICLE.on("DELETE", "/api/v2/queue/users/{userId}", any_of=("routing:queue:edit", "routing:queueMember:manage"))
def leave_queues(call: Call) -> Answer:
    """204; 404 when there is nothing left to leave.

    The path names no queue: option `article_queue_delete` says whether one call empties all or takes one.
    """
    person = person_of(call)
    if not person.queues:
        raise not_found("The user is not a member of any queue.")
    with call.org.changing(person):
        left = person.queues[:1] if call.org.options.article_queue_delete == "one" else person.queues
        person.queues = [each for each in person.queues if each not in left]
        person.unjoined = [each for each in person.unjoined if each not in left]
    return Answer(204)


@ARTICLE.on("PATCH", "/api/v2/identity/users/{userId}/roles", all_of=("authorization:grant:delete",))
def remove_roles(call: Call) -> Answer:
    """{remove: [role id]} takes every direct grant of these roles; 400 for any other form of body."""
    person, remove = person_of(call), call.json().get("remove")
    if not isinstance(remove, list) or not all(isinstance(each, str) for each in remove):
        raise bad_request("remove must be a list of role ids.")
    with call.org.changing(person):
        person.grants = [grant for grant in person.grants if grant[0] not in remove]
    return Answer(200, {"id": person.id, "roles": list(dict.fromkeys(grant[0] for grant in person.grants))})


@ARTICLE.on("POST", QUERY, any_of=("analytics:conversationDetail:view",), locked=False)
def query_conversations(call: Call) -> Answer:
    """The article's body has `where`; a body without it is the documented query.

    Answers {entities, nextPageSequence}; nextPageSequence is absent on the last page, entities are the
    documented records with the two metrics that the article asks for, in milliseconds.
    """
    body = call.json()
    if "where" not in body:
        return analytics.query_conversations(call)
    fits = _WHERE.match(str(body["where"]))
    if not fits or body.get("interval") != "P365D":
        raise bad_request('where must read userId="..." and interval P365D.')
    size, after = body.get("pageSize", 100), body.get("nextPageSequence") or "0"
    if type(size) is not int or not 1 <= size <= 100 or not str(after).isdigit():
        raise bad_request("pageSize must be from 1 to 100, nextPageSequence one that was given out.")
    with call.org.lock:
        person = call.org.people.get(fits[1])
    if person is None:
        return Answer(200, {"entities": []})
    past, origin = (
        history(call.org.seed, person.id, person.conversations, call.org.today_ms),
        call.org.origins[person.id],
    )
    numbers = range(int(after), min(int(after) + size, past.count))
    entities = [_entity(conversation_record.build(past, k, call.org.catalogue, origin)) for k in numbers]
    found: dict[str, Any] = {"entities": entities}
    if numbers.stop < past.count:
        found["nextPageSequence"] = str(numbers.stop)
    return Answer(200, found)


def _entity(record: dict[str, Any]) -> dict[str, Any]:
    metrics = [
        metric
        for participant in record["participants"]
        for session in participant["sessions"]
        for metric in session["metrics"]
    ]
    wrap_up = sum(metric["value"] for metric in metrics if metric["name"] == "tAcw")
    talk = max((metric["value"] for metric in metrics if metric["name"] == "tConnected"), default=0)
    return record | {"conversationDuration": talk, "wrapUpDuration": wrap_up}


@ARTICLE.on("POST", "/api/v2/users/{userId}/sessions/revoke", any_of=("oauth:token:delete",))
def revoke_sessions(call: Call) -> Answer:
    """200; 404 when nobody is signed in."""
    person = person_of(call)
    if not person.sessions:
        raise not_found("No active sessions found.")
    with call.org.changing(person):
        person.sessions, person.token_epoch = 0, person.token_epoch + 1
        person.presence, person.routing_status, person.station = "Offline", "OFF_QUEUE", None
    return Answer(200, {})
