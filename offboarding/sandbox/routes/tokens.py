"""Tag Tokens: the caller's own token, and ending the sessions of a person."""

from __future__ import annotations

from .. import recent
from ..call import Answer, Call
from ..errors import no_user
from . import PLATFORM


@PLATFORM.on("GET", "/api/v2/tokens/me")
def own_token(call: Call) -> Answer:
    """TokenInfo. Works with client credentials (inferred); a personal token carries no OAuth client here."""
    org = {"id": call.org.catalogue.org_id, "name": call.org.catalogue.org_name}
    body = {"organization": org, "homeOrganization": org, "authorizedScope": []}
    if call.person is None:
        body["OAuthClient"] = {"id": call.org.catalogue.client_id, "name": "Offboarding", "organization": org}
    return Answer(200, body)


@PLATFORM.on("HEAD", "/api/v2/tokens/me")
def check_own_token(call: Call) -> Answer:
    return Answer(200)


@PLATFORM.on("DELETE", "/api/v2/tokens/{userId}", any_of=("oauth:token:delete",))
def end_sessions(call: Call) -> Answer:
    """204, also when nobody was signed in. It ends tokens; an active person may sign in again at once.

    Whether a live conversation ends with them, or the associated station is left, is not documented: options
    `tokens_end_calls` and `tokens_drop_station`.
    """
    person = call.org.people.get(call.params["userId"])
    if person is None:
        raise no_user()
    with call.org.changing(person):
        person.sessions, person.token_epoch = 0, person.token_epoch + 1
        person.presence = "Offline"
        if call.org.options.tokens_drop_station:
            person.station = None
        if call.org.options.tokens_end_calls:
            recent.end(person)
        if not person.live:
            person.routing_status = "OFF_QUEUE"
    return Answer(204)
