"""Each operation against the sandbox, over a socket: what is asked comes back, what is removed is gone."""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import (
    NotThere,
    ReadAgain,
    Refused,
)
from offboarding.genesys.records import Ref
from offboarding.sandbox.testing import SandboxThread

EXPAND = ("authorization", "groups", "team", "skills", "languages", "station", "routingStatus", "presence")


def test_the_token_tells_the_org(client: GenesysClient) -> None:
    org, token = client.get_organizations_me(), client.get_tokens_me()
    assert token.organization == Ref(org.id, org.name)
    assert token.client is not None and token.client.id


def test_people_are_found_by_a_part_of_their_name(client: GenesysClient, leaver: dict[str, Any]) -> None:
    criteria = [{"fields": ["name", "email"], "type": "CONTAINS", "value": leaver["name"][:5]}]
    page = client.post_users_search(criteria, page=1, page_size=5, expand=("team",), sort=(("name", "ASC"),))
    assert leaver["id"] in {person.id for person in page.people}
    assert (page.page, page.total >= 1, page.page_count >= 1) == (1, True, True)


def test_people_are_listed_by_id_and_state(client: GenesysClient, sandbox: SandboxThread) -> None:
    gone, here = sandbox.person("deleted")["id"], sandbox.person()["id"]
    assert [person.id for person in client.get_users(ids=[gone, here]).people] == [here]
    assert [person.id for person in client.get_users(ids=[gone, here], state="deleted").people] == [gone]
    assert client.get_users(ids=[gone, here], state="any").total == 2


def test_a_person_comes_with_what_was_expanded(client: GenesysClient, leaver: dict[str, Any]) -> None:
    person = client.get_user(leaver["id"], expand=EXPAND)
    assert (person.name, person.email, person.state) == (leaver["name"], leaver["email"], "active")
    assert {group.id for group in person.groups or ()} == set(leaver["groups"])
    assert person.team is not None and person.team.id == leaver["team"]
    assert {skill.id: skill.proficiency for skill in person.skills or ()} == leaver["skills"]
    assert {language.id for language in person.languages or ()} == set(leaver["languages"])
    assert (person.routing_status, person.presence) == ("IDLE", "On Queue")
    assert person.roles and person.station is not None


def test_a_deleted_person_is_there_only_when_asked_for(client: GenesysClient, sandbox: SandboxThread) -> None:
    gone = sandbox.person("deleted")["id"]
    with pytest.raises(NotThere):
        client.get_user(gone)
    assert client.get_user(gone, state="deleted").state == "deleted"


def test_the_state_is_changed_and_read_back(client: GenesysClient, leaver: dict[str, Any]) -> None:
    before = client.get_user_state(leaver["id"])
    after = client.put_user_state(leaver["id"], "inactive", version=before.version, reason="Voluntary")
    assert (before.state, after.state) == ("active", "inactive")
    assert client.get_user_state(leaver["id"]) == after


@pytest.mark.parametrize("status", [400, 409])
def test_a_stale_version_means_read_again(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any], status: int
) -> None:
    sandbox.options(conflict_status=status)
    with pytest.raises(ReadAgain):
        client.put_user_state(leaver["id"], "inactive", version=leaver["version"] - 1)
    assert sandbox.state(leaver["id"])["state"] == "active"


def test_queues_are_read_joined_and_not(client: GenesysClient, sandbox: SandboxThread) -> None:
    who = sandbox.state(sandbox.person("not joined to some queues")["id"])
    joined = client.get_user_queues(who["id"], joined=True)
    every = {queue.queue.id: queue for queue in (*client.get_user_queues(who["id"], joined=False), *joined)}
    assert set(every) == set(who["queues"])
    assert all(queue.joined for queue in joined) and not {q.queue.id for q in joined} & set(who["unjoined"])
    assert all(queue.queue.name and queue.division for queue in every.values())


def test_a_queue_tells_who_is_a_member_by_a_group(client: GenesysClient, sandbox: SandboxThread) -> None:
    who = sandbox.person("inherits queues through a group")
    through = [queue for queue in client.get_user_queues(who["id"], joined=True) if queue.through]
    assert through and through[0].through[0].kind == "GROUP"
    queue = through[0].queue.id
    members = list(client.get_routing_queue_members(queue, name=who["name"]))
    assert [member.member_by for member in members if member.id == who["id"]] == ["group"]
    assert who["id"] not in {member.id for member in client.get_routing_queue_members(queue, member_by="user")}
    with pytest.raises(Refused) as caught:
        client.delete_routing_queue_member(queue, who["id"])
    assert caught.value.code == "invalid.type"


def test_every_member_of_a_big_queue_is_listed(client: GenesysClient, sandbox: SandboxThread) -> None:
    queue = sandbox.name_id("queue", "VIP")
    for person in sandbox.people():
        sandbox.change(person["id"], queues=[queue])
    members = list(client.get_routing_queue_members(queue))
    assert {member.id for member in members} >= {p["id"] for p in sandbox.people() if p["state"] == "active"}
    pages = sandbox.calls(path=f"/queues/{queue}/members")
    assert isinstance(client.get_routing_queue_members(queue), Iterator) and len(pages) >= 2


def test_a_single_skill_is_taken_away_and_the_second_time_it_is_not_there(
    client: GenesysClient, sandbox: SandboxThread
) -> None:
    who = sandbox.person("plain agent")["id"]
    skill = next(iter(sandbox.state(who)["skills"]))
    client.delete_user_routingskill(who, skill)
    assert skill not in sandbox.state(who)["skills"]
    with pytest.raises(NotThere):
        client.delete_user_routingskill(who, skill)


def test_only_a_dynamic_group_has_a_rule(client: GenesysClient, sandbox: SandboxThread) -> None:
    client.get_group_dynamicsettings(sandbox.name_id("group", "All Staff"))
    with pytest.raises(NotThere):
        client.get_group_dynamicsettings(sandbox.name_id("group", "Night Shift"))


def test_a_queue_is_left_and_the_second_time_nobody_is_there(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    first, *rest = leaver["queues"]
    client.delete_routing_queue_member(first, leaver["id"])
    assert sandbox.state(leaver["id"])["queues"] == rest
    with pytest.raises(NotThere):
        client.delete_routing_queue_member(first, leaver["id"])


def test_grants_are_removed_at_once_and_singly(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    grants = client.get_authorization_subject(leaver["id"])
    assert len(grants) == len(leaver["grants"]) > 1
    assert all(grant.subject_id == leaver["id"] and grant.role.name for grant in grants)
    one, *rest = grants
    client.delete_authorization_subject_division_role(leaver["id"], one.division.id, one.role.id)
    with pytest.raises(NotThere):
        client.delete_authorization_subject_division_role(leaver["id"], one.division.id, one.role.id)
    assert client.get_authorization_subject(leaver["id"]) == tuple(rest)
    client.post_authorization_subject_bulkremove(leaver["id"], [(g.role.id, g.division.id) for g in rest])
    assert client.get_authorization_subject(leaver["id"]) == ()


def test_inherited_grants_name_the_group_that_holds_them(client: GenesysClient, sandbox: SandboxThread) -> None:
    who = sandbox.person("inherits roles through a group")["id"]
    every = client.get_authorization_subject(who, include_duplicates=True)
    assert {grant.subject_id for grant in every} - {who} <= set(sandbox.state(who)["groups"])
    assert any(grant.subject_id != who for grant in every)


def test_who_holds_a_role_is_listed_by_id(client: GenesysClient, sandbox: SandboxThread) -> None:
    """Page after page: everybody has the role of an employee, one person that of an administrator."""
    admins = client.get_authorization_role_users(sandbox.name_id("role", "admin"))
    assert admins == (sandbox.person("admin")["id"],)
    employee = sandbox.name_id("role", "employee")
    holders = {
        each["id"]
        for each in sandbox.people()
        if any(grant[0] == employee for grant in sandbox.state(each["id"])["grants"])
    }
    assert set(client.get_authorization_role_users(employee)) == holders


def test_divisions_are_listed(client: GenesysClient) -> None:
    assert "Home" in {division.name for division in client.get_authorization_divisions()}


def test_a_group_is_read_and_left_in_its_own_time(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    group_id = leaver["groups"][0]
    group = client.get_group(group_id)
    assert group in list(client.get_groups()) == sorted(client.get_groups(), key=lambda each: each.name)
    assert list(client.get_groups(ids=[group_id])) == [group]
    assert leaver["id"] in client.get_group_individuals(group_id)
    sandbox.options(group_delay=0.05)
    client.delete_group_members(group_id, [leaver["id"]])
    time.sleep(0.1)
    assert leaver["id"] not in client.get_group_individuals(group_id)


@pytest.mark.parametrize("number", [0, 51])
def test_a_group_is_left_by_fifty_at_most_in_one_call(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any], number: int
) -> None:
    with pytest.raises(Refused) as caught:
        client.delete_group_members(leaver["groups"][0], [leaver["id"]] * number)
    assert (caught.value.code, caught.value.status) == ("number.of.ids", None)
    assert sandbox.calls(method="DELETE") == []
    client.delete_group_members(leaver["groups"][0], [leaver["id"]] * 50)


@pytest.mark.parametrize("number", [0, 26])
def test_a_team_is_left_by_twenty_five_at_most_in_one_call(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any], number: int
) -> None:
    with pytest.raises(Refused):
        client.delete_team_members(leaver["team"], [leaver["id"]] * number)
    assert sandbox.calls(method="DELETE") == []
    client.delete_team_members(leaver["team"], [leaver["id"]] * 25)


def test_the_owner_of_a_group_is_named(client: GenesysClient, sandbox: SandboxThread) -> None:
    who = sandbox.state(sandbox.person("owner of a group")["id"])
    assert who["id"] in client.get_group(who["owned_groups"][0]).owner_ids


def test_the_team_is_left(client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]) -> None:
    client.delete_team_members(leaver["team"], [leaver["id"]])
    assert sandbox.state(leaver["id"])["team"] is None


def test_everybody_in_a_team_is_listed_page_after_page(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    everybody = {each["id"] for each in sandbox.people()}
    members = {each for each in everybody if sandbox.state(each)["team"] == leaver["team"]}
    first = {"entities": [{"id": "on-an-earlier-page"}], "nextUri": "/x?after=0"}
    sandbox.faults({"path": "/teams/", "status": 200, "body": first})
    assert set(client.get_team_members(leaver["team"])) == {"on-an-earlier-page", *members}
    assert leaver["id"] in members
    with pytest.raises(NotThere):
        client.get_team_members("no-such-team")


def test_skills_and_languages_are_cleared(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    skills = client.get_user_routingskills(leaver["id"])
    assert {skill.id: skill.proficiency for skill in skills} == leaver["skills"]
    assert {skill.id for skill in client.put_user_routingskills_bulk(leaver["id"], skills[:1])} == {skills[0].id}
    assert client.put_user_routingskills_bulk(leaver["id"], []) == ()
    for language in client.get_user_routinglanguages(leaver["id"]):
        client.delete_user_routinglanguage(leaver["id"], language.id)
        with pytest.raises(NotThere):
            client.delete_user_routinglanguage(leaver["id"], language.id)
    after = sandbox.state(leaver["id"])
    assert (after["skills"], after["languages"]) == ({}, {})


def test_a_chief_has_reports(client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]) -> None:
    reports = client.get_user_directreports(leaver["manager_id"])
    assert Ref(leaver["id"], leaver["name"]) in reports
    assert client.get_user_directreports(leaver["id"]) == ()


def test_tokens_end_and_may_be_ended_again(
    client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]
) -> None:
    sandbox.login(leaver["id"])
    client.delete_token(leaver["id"])
    client.delete_token(leaver["id"])
    assert sandbox.state(leaver["id"])["sessions"] == 0


def test_live_work_is_told(client: GenesysClient, sandbox: SandboxThread, leaver: dict[str, Any]) -> None:
    busy = client.get_analytics_agent_status(sandbox.person("in a live conversation")["id"])
    assert (busy.session_count, len(busy.sessions), busy.sessions[0].media_type) == (1, 1, "voice")
    assert busy.sessions[0].queue_id and busy.sessions[0].since and busy.routing_status == "INTERACTING"
    assert client.get_analytics_agent_status(leaver["id"]).session_count == 0


def test_every_method_is_tried_at_least_once() -> None:
    """A new operation needs a test: against the sandbox in these files, or of its documented answer."""
    here = Path(__file__).parent
    text = "".join(file.read_text() for kind in ("client", "answers") for file in here.glob(f"test_{kind}*.py"))
    methods = [name for name, _ in inspect.getmembers(GenesysClient, inspect.isfunction) if name[0] != "_"]
    assert [name for name in methods if f"client.{name}(" not in text] == []
