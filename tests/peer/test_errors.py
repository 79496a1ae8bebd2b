"""What goes wrong is told to the SDK and to our client in the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import GenesysError
from offboarding.sandbox.testing import SandboxThread
from tests.peer.calls import Facts
from tests.peer.sdk import lost

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("status", "ask"),
    [
        (404, lambda c, x: c.get_user(NOBODY)),
        (404, lambda c, x: c.get_scim_v2_user(NOBODY)),
        (404, lambda c, x: c.delete_routing_queue_member(x.queue, NOBODY)),
        (409, lambda c, x: c.put_user_state(x.id, "inactive", version=x.version - 1)),
        (400, lambda c, x: c.delete_scim_v2_user(x.scim_id, etag='"0"')),
        (400, lambda c, x: c.post_users_search([{"fields": ["name"], "type": "SOUNDS_LIKE", "value": "x"}])),
        (403, lambda c, x: c.delete_token(x.id)),
    ],
)
def test_an_error_is_the_same(
    org: SandboxThread,
    ours: GenesysClient,
    theirs: GenesysClient,
    status: int,
    ask: Callable[[GenesysClient, Facts], Any],
) -> None:
    org.reset()
    facts, told = Facts(org), []
    if status == 403:
        org.remove_permissions("oauth:token:delete")
    for client in (ours, theirs):
        with pytest.raises(GenesysError) as caught:
            ask(client, facts)
        told.append((type(caught.value), caught.value.status, caught.value.code, str(caught.value)))
    assert told[0] == told[1]
    assert told[0][1] == status


def test_what_a_model_does_not_know_is_told_by_its_place() -> None:
    raw = {"id": "x", "rows": [{"state": "new", "more": 1}, {"state": "old"}], "none": None, "free": {"a": 1}}
    seen = {"id": "x", "rows": [{"state": "outdated_sdk_version"}, {"state": "old"}], "free": {"a": 1}}
    assert lost(raw, seen) == {"rows[].state = 'new'", "rows[].more"}
    assert lost({"user": {"id": "x"}}, {}) == {"user"}
