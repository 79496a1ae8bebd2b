"""The article's own script, unmodified, against the sandbox with --article: it has to reach COMPLETED.

The JavaScript beside this file is the script as the article prints it, one file for each module that its last
listing imports; not a character differs. What the print leaves to the reader stands in GIVEN, and nowhere else.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from offboarding.sandbox.testing import SandboxThread
from tests.sink import Answer, Sink

pytestmark = [pytest.mark.slow, pytest.mark.node]

HERE = Path(__file__).parent
MODULES = ("auth", "cleanup", "archive", "sessions", "scim", "webhook", "audit", "deprovision")
AS_PRINTED = "e68f7ce152ae3bb03bd6ee144ec6a9a1f24f6ac65c297224ca374e91a06a5f3f"  # sha256 of all of them
GIVEN = {
    # The files are modules.
    "package.json": '{"type": "module", "private": true}\n',
    # The package reads a .env file into the environment; here the environment is set already.
    "node_modules/dotenv/package.json": '{"name": "dotenv", "type": "module", "exports": "./index.js"}\n',
    "node_modules/dotenv/index.js": "export default { config() { return { parsed: {} }; } };\n",
    # Printed once, in what becomes auth.js, and used by four files that do not import it.
    "given.cjs": "globalThis.GENESYS_DOMAIN = process.env.GENESYS_DOMAIN || 'https://api.mypurecloud.com';\n",
}

Script = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def org() -> Iterator[SandboxThread]:
    with SandboxThread(people=40, article=True) as running:
        yield running


@pytest.fixture
def article(org: SandboxThread) -> SandboxThread:
    org.reset()
    return org


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture
def script(article: SandboxThread, sink: Sink, tmp_path: Path) -> Script:
    folder = tmp_path.resolve()
    for name in MODULES:
        shutil.copy(HERE / f"{name}.js", folder)
    for path, text in GIVEN.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    environment = {
        "PATH": os.environ["PATH"],
        "GENESYS_DOMAIN": article.url,
        "GENESYS_CLIENT_ID": article.client_id,
        "GENESYS_CLIENT_SECRET": article.client_secret,
        "DEPROVISION_WEBHOOK_URL": sink.url,
    }

    def run(person_id: str) -> subprocess.CompletedProcess[str]:
        command = ["node", "--require", "./given.cjs", str(folder / "deprovision.js"), person_id]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)

    return run


def documents(sink: Sink) -> list[Any]:
    return [received.json() for received in sink.requests]


def test_it_is_the_script_as_printed() -> None:
    """Whatever does not work with it is for the sandbox to mend."""
    printed = b"".join((HERE / f"{name}.js").read_bytes() for name in MODULES)
    assert hashlib.sha256(printed).hexdigest() == AS_PRINTED


@pytest.mark.parametrize("takes", ["all", "one"])
def test_it_completes(article: SandboxThread, sink: Sink, script: Script, takes: str) -> None:
    """Whether one call of the queue route leaves all queues or one, which the article does not say."""
    article.options(article_queue_delete=takes)
    person = article.person("plain agent")
    before = article.state(person["id"])
    assert before["queues"] and before["grants"] and before["sessions"]
    ended = script(person["id"])
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (document,) = documents(sink)
    assert (document["event"], document["status"]) == ("USER_DEPROVISIONING_SCIM", "COMPLETED")
    assert document["actions"] == {
        "foreignKeys": True,
        "archiveCount": person["conversations"],
        "sessionsRevoked": True,
        "scimDelete": True,
    }
    after = article.state(person["id"])
    assert (after["state"], after["queues"], after["grants"], after["sessions"]) == ("deleted", [], [], 0)
    warnings = len(before["queues"]) - 1 if takes == "all" else 0
    assert ended.stderr.count("Queue removal returned 404") == warnings


def test_its_first_step_is_what_lets_the_deletion_through(article: SandboxThread, sink: Sink, script: Script) -> None:
    """The 409 rule: with a queue that cannot be left the deletion is refused, as the article warns."""
    person = article.person("plain agent")["id"]
    article.faults({"path": "/api/v2/queue/users/", "status": 503, "times": None})
    assert script(person).returncode == 1
    (document,) = documents(sink)
    assert document["status"] == "FAILED" and document["error"].startswith("SCIM DELETE failed (409)")
    assert article.state(person)["state"] == "active"


def test_a_second_run_fails_at_its_first_call(article: SandboxThread, sink: Sink, script: Script) -> None:
    person = article.person("plain agent")["id"]
    assert [script(person).returncode for _ in range(2)] == [0, 1]
    assert [each["status"] for each in documents(sink)] == ["COMPLETED", "FAILED"]
    assert documents(sink)[1]["error"].startswith("User fetch failed (404)")


def test_another_scim_id_ends_it_as_failed_without_an_error(article: SandboxThread, sink: Sink, script: Script) -> None:
    """It deletes by the person's id, takes 404 as not deleted, and ends well; the person is still there."""
    person = article.person("SCIM id differs")["id"]
    assert script(person).returncode == 0
    (document,) = documents(sink)
    assert (document["status"], "error" in document) == ("FAILED", False)
    assert article.state(person)["state"] == "active"


def test_a_busy_receiver_is_asked_again(article: SandboxThread, sink: Sink, script: Script) -> None:
    sink.answers([Answer(429, {"Retry-After": "1"}), Answer(200)])
    ended = script(article.person("plain agent")["id"])
    assert ended.returncode == 0 and "Rate limited. Retrying in 1s..." in ended.stderr
    first, second = documents(sink)
    assert first == second and first["status"] == "COMPLETED"
