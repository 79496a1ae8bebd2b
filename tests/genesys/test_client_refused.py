"""What the client makes of an org that refuses, stays silent or talks nonsense, over a socket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import (
    MissingPermission,
    NotUnderstood,
    RetryLater,
    Unreachable,
    WrongCredentials,
)
from offboarding.sandbox.testing import SandboxThread
from tests.genesys.conftest import credentials_of, transport_to


def test_a_missing_permission_is_named(client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]) -> None:
    sandbox.remove_permissions("oauth:token:delete")
    with pytest.raises(MissingPermission) as caught:
        client.delete_token(leaver["id"])
    assert "oauth:token:delete in every division" in caught.value.remedy
    recorded = sandbox.calls(path="/tokens/")[-1]
    assert caught.value.correlation_id == recorded["correlation_id"]


def test_expired_tokens_are_renewed_once_and_nobody_notices(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    client.get_user(leaver["id"])
    sandbox.expire_tokens()
    client.delete_token(leaver["id"])
    assert len(sandbox.calls(path="^/oauth/token$")) == 2
    assert [call["status"] for call in sandbox.calls(path="/tokens/")] == [401, 204]


def test_a_client_that_is_switched_off_meanwhile_is_wrong_credentials(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    client.get_user(leaver["id"])
    sandbox.faults({"path": "/api/v2/users/", "status": 401, "code": "bad.credentials", "times": None})
    with pytest.raises(WrongCredentials):
        client.get_user(leaver["id"])
    assert [call["status"] for call in sandbox.calls(path="/api/v2/users/")] == [200, 401, 401]


def test_a_spent_rate_limit_gives_the_time_back(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    sandbox.options(rate_limit=5, rate_window=60.0)
    with pytest.raises(RetryLater) as caught:
        for _ in range(20):
            client.get_user(leaver["id"])
    assert 50 < (caught.value.at - datetime.now(UTC)).total_seconds() <= 60.25
    assert 429 not in {call["status"] for call in sandbox.calls()}


def test_a_deletion_without_an_answer_is_unknown_and_was_carried_out_here(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    sandbox.faults({"method": "DELETE", "path": "/scim/", "close": True, "perform": True})
    with pytest.raises(Unreachable) as caught:
        client.delete_scim_v2_user(leaver["scim_id"])
    assert caught.value.outcome_unknown
    assert len(sandbox.calls(method="DELETE", path="/scim/")) == 1
    assert client.get_user(leaver["id"], state="deleted").id == leaver["id"]


@pytest.mark.parametrize(
    "fault", [{"garbage": True}, {"remove": ["id"]}, {"status": 302, "headers": {"Location": "/x"}}]
)
def test_what_is_no_answer_of_the_api_is_not_understood(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any], fault: dict[str, Any]
) -> None:
    sandbox.faults({"path": "/api/v2/users/", **fault})
    with pytest.raises(NotUnderstood):
        client.get_user(leaver["id"])


def test_a_truncated_answer_is_no_answer(client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]) -> None:
    sandbox.faults({"path": "/api/v2/users/", "truncate": True, "times": 2})
    with pytest.raises(Unreachable):
        client.get_user(leaver["id"])


def test_an_unreachable_org_is_said_to_be_one(sandbox: SandboxThread) -> None:
    with SandboxThread(people=40) as gone:
        client = GenesysClient(transport_to(gone.url, auth=credentials_of(gone)))
        client.get_organizations_me()
    with pytest.raises(Unreachable):
        client.get_organizations_me()
