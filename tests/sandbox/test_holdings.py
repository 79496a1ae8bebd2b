"""Queues, skills, languages, roles, groups and teams of a person, and taking them away."""

from __future__ import annotations

import time

import pytest

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller


def test_queues_show_joined_ones_unless_asked(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("not joined to some queues")["id"]
    joined = api.json(f"/api/v2/users/{person}/queues")
    apart = api.json(f"/api/v2/users/{person}/queues?joined=false")
    assert [queue["name"] for queue in joined["entities"]] == ["Renewals"]
    assert [queue["name"] for queue in apart["entities"]] == ["Sales Inbound", "VIP"]
    assert joined["entities"][0]["joined"] is True and apart["entities"][0]["joined"] is False
    assert apart["total"] == 2


def test_joining_and_unjoining_keeps_membership(sandbox: SandboxThread, api: Caller) -> None:
    person, vip = sandbox.person()["id"], sandbox.name_id("queue", "VIP")
    other = sandbox.name_id("queue", "Renewals")
    body = [{"id": vip, "joined": False}, {"id": other, "joined": False}]
    left = api("PATCH", f"/api/v2/users/{person}/queues", json=body).json()
    assert vip not in {queue["id"] for queue in left["entities"]}
    assert vip in sandbox.state(person)["queues"]
    assert sandbox.state(person)["unjoined"] == [vip]  # the other queue is not theirs, and is ignored


def test_a_queue_through_a_group_names_the_group_and_is_not_left_alone(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("inherits queues through a group")["id"]
    queue = next(
        each
        for each in api.json(f"/api/v2/users/{person}/queues?pageSize=100")["entities"]
        if each["name"] == "Social Messaging"
    )
    group = queue["memberGroups"][0]
    assert (group["type"], group["name"]) == ("GROUP", "Digital Channels")
    assert group["id"] in {each["id"] for each in api.json(f"/api/v2/users/{person}?expand=groups")["groups"]}
    refused = api("DELETE", f"/api/v2/routing/queues/{queue['id']}/members/{person}")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid.type")
    by_user = api.json(f"/api/v2/routing/queues/{queue['id']}/members?memberBy=user&pageSize=100")
    by_group = api.json(f"/api/v2/routing/queues/{queue['id']}/members?memberBy=group&pageSize=100")
    assert person not in {each["id"] for each in by_user["entities"]}
    assert {each["memberBy"] for each in by_group["entities"]} == {"group"}
    assert person in {each["id"] for each in by_group["entities"]}


def test_a_direct_membership_ends_and_the_groups_one_stays(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("in a queue both directly and through a group")["id"]
    path = f"/api/v2/routing/queues/{sandbox.name_id('queue', 'Callbacks')}/members/{person}"
    first, second = api("DELETE", path), api("DELETE", path)
    assert (first.status_code, first.content) == (204, b"")
    assert second.json()["code"] == "invalid.type"


@pytest.mark.parametrize(
    ("why", "queue"),
    [("in a queue through a team", "Claims Voice"), ("in a queue through a skill group", "Escalations")],
)
def test_teams_and_skill_groups_bring_queues(sandbox: SandboxThread, api: Caller, why: str, queue: str) -> None:
    person = sandbox.person(why)["id"]
    names = {each["name"] for each in api.json(f"/api/v2/users/{person}/queues?pageSize=100")["entities"]}
    assert queue in names
    assert sandbox.name_id("queue", queue) not in sandbox.state(person)["queues"]


def test_leaving_a_skill_leaves_its_skill_group(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("in a queue through a skill group")["id"]
    groups = api.json(f"/api/v2/users/{person}/skillgroups")
    assert [group["name"] for group in groups["entities"]] == ["Fraud Experts"]
    assert api("PUT", f"/api/v2/users/{person}/routingskills/bulk", json=[]).json()["entities"] == []
    assert api.json(f"/api/v2/users/{person}/skillgroups")["entities"] == []


def test_members_are_paged_without_a_total(sandbox: SandboxThread, api: Caller) -> None:
    vip = sandbox.name_id("queue", "VIP")
    path = f"/api/v2/routing/queues/{vip}"
    seen, number = [], 1
    while rows := api.json(f"{path}/members?pageSize=3&pageNumber={number}"):
        assert "total" not in rows and "pageCount" not in rows
        if not rows["entities"]:
            break
        seen += [each["id"] for each in rows["entities"]]
        number += 1
    assert len(seen) == len(set(seen)) == api.json(path)["memberCount"]
    assert api.get(f"{path}/members?pageSize=101").status_code == 400
    assert api.get("/api/v2/routing/queues/nope/members").json()["code"] == "resource.not.found"


def test_removing_a_member_is_204_then_404(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    count = len(sandbox.state(person)["queues"])
    assert count == 4
    for queue in sandbox.state(person)["queues"]:
        path = f"/api/v2/routing/queues/{queue}/members/{person}"
        assert [api("DELETE", path).status_code for _ in range(2)] == [204, 404]
    assert api.json(f"/api/v2/users/{person}/queues")["total"] == 0


def test_many_members_are_removed_at_once(sandbox: SandboxThread, api: Caller) -> None:
    vip = sandbox.name_id("queue", "VIP")
    path = f"/api/v2/routing/queues/{vip}/members?delete=true"
    members = [each["id"] for each in api.json(f"/api/v2/routing/queues/{vip}/members")["entities"]]
    answer = api("POST", path, json=[{"id": each} for each in [*members, "unknown"]])
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.json(f"/api/v2/routing/queues/{vip}/members")["entities"] == []
    sandbox.options(unknown_member="refuse")
    assert api("POST", path, json=[{"id": "unknown"}]).json()["code"] == "invalid.id"
    assert api("POST", path, json=[{"id": "x"}] * 101).status_code == 400
    assert api("POST", path.split("?")[0], json=[{"id": members[0]}]).status_code == 204
    assert sandbox.state(members[0])["queues"].count(vip) == 1


def test_twenty_queues_are_listed(api: Caller) -> None:
    queues = api.json("/api/v2/routing/queues?pageSize=100")
    assert queues["total"] == len(queues["entities"]) == 20


def test_skills_and_languages_go_one_by_one(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    skill = next(iter(sandbox.state(person)["skills"]))
    language = next(iter(sandbox.state(person)["languages"]))
    skill_path = f"/api/v2/users/{person}/routingskills/{skill}"
    language_path = f"/api/v2/users/{person}/routinglanguages/{language}"
    assert [api("DELETE", skill_path).status_code for _ in range(2)] == [200, 404]
    assert [api("DELETE", language_path).status_code for _ in range(2)] == [204, 404]
    assert api.json(f"/api/v2/users/{person}/routinglanguages")["total"] == 0
    assert api.json(f"/api/v2/users/{person}/routingskills")["total"] == 2


@pytest.mark.undocumented("without what is required")
def test_a_skill_without_proficiency_is_refused(sandbox: SandboxThread, api: Caller) -> None:
    path = f"/api/v2/users/{sandbox.person()['id']}/routingskills/bulk"
    assert api("PATCH", path, json=[{"id": sandbox.name_id("skill", "Chat")}]).status_code == 400


def test_patching_skills_adds_only(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    path, body = f"/api/v2/users/{person}/routingskills/bulk", {"id": sandbox.name_id("skill", "Chat")}
    assert api("PATCH", path, json=[body | {"proficiency": 2}]).json()["total"] == 4
    assert api("PATCH", path, json=[{"id": "nope", "proficiency": 2}]).status_code == 404
    assert api("PATCH", path, json=[body | {"proficiency": 2}] * 51).status_code == 400
    assert api("PUT", path, json=[body | {"proficiency": 5}]).json()["total"] == 1


def grants_of(api: Caller, subject: str, **params: str) -> list[tuple[str, str, str]]:
    found = api.json(f"/api/v2/authorization/subjects/{subject}", params=params)["grants"]
    return [(each["subjectId"], each["role"]["name"], each["division"]["name"]) for each in found]


def test_grants_name_the_group_they_come_from(sandbox: SandboxThread, api: Caller) -> None:
    person, group = (
        sandbox.person("inherits roles through a group")["id"],
        sandbox.name_id("group", "Team Leads"),
    )
    grants = grants_of(api, person)
    assert (group, "Reporting Viewer", "Home") in grants
    assert (person, "employee", "Home") in grants
    body = {
        "grants": [
            {
                "roleId": sandbox.name_id("role", "Reporting Viewer"),
                "divisionId": sandbox.name_id("division", "Home"),
            }
        ]
    }
    assert api("POST", f"/api/v2/authorization/subjects/{person}/bulkremove", json=body).status_code == 204
    assert (group, "Reporting Viewer", "Home") in grants_of(api, person)


def test_a_grant_held_both_ways_shows_once_unless_duplicates_are_asked_for(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("inherits roles through a group")["id"]
    pair = [sandbox.name_id("role", "Reporting Viewer"), sandbox.name_id("division", "Home")]
    direct = sandbox.state(person)["grants"]
    sandbox.change(person, grants=[*direct, [*pair, "2026-01-01T00:00:00.000Z"]])
    viewers = [row for row in grants_of(api, person) if row[1] == "Reporting Viewer"]
    assert viewers == [(person, "Reporting Viewer", "Home")]
    both = [row for row in grants_of(api, person, includeDuplicates="true") if row[1] == "Reporting Viewer"]
    assert len(both) == 2


def test_a_grant_in_a_division_that_is_not_covered_stays(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("holds everything")["id"]
    path = f"/api/v2/authorization/subjects/{person}"
    grants = sandbox.state(person)["grants"]
    home = sandbox.name_id("division", "Home")
    sandbox.grant_in("Home")
    inside = next(grant for grant in grants if grant[1] == home)
    outside = next(grant for grant in grants if grant[1] != home)
    both = [{"roleId": role, "divisionId": division} for role, division, _ in (inside, outside)]
    single = f"{path}/divisions/{outside[1]}/roles/{outside[0]}"
    for refused in (api("POST", f"{path}/bulkremove", json={"grants": both}), api("DELETE", single)):
        assert (refused.status_code, refused.json()["code"]) == (403, "missing.division.permissions")
    assert sandbox.state(person)["grants"] == grants
    assert api("POST", f"{path}/bulkremove", json={"grants": both[:1]}).status_code == 204


def test_bulk_remove_takes_all_or_nothing(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    path = f"/api/v2/authorization/subjects/{person}"
    held = [{"roleId": role, "divisionId": division} for role, division, _ in sandbox.state(person)["grants"]]
    assert len(held) == 3
    sandbox.post("roles/vanish", {"role": sandbox.name_id("role", "User")})
    refused = api("POST", f"{path}/bulkremove", json={"grants": held})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad.role.divisions")
    assert len(grants_of(api, person)) == 2  # the vanished role is not shown, nothing else is gone
    one = held[0]
    single = f"{path}/divisions/{one['divisionId']}/roles/{one['roleId']}"
    assert [api("DELETE", single).status_code for _ in range(2)] == [204, 404]
    assert api("POST", f"{path}/bulkremove", json={"grants": [held[2]]}).status_code == 204
    assert grants_of(api, person) == []
    assert api("POST", f"{path}/bulkadd", json={"grants": [one, one]}).status_code == 204
    assert grants_of(api, person)[0][1] == "employee"


def test_removed_grants_can_linger_in_reads(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(grants_lag=0.1)
    person = sandbox.person()["id"]
    held = [{"roleId": role, "divisionId": division} for role, division, _ in sandbox.state(person)["grants"]]
    api("POST", f"/api/v2/authorization/subjects/{person}/bulkremove", json={"grants": held})
    assert len(grants_of(api, person)) == 3
    time.sleep(0.11)
    assert grants_of(api, person) == []


def test_roles_know_their_people(sandbox: SandboxThread, api: Caller) -> None:
    admin, role = sandbox.person("admin")["id"], sandbox.name_id("role", "admin")
    users = api.json(f"/api/v2/authorization/roles/{role}/users")
    assert [each["id"] for each in users["entities"]] == [admin]
    counts = api.json(f"/api/v2/authorization/subjects/rolecounts?id={admin},unknown")
    assert counts == {admin: 4}
    assert api.json("/api/v2/authorization/roles")["total"] == 12
    assert api.json("/api/v2/authorization/divisions")["total"] == 6
    assert api.get("/api/v2/authorization/subjects/nobody").status_code == 404


def test_leaving_a_group_takes_effect_a_little_later(sandbox: SandboxThread, api: Caller) -> None:
    person, group = sandbox.person()["id"], sandbox.name_id("group", "Fire Wardens")
    path = f"/api/v2/groups/{group}/members"
    sandbox.options(group_delay=0.1)
    answer = api("DELETE", f"{path}?ids={person}")
    assert (answer.status_code, answer.json()) == (202, {})
    assert person in {each["id"] for each in api.json(path)["entities"]}
    time.sleep(0.11)
    assert person not in {each["id"] for each in api.json(path)["entities"]}
    assert api("DELETE", path).status_code == 400
    assert api("DELETE", f"{path}?ids={','.join(['x'] * 51)}").status_code == 400


def test_a_dynamic_group_and_an_owner_do_not_go(sandbox: SandboxThread, api: Caller) -> None:
    sandbox.options(group_delay=0.0)
    for why, name in (("in a dynamic group", "All Staff"), ("owner of a group", "Escalation Desk")):
        person, group = sandbox.person(why)["id"], sandbox.name_id("group", name)
        assert api("DELETE", f"/api/v2/groups/{group}/members?ids={person}").status_code == 202
        members = api.json(f"/api/v2/groups/{group}/members")["entities"]
        assert person in {each["id"] for each in members}, why
    owner = sandbox.person("owner of a group")["id"]
    assert api.json(f"/api/v2/groups/{sandbox.name_id('group', 'Escalation Desk')}")["owners"][0]["id"] == owner
    dynamic, static = sandbox.name_id("group", "All Staff"), sandbox.name_id("group", "Night Shift")
    assert api.get(f"/api/v2/groups/{dynamic}/dynamicsettings").status_code == 200
    assert api.get(f"/api/v2/groups/{static}/dynamicsettings").status_code == 404
    assert api.json(f"/api/v2/groups/{dynamic}/individuals")["entities"] == []


def test_deletion_ends_a_dynamic_membership(sandbox: SandboxThread, api: Caller) -> None:
    person, group = sandbox.person("in a dynamic group")["id"], sandbox.name_id("group", "All Staff")
    api("DELETE", f"/api/v2/users/{person}")
    assert api.json(f"/api/v2/groups/{group}/members")["entities"] == []


def test_groups_are_found_by_id_with_their_names(sandbox: SandboxThread, api: Caller) -> None:
    ids = [sandbox.name_id("group", name) for name in ("Team Leads", "Book Club")]
    found = api.json(f"/api/v2/groups?id={','.join(ids)}")["entities"]
    assert {group["name"]: group["rolesEnabled"] for group in found} == {
        "Team Leads": True,
        "Book Club": False,
    }


def test_a_team_is_left_at_once(sandbox: SandboxThread, api: Caller) -> None:
    person, team = sandbox.person()["id"], sandbox.name_id("team", "Care Berlin")
    before = api.json(f"/api/v2/teams/{team}")["memberCount"]
    seen, uri = [], f"/api/v2/teams/{team}/members?pageSize=2"
    while uri:
        page = api.json(uri)
        assert "total" not in page
        seen += [each["id"] for each in page["entities"]]
        uri = page.get("nextUri")
    assert person in seen and len(seen) == before
    assert api("DELETE", f"/api/v2/teams/{team}/members?id={person}").status_code == 204
    assert "team" not in api.json(f"/api/v2/users/{person}?expand=team")
    assert api.json(f"/api/v2/teams/{team}")["memberCount"] == before - 1
    refused = api("DELETE", f"/api/v2/teams/{team}/members?id={','.join(['x'] * 26)}")
    assert refused.json()["code"] == "max.user.ids"
