"""The population, the state file, and the walls of the room."""

from __future__ import annotations

import ast
import json
import sys
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
import requests

import offboarding.sandbox
from offboarding.sandbox.catalogue import build as build_catalogue
from offboarding.sandbox.options import Options
from offboarding.sandbox.population import FEWEST, build
from offboarding.sandbox.state import Org
from offboarding.sandbox.statefile import StateMismatch
from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller

TODAY = date(2026, 7, 1)


def test_the_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    def people(seed: int, count: int = 80) -> list[dict[str, object]]:
        org = Org(seed=seed, people=count, today=TODAY)
        return [{**each.to_json(), "live": []} for each in org.people.values()]

    assert people(1) == people(1)
    assert people(1)[:60] == people(1, 60)
    assert not {each["id"] for each in people(1)} & {each["id"] for each in people(2)}
    assert {each["email"] for each in people(1)} != {each["email"] for each in people(2)}


def test_the_cast_is_there_and_nobody_is_twice() -> None:
    org = Org(people=250, today=TODAY)
    people = list(org.people.values())
    for field in ("id", "scim_id", "email", "employee_number"):
        assert len({getattr(each, field) for each in people}) == 250, field
    tags = {tag for each in people for tag in each.why}
    assert {
        "supervisor",
        "admin",
        "manager",
        "inactive",
        "deleted",
        "in a live conversation",
        "no history",
        "owner of a group",
        "many conversations",
        "inherits queues through a group",
        "inherits roles through a group",
        "same name",
        "near-equal e-mail",
    } <= tags
    twins = [each.name for each in people if "same name" in each.why]
    assert len(twins) == 2 and len(set(twins)) == 1
    scripts = {unicodedata.name(char).split()[0] for each in people for char in each.name if char.isalpha()}
    assert {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "DEVANAGARI"} <= scripts
    assert any(each.department == "=Sales" for each in people)
    assert max(len(each.name) for each in people) > 90
    assert all(each.email.endswith("@sandbox.example") and each.email.isascii() for each in people)


def test_too_few_people_are_refused() -> None:
    Org(people=FEWEST)
    with pytest.raises(ValueError, match=f"at least {FEWEST}"):
        Org(people=FEWEST - 1)


def test_ten_thousand_people_all_differ() -> None:
    org = Org(people=10_000, today=TODAY)
    assert len({each.email for each in org.people.values()}) == 10_000


def test_conversations_can_be_set_for_everybody_with_a_history() -> None:
    org = Org(people=60, conversations=7, today=TODAY)
    counts = {each.conversations for each in org.people.values()}
    assert counts == {0, 7}


def test_changes_outlive_a_restart_and_a_token_does_too(
    tmp_path: Path, calling: Callable[[SandboxThread], Caller]
) -> None:
    state = tmp_path / "deep" / "state.json"
    with SandboxThread(state=state, group_delay=30.0) as first:
        api = calling(first)
        person, other = first.person("plain agent")["id"], first.person("admin")["id"]
        api("DELETE", f"/api/v2/users/{person}")
        vip = first.name_id("queue", "VIP")
        api("POST", f"/api/v2/routing/queues/{vip}/members", json=[{"id": other}])
        warden = first.name_id("group", "Team Leads")
        api("DELETE", f"/api/v2/groups/{warden}/members?ids={first.person('manager')['id']}")
        first.remove_permissions("oauth:token:delete")
        bearer = api.session.headers["Authorization"]
    with SandboxThread(state=state) as second:
        again = calling(second)
        again.session.headers["Authorization"] = bearer
        assert again.json(f"/api/v2/users/{person}?state=deleted")["state"] == "deleted"
        assert vip in second.state(other)["queues"]
        assert second.state(second.person("manager")["id"])["groups"] == []  # what was on its way has arrived
        assert again("DELETE", f"/api/v2/tokens/{other}").status_code == 403
        second.reset()
        assert second.state(person)["state"] == "active"
    with SandboxThread(state=state) as third:
        assert third.state(person)["state"] == "active"
        assert third.get("permissions")["removed"] == []
    assert [each.name for each in state.parent.iterdir()] == ["state.json"]


def test_a_stopped_sandbox_does_not_answer_on_kept_connections(
    calling: Callable[[SandboxThread], Caller],
) -> None:
    with SandboxThread() as running:
        api = calling(running)
        assert api.get("/api/v2/tokens/me").status_code == 200
    with pytest.raises(requests.ConnectionError):
        api.get("/api/v2/tokens/me")


def test_a_state_file_of_another_population_is_refused_with_the_remedy(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    Org(people=60, state=state)
    with pytest.raises(StateMismatch, match="--state"):
        Org(people=61, state=state)
    state.write_text("{")
    with pytest.raises(StateMismatch, match="remove it"):
        Org(people=60, state=state)


def test_the_state_file_holds_changes_only(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    org = Org(people=60, state=state)
    assert json.loads(state.read_text())["people"] == []
    person = next(iter(org.people.values()))
    with org.changing(person):
        person.title = "Changed"
    assert [each["id"] for each in json.loads(state.read_text())["people"]] == [person.id]


def test_a_failed_change_is_not_kept(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    org = Org(people=60, state=state)
    person = next(iter(org.people.values()))
    with pytest.raises(KeyError), org.changing(person, version=True):
        raise KeyError("half way")
    assert json.loads(state.read_text())["people"] == []


def test_options_are_checked() -> None:
    assert Options().changed({"group_delay": 1}).group_delay == 1.0
    for wrong in ({"colour": 1}, {"rate_limit": "300"}, {"referential_rule": 1}, {"latency_ms": True}):
        with pytest.raises(ValueError):
            Options().changed(wrong)


def test_reset_brings_back_the_options_of_the_start(sandbox: SandboxThread) -> None:
    sandbox.options(latency_ms=5, referential_rule=True)
    sandbox.reset()
    found = sandbox.get("options")
    assert (found["latency_ms"], found["referential_rule"], found["rate_limit"]) == (0, False, 100_000)


def test_the_control_plane_says_what_it_can_do(sandbox: SandboxThread) -> None:
    index = sandbox.get("")
    assert any(line.startswith("POST /__sandbox__/reset") for line in index["actions"])
    assert "queue:VIP" in index["names"]
    with pytest.raises(RuntimeError, match="404"):
        sandbox.get("nonsense")
    with pytest.raises(RuntimeError, match="404"):
        sandbox.get("people/nobody")
    with pytest.raises(RuntimeError, match="not changeable"):
        sandbox.change(sandbox.person()["id"], shoe=44)
    with pytest.raises(KeyError, match="supervisor"):
        sandbox.person("astronaut")


def test_the_control_plane_answers_loopback_only(sandbox: SandboxThread) -> None:
    from offboarding.sandbox.app import Sandbox

    answers: list[str] = []
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/__sandbox__/reset", "REMOTE_ADDR": "192.0.2.7"}
    list(Sandbox(sandbox.org)(environ, lambda status, headers: answers.append(status)))
    assert answers == ["403 Forbidden"]


def test_a_change_by_somebody_else_counts_the_version_up(sandbox: SandboxThread) -> None:
    person = sandbox.person()
    changed = sandbox.change(person["id"], skills={})
    assert (changed["version"], changed["skills"]) == (person["version"] + 1, {})


def test_many_callers_at_once_lose_no_change(sandbox: SandboxThread, api: Caller) -> None:
    vip = sandbox.name_id("queue", "VIP")
    people = [each["id"] for each in sandbox.people() if each["state"] == "active"]

    def join_and_leave(person: str) -> set[int]:
        headers = {"Authorization": str(api.session.headers["Authorization"])}
        path = f"{sandbox.url}/api/v2/routing/queues/{vip}/members"
        with requests.Session() as session:
            joined = session.post(path, json=[{"id": person}], headers=headers, timeout=10)
            left = session.delete(f"{path}/{person}", headers=headers, timeout=10)
        return {joined.status_code, left.status_code}

    with ThreadPoolExecutor(12) as pool:
        assert set.union(*pool.map(join_and_leave, people)) == {204}
    assert api.json(f"/api/v2/routing/queues/{vip}")["memberCount"] == 0
    assert len(sandbox.calls(method="DELETE")) == len(people)


def test_the_room_imports_nothing_but_the_standard_library() -> None:
    room = Path(offboarding.sandbox.__file__).parent
    for file in room.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            elif isinstance(node, ast.ImportFrom):
                assert node.level <= len(file.relative_to(room).parts), f"{file} looks outside"
            for name in names:
                inside = name.startswith("offboarding.sandbox")
                assert inside or name.split(".")[0] in sys.stdlib_module_names, f"{file}: {name}"


def test_the_person_that_the_readme_searches_for_is_there() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert f"search for {build(1, FEWEST, build_catalogue(1), 10**12)[0].name}," in readme
