"""Which permission each route asks for: without any of them 403, with one of them an answer."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller

JOBS = "/api/v2/analytics/conversations/details/jobs"
EDGES = "/api/v2/telephony/providers/edges"
DETAILS = ("analytics:conversationDetail:view", "analytics:agentConversationDetail:view")
UNIT = (
    *("wfm:agent:view", "wfm:publishedSchedule:view", "wfm:schedule:view", "coaching:appointment:add"),
    *("coaching:appointment:edit", "learning:assignment:add", "learning:assignment:reschedule"),
)
POLICY = ("telephony:plugin:all", "voicemail:userPolicy:viewOther")
TRANSFER = ("conversation:communication:blindTransfer", "conversation:communication:blindTransferQueue")
#: method, path, permissions of which any is enough. {} is a person's id.
ROUTES: list[tuple[str, str, tuple[str, ...]]] = [
    ("GET", "/api/v2/users/{}/skillgroups", ("routing:skillGroup:view",)),
    ("GET", "/api/v2/routing/users/{}/utilization", ("routing:utilization:manage", "routing:utilization:view")),
    ("DELETE", "/api/v2/routing/users/{}/utilization", ("routing:utilization:manage",)),
    ("GET", "/api/v2/routing/users/{}/directroutingbackup/settings", ("routing:directRoutingBackup:view",)),
    ("PUT", "/api/v2/routing/users/{}/directroutingbackup/settings", ("routing:directRoutingBackup:edit",)),
    ("DELETE", "/api/v2/routing/users/{}/directroutingbackup/settings", ("routing:directRoutingBackup:delete",)),
    ("GET", "/api/v2/users/{}/station", ("telephony:otherStationAssociation:view",)),
    ("DELETE", "/api/v2/users/{}/station/associatedstation", ("telephony:station:disassociate",)),
    ("DELETE", "/api/v2/users/{}/station/defaultstation", ("telephony:plugin:all", "telephony:phone:assign")),
    ("GET", "/api/v2/stations", ()),
    ("GET", f"{EDGES}/phones", ("telephony:plugin:all",)),
    ("DELETE", EDGES + "/phones/{}", ("telephony:plugin:all",)),
    ("GET", f"{EDGES}/dids", ("telephony:plugin:all",)),
    ("PATCH", "/api/v2/users/{}", ("admin", "directory:user:edit", "directory:organization:admin")),
    ("GET", "/api/v2/users/{}/callforwarding", ("conversation:callForwarding:view",)),
    ("PUT", "/api/v2/users/{}/callforwarding", ("conversation:callForwarding:edit",)),
    ("PATCH", "/api/v2/users/{}/callforwarding", ("conversation:callForwarding:edit",)),
    ("GET", "/api/v2/voicemail/userpolicies/{}", POLICY),
    ("PATCH", "/api/v2/voicemail/userpolicies/{}", POLICY),
    ("GET", "/api/v2/users/{}/outofoffice", ()),
    ("PUT", "/api/v2/users/{}/outofoffice", ()),
    ("GET", "/api/v2/license/users/{}", ("authorization:grant:add", "authorization:license:view")),
    ("GET", "/api/v2/workforcemanagement/agents/{}/managementunit", UNIT),
    ("POST", "/api/v2/workforcemanagement/agents", ("wfm:agent:edit",)),
    ("GET", "/api/v2/quality/evaluations/query?agentUserId={}", ("quality:evaluation:view",)),
    ("POST", "/api/v2/taskmanagement/workitems/query", ("workitems:workitem:view",)),
    (
        "GET",
        "/api/v2/users/development/activities?userId={}",
        ("learning:assignment:view", "coaching:appointment:view"),
    ),
    ("GET", "/api/v2/oauth/clients", ("oauth:client:view",)),
    ("GET", "/api/v2/users/{}/verifiers", ("mfa:verifier:view",)),
    ("DELETE", "/api/v2/users/{}/verifiers/x", ("mfa:verifier:delete",)),
    ("GET", "/api/v2/conversations/{}", ("conversation:communication:view",)),
    ("POST", "/api/v2/conversations/{}/participants/x/replace/queue", TRANSFER),
    ("GET", f"{JOBS}/availability", DETAILS[:1]),
    ("POST", JOBS, DETAILS),
    ("GET", JOBS + "/{}", DETAILS),
    ("GET", JOBS + "/{}/results", DETAILS),
    ("DELETE", JOBS + "/{}", DETAILS),
]


# What these bodies cannot be without.
REQUIRED: dict[str, dict[str, Any]] = {
    "/api/v2/users/{}": {"version": 0},
    "/api/v2/workforcemanagement/agents": {"userIds": []},
    "/api/v2/taskmanagement/workitems/query": {"filters": []},
    JOBS: {"interval": ""},
}


@pytest.mark.parametrize(("method", "path", "any_of"), ROUTES, ids=[f"{row[0]} {row[1]}" for row in ROUTES])
def test_each_route_asks_for_its_documented_permissions(
    sandbox: SandboxThread, api: Caller, method: str, path: str, any_of: tuple[str, ...]
) -> None:
    body = REQUIRED.get(path, {}) if method in ("POST", "PUT", "PATCH") else None
    path = path.format(sandbox.person("holds everything")["id"])

    def ask() -> tuple[int, str]:
        answer: Any = api(method, path, json=body)
        return answer.status_code, answer.json().get("code", "") if answer.content else ""

    known = set(sandbox.get("permissions")["known"])
    assert known >= set(any_of)
    sandbox.remove_permissions(*(known - set(any_of)))
    assert ask()[0] != 403
    if not any_of:
        return
    sandbox.remove_permissions(*any_of)
    assert ask() == (403, "missing.permissions" if len(any_of) == 1 else "missing.any.permissions")
    for each in any_of:
        sandbox.restore_permissions(each)
        assert ask()[0] != 403, each
        sandbox.remove_permissions(each)


def role_of_the_client(sandbox: SandboxThread, api: Caller, **query: str) -> list[tuple[str, Any]]:
    """(division, role) of each grant of our OAuth client."""
    client = api.json("/api/v2/tokens/me")["OAuthClient"]["id"]
    found = api.json(f"/api/v2/authorization/subjects/{client}", params=query)
    assert {each["subjectId"] for each in found["grants"]} <= {client}
    return [(each["division"]["name"], each["role"]) for each in found["grants"]]


def test_the_policies_of_the_client_are_the_permissions_it_still_has(sandbox: SandboxThread, api: Caller) -> None:
    known = {name for name in sandbox.get("permissions")["known"] if name.count(":") == 2}
    sandbox.remove_permissions("oauth:token:delete", "routing:queue:view")
    ((division, role),) = role_of_the_client(sandbox, api, includeFullRoles="true")
    shown = {f"{row['domain']}:{row['entityName']}:{each}" for row in role["policies"] for each in row["actions"]}
    assert (division, role["name"]) == ("*", "Offboarding")
    assert shown >= known - {"oauth:token:delete", "routing:queue:view"}
    assert not shown & {"oauth:token:delete", "routing:queue:view"}


def test_policies_come_with_full_roles_alone(sandbox: SandboxThread, api: Caller) -> None:
    assert "policies" not in role_of_the_client(sandbox, api)[0][1]


def test_the_grants_of_the_client_show_the_divisions_they_are_said_to_be_in(
    sandbox: SandboxThread, api: Caller
) -> None:
    sandbox.grant_in("Home", "Back Office")
    assert [division for division, _ in role_of_the_client(sandbox, api)] == ["Home", "Back Office"]
    assert len(sandbox.get("permissions")["divisions"]) == 2
    sandbox.grant_in()
    assert role_of_the_client(sandbox, api) == []
    with pytest.raises(RuntimeError, match="no division is nowhere"):
        sandbox.post("permissions", {"divisions": ["nowhere"]})
    sandbox.reset()
    assert [division for division, _ in role_of_the_client(sandbox, api)] == ["*"]
