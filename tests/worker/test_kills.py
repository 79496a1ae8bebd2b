"""The worker's whole tree is killed again and again while twenty people are deprovisioned: each is, once and wholly.

The seed gives after how many calls to Genesys each kill comes; what the processes do in between is theirs.
"""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from offboarding.archives.manifest import ARCHIVE_NAME, MANIFEST_NAME, Manifest
from offboarding.archives.verify import verify
from offboarding.sandbox.testing import SandboxThread
from tests import effects
from tests.console import Console, kill_all, processes_of, wait
from tests.worker.many import ask_for, last_call

pytestmark = pytest.mark.slow
PEOPLE, KILLS = 20, 30


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with SandboxThread(
        people=60, conversations=260, latency_ms=4, group_delay=0.0, station_delay=0.0, workforce_delay=0.0
    ) as sandbox:
        made = Console(tmp_path, sandbox)
        yield made
        made.close()


def ask_for_many(console: Console) -> list[str]:
    """Twenty people, the one who holds most among them; their runs are approved and nobody works on them yet."""
    # Not the administrator, whom the plan protects: there is no other.
    leavers = (each for each in console.sandbox.people() if "admin" not in each["why"])
    everybody = [each for each in leavers if each["state"] == "active"]
    quiet = [each["id"] for each in everybody if not console.sandbox.state(each["id"])["live"]]
    first = console.sandbox.person("holds everything")["id"]
    chosen = list(dict.fromkeys([first, *quiet]))[:PEOPLE]
    ask_for(console, chosen)
    return chosen


def left(console: Console) -> int:
    return int(console.rows("SELECT count(*) FROM offboarding_run WHERE state <> 'completed'")[0][0])


def calls_after(console: Console, seq: int) -> int:
    return len(console.sandbox.calls(after=seq))


def killed_again_and_again(console: Console, chance: random.Random) -> int:
    """How many kills fell into unfinished work."""
    for number in range(KILLS):
        console.start("worker")
        before, enough = last_call(console), chance.randrange(5, 110)
        wait(lambda before=before, enough=enough: calls_after(console, before) >= enough or not left(console), "calls")
        kill_all(console.folder)
        wait(lambda: not processes_of(console.folder), "the end of every process", 10)
        if not left(console):
            return number
        console.end_leases()
    return KILLS


@pytest.mark.parametrize("seed", [20261125])
def test_thirty_kills_of_everything_leave_each_deprovisioning_done_once(console: Console, seed: int) -> None:
    people = ask_for_many(console)
    asked = last_call(console)
    kills = killed_again_and_again(console, random.Random(seed))
    print(f"seed {seed}: {kills} kills, {left(console)} of {len(people)} runs unfinished after them")
    assert kills == KILLS
    worker = console.start("worker")
    wait(lambda: not left(console), "the end of every run", 180)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    wait(lambda: not processes_of(console.folder), "the end of every process", 10)
    every_row_says_done(console)
    every_change_was_made_once(console, people, asked)
    every_archive_is_whole(console, people)
    console.run("verify_audit")


def every_row_says_done(console: Console) -> None:
    runs = console.rows("SELECT state, lease_until, deleted_at IS NOT NULL FROM offboarding_run")
    assert runs == [("completed", None, True)] * PEOPLE
    assert console.rows("SELECT count(*) FROM offboarding_deprovisionrequest WHERE state = 'completed'") == [(PEOPLE,)]
    ends = "SELECT request_number, data FROM offboarding_auditrecord"
    told = console.rows(f"{ends} WHERE action IN ('step.observed', 'step.nothing_to_do', 'step.sent')")
    keys = [(request, (data if isinstance(data, dict) else json.loads(data))["key"]) for request, data in told]
    steps = console.rows("SELECT count(*) FROM offboarding_steprun")[0][0]
    assert len(keys) == len(set(keys)) == steps


def every_change_was_made_once(console: Console, people: list[str], asked: int) -> None:
    """But for the tokens: nothing shows that there are none, so whoever goes on deletes them again."""
    calls = console.sandbox.calls(after=asked)
    twice = {change for change, times in effects.changes(calls).items() if times > 1}
    assert {path for _, path, *_ in twice if not path.startswith("/api/v2/tokens/")} == set()
    gone = [call["path"].rpartition("/")[2] for call in effects.deletions(calls)]
    scim_ids = {each["id"]: each["scim_id"] for each in console.sandbox.people()}
    assert sorted(gone) == sorted(scim_ids[person] for person in people)
    for person in people:
        assert effects.changed_after_the_deletion(calls, person, scim_ids[person]) == []
        assert console.sandbox.state(person)["state"] == "deleted"


def every_archive_is_whole(console: Console, people: list[str]) -> None:
    notes = [note for note in console.folder.rglob(MANIFEST_NAME) if ARCHIVE_NAME in os.listdir(note.parent)]
    assert len(notes) == len(people)
    for note in notes:
        verify(note.with_name(ARCHIVE_NAME), Manifest.from_file(note))
        assert {path.name for path in note.parent.iterdir()} == {ARCHIVE_NAME, MANIFEST_NAME}
    people_of = dict(console.rows("SELECT id, person_id FROM offboarding_deprovisionrequest"))
    counted = console.rows("SELECT request_id, count FROM offboarding_archive")
    assert {people_of[request]: count for request, count in counted} == {
        person: console.sandbox.state(person)["conversations"] for person in people
    }
