"""GENESYS_SCIM_URL and GENESYS_SCIM_TOKEN: another SCIM server deletes, and Genesys Cloud is asked what it sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from offboarding.actions.run_control import retry_run
from offboarding.genesys import connect
from offboarding.genesys.errors import WrongCredentials
from tests.flows import approved, client, drive
from tests.scim_server import ScimServer, scim_server

pytestmark = pytest.mark.django_db
OURS = "scim-1"


@pytest.fixture
def agent(sandbox: Any) -> Any:
    return sandbox.person("plain agent")


@pytest.fixture
def elsewhere(sandbox: Any, settings: Any, agent: Any) -> Iterator[ScimServer]:
    """Provisions the org: it knows the agent and two namesakes, and the org follows its deletions."""
    with scim_server("theirs") as server:
        server.users = {
            OURS: {"userName": agent["email"].upper(), "displayName": agent["name"]},
            "scim-2": {"userName": "one@example.test", "displayName": "Namesake"},
            "scim-3": {"userName": "two@example.test", "displayName": "Namesake"},
        }
        server.deleted = lambda scim_id: sandbox.change(agent["id"], state="deleted")
        settings.GENESYS_SCIM_URL = server.url
        settings.GENESYS_SCIM_TOKEN = "theirs"
        connect.forget()
        yield server
    connect.forget()


def test_a_person_is_deleted_there_under_its_id_and_seen_deleted_here(sandbox, staff, approver, agent, elsewhere):
    """Stale once: 412 leads back to a fresh look, and the weak ETag of that look goes out as it came."""
    run = approved(staff, approver, agent["id"])
    assert run.plan.scim_id == OURS
    elsewhere.changes_before_a_deletion = 1
    run = drive(run)
    assert run.state == "completed", (run.problem, run.remedy)
    assert [status for method, _, status in elsewhere.calls if method == "DELETE"] == [412, 204]
    assert sandbox.state(agent["id"])["state"] == "deleted"
    assert sandbox.calls(path="/scim/") == []


def test_every_page_is_read(elsewhere):
    found = client().get_scim_v2_users('displayName eq "Namesake"')
    assert [(each.id, each.active, each.etag) for each in found] == [
        ("scim-2", None, 'W/"1"'),
        ("scim-3", None, 'W/"1"'),
    ]


def test_a_token_that_is_refused_there_is_named(sandbox, staff, approver, agent, elsewhere):
    run = approved(staff, approver, agent["id"])
    elsewhere.token = "another"
    with pytest.raises(WrongCredentials) as refused:
        client().get_scim_v2_user(OURS)
    assert "GENESYS_SCIM_TOKEN" in refused.value.remedy
    run = drive(run)
    assert (run.state, sandbox.state(agent["id"])["state"]) == ("failed", "inactive")
    assert "GENESYS_SCIM_TOKEN" in run.problem + run.remedy
    elsewhere.token = "theirs"
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"
