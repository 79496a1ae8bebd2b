"""The documented answers about what else a person holds: read, with a field missing, with a new enum value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import responses

from offboarding.genesys.errors import NotThere, NotUnderstood
from offboarding.genesys.records import Ref
from offboarding.genesys.records.holdings import (
    AgentMove,
    DirectRoutingBackup,
    License,
    OAuthClient,
    OutOfOffice,
    Utilization,
    Verifier,
    WorkforceUnit,
)
from tests.genesys.answers import Read, answers, asked, client, page, reads, refuses_without, sent

BACKUP = "/api/v2/routing/users/p-1/directroutingbackup/settings"
UNIT = "/api/v2/workforcemanagement/agents/p-1/managementunit"
UTILIZATION = {
    "level": "Agent",
    "utilization": {"call": {"maximumCapacity": 1, "includeNonAcd": False}, "email": {"maximumCapacity": 4}},
}
SETTINGS = {"queueId": "q-1", "waitForAgent": True, "agentWaitSeconds": 60, "backedUpUsers": ["p-2", "p-3"]}
OAUTH = {
    "id": "o-1",
    "name": "Reports",
    "secret": "hush",
    "state": "active",
    "authorizedGrantType": "CLIENT-CREDENTIALS",
    "createdBy": {"id": "p-1"},
}

READS: list[Read] = [
    (
        "/api/v2/routing/users/p-1/utilization",
        lambda: client.get_routing_user_utilization("p-1"),
        UTILIZATION,
        Utilization("Agent", {"call": 1, "email": 4}),
        ("level", "utilization.email.maximumCapacity"),
    ),
    (
        BACKUP,
        lambda: client.get_routing_user_directroutingbackup_settings("p-1"),
        SETTINGS,
        DirectRoutingBackup(True, "q-1", None, 60, ("p-2", "p-3")),
        (),
    ),
    (
        "/api/v2/users/p-1/outofoffice",
        lambda: client.get_user_outofoffice("p-1"),
        {"active": True, "indefinite": False, "startDate": "2026-01-01T00:00:00Z", "endDate": "2026-01-31T00:00:00Z"},
        OutOfOffice(True, False, "2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z"),
        ("active",),
    ),
    (
        "/api/v2/users/p-1/verifiers",
        lambda: client.get_user_verifiers("p-1"),
        {"total": 1, "entities": [{"id": "v-1", "name": "Phone app", "enabled": True}]},
        (Verifier("v-1", "Phone app", True),),
        ("entities", "entities.0.id"),
    ),
    (
        "/api/v2/license/users/p-1",
        lambda: client.get_license_user("p-1"),
        {"id": "p-1", "licenses": [{"id": "engage3", "description": "CX 3"}]},
        (License("engage3", "CX 3"),),
        ("licenses", "licenses.0.id"),
    ),
    (
        "/api/v2/oauth/clients",
        lambda: client.get_oauth_clients(),
        page(OAUTH),
        (OAuthClient("o-1", "Reports", "active", "CLIENT-CREDENTIALS", Ref("p-1")),),
        ("entities.0.id",),
    ),
    (
        UNIT,
        lambda: client.get_workforcemanagement_agent_managementunit("p-1"),
        {"user": {"id": "p-1"}, "managementUnit": {"id": "m-1"}, "businessUnit": {"id": "b-1"}},
        WorkforceUnit("m-1", "b-1"),
        ("managementUnit", "managementUnit.id"),
    ),
]


@responses.activate
@pytest.mark.parametrize("read", READS, ids=[read[0] for read in READS])
def test_a_documented_answer_is_read_and_a_missing_field_is_named(read: Read) -> None:
    reads(read)


@responses.activate
def test_words_that_are_not_documented_yet_are_kept() -> None:
    answers("GET", "/api/v2/routing/users/p-1/utilization", {"level": "Team"})
    answers("GET", "/api/v2/oauth/clients", page({**OAUTH, "authorizedGrantType": "DEVICE", "state": "asleep"}))
    assert client.get_routing_user_utilization("p-1") == Utilization("Team")
    (found,) = client.get_oauth_clients()
    assert (found.grant_type, found.state) == ("DEVICE", "asleep")


@responses.activate
def test_secrets_are_not_kept() -> None:
    answers("GET", "/api/v2/oauth/clients", page(OAUTH))
    assert "hush" not in repr(client.get_oauth_clients())


@responses.activate
def test_skill_groups_are_read_by_after_and_the_next_address_is_not_called() -> None:
    path = "/api/v2/users/p-1/skillgroups"
    following = "https://elsewhere.example/api/v2/users/p-1/skillgroups?pageSize=100&after=c%2F2"
    answers(
        "GET",
        path,
        {"entities": [{"id": "g-1", "name": "German"}], "nextUri": following},
        {"entities": [{"id": "g-2", "name": "VIP"}]},
    )
    assert client.get_user_skillgroups("p-1") == (Ref("g-1", "German"), Ref("g-2", "VIP"))
    assert [asked(0), asked(1)] == [{"pageSize": "100"}, {"after": "c/2", "pageSize": "100"}]
    refuses_without(lambda: client.get_user_skillgroups("p-1"), "GET", path, {"entities": []}, "entities")
    refuses_without(
        lambda: client.get_user_skillgroups("p-1"), "GET", path, {"entities": [{"id": "g"}]}, "entities.0.id"
    )


@responses.activate
@pytest.mark.parametrize(("following", "message"), [("/x?after=same", "does not end"), ("/x?page=2", "nextUri")])
def test_a_next_address_that_leads_nowhere_is_not_understood(following: str, message: str) -> None:
    answers("GET", "/api/v2/users/p-1/skillgroups", {"entities": [], "nextUri": following})
    with pytest.raises(NotUnderstood, match=message):
        client.get_user_skillgroups("p-1")


@responses.activate
@pytest.mark.parametrize(
    ("path", "code", "ask"),
    [
        (UNIT, "wfm.entity.not.found", lambda: client.get_workforcemanagement_agent_managementunit("p-1")),
        (BACKUP, "resource.not.found", lambda: client.get_routing_user_directroutingbackup_settings("p-1")),
    ],
)
def test_only_the_documented_404_means_none(path: str, code: str, ask: Callable[[], Any]) -> None:
    answers("GET", path, {"code": code, "status": 404}, {"code": "not.found", "status": 404}, {}, status=404)
    assert ask() is None
    for _ in range(2):
        with pytest.raises(NotThere):
            ask()


@responses.activate
def test_leaving_the_unit_sends_null_and_tells_each_result() -> None:
    path = "/api/v2/workforcemanagement/agents"
    rows = [{"user": {"id": "p-1"}, "result": "MoveSuccessful"}, {"user": {"id": "p-2"}, "result": "OnTheMoon"}]
    answers("POST", path, {"results": rows}, status=202)
    moves = client.post_workforcemanagement_agents(["p-1", "p-2"])
    assert moves == (AgentMove("p-1", "MoveSuccessful"), AgentMove("p-2", "OnTheMoon"))
    assert sent() == {"userIds": ["p-1", "p-2"], "destinationManagementUnitId": None}
    for field in ("results", "results.0.user", "results.1.result"):
        refuses_without(lambda: client.post_workforcemanagement_agents(["p-1"]), "POST", path, {"results": rows}, field)


@responses.activate
def test_a_backup_is_replaced_without_what_is_read_only() -> None:
    answers("PUT", BACKUP, {"waitForAgent": False, "userId": "p-9"})
    new = DirectRoutingBackup(False, user_id="p-9", backed_up_user_ids=("p-2",))
    assert client.put_routing_user_directroutingbackup_settings("p-1", new) == DirectRoutingBackup(False, None, "p-9")
    assert sent() == {"waitForAgent": False, "userId": "p-9"}
