"""The sandbox as a process: starting, refusing to start, ending."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    "module": [sys.executable, "-m", "offboarding.sandbox"],
    "manage": [sys.executable, "manage.py", "sandbox"],
}


def environment(var: Path) -> dict[str, str]:
    return {**os.environ, "VAR_DIR": str(var), "PYTHONUNBUFFERED": "1"}


@contextmanager
def started(var: Path, *arguments: str, command: str = "module") -> Iterator[tuple[subprocess.Popen[str], str]]:
    line = [*COMMANDS[command], "--port", "0", "--people", "60", *arguments]
    process = subprocess.Popen(
        line, cwd=ROOT, env=environment(var), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.fullmatch(r"sandbox org on (http://127\.0\.0\.1:\d+)\n", first)
        assert found, first or (process.stderr and process.stderr.read())
        yield process, found[1]
    finally:
        process.kill()
        process.communicate()


def run(var: Path, *arguments: str, command: str = "module") -> subprocess.CompletedProcess[str]:
    line = [*COMMANDS[command], *arguments]
    return subprocess.run(line, cwd=ROOT, env=environment(var), capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path) as (process, url):
        with requests.Session() as session:  # a connection that is still open must not hold it up
            assert session.get(f"{url}/__sandbox__/people", timeout=10).status_code == 200
            process.send_signal(number)
            out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")


def test_manage_py_starts_the_same(tmp_path: Path) -> None:
    with started(tmp_path, "--article", "--rate-limit", "7", command="manage") as (process, url):
        index = requests.get(f"{url}/__sandbox__/", timeout=10).json()
        options = requests.get(f"{url}/__sandbox__/options", timeout=10).json()
        assert (index["article"], options["rate_limit"], options["referential_rule"]) == (True, 7, True)
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert (tmp_path / "sandbox" / "seed1-people60.json").exists()


def test_the_state_of_one_process_is_found_by_the_next(tmp_path: Path) -> None:
    state = tmp_path / "kept.json"
    with started(tmp_path, "--state", str(state)) as (process, url):
        person = requests.get(f"{url}/__sandbox__/people", timeout=10).json()["people"][0]["id"]
        changed = requests.patch(f"{url}/__sandbox__/people/{person}", json={"title": "Kept"}, timeout=10)
        assert changed.status_code == 200
        process.kill()  # nothing is written at the end: it is all there already
    with started(tmp_path, "--state", str(state)) as (process, url):
        assert requests.get(f"{url}/__sandbox__/people/{person}", timeout=10).json()["title"] == "Kept"


def test_a_busy_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        ended = run(tmp_path, "--port", str(port), "--people", "60")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"sandbox: port {port} is busy; stop what runs there or choose another with --port\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--host", "0.0.0.0"], "loopback addresses only"),  # noqa: S104
        (["--host", "example.org"], "give a loopback address"),
        (["--people", "3"], "at least"),
        (["--port", "70000"], "0-65535"),
        (["--rate-limit", "0"], "--rate-limit must be at least 1"),
        (["--conversations", "-1"], "at least 0"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(tmp_path: Path, arguments: list[str], problem: str) -> None:
    ended = run(tmp_path, *arguments)
    assert ended.returncode == 2
    assert problem in ended.stderr and ended.stderr.count("\n") == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(tmp_path: Path, command: str) -> None:
    ended = run(tmp_path, "--help", command=command)
    assert ended.returncode == 0
    for each in (
        "--port",
        "--people",
        "--conversations",
        "--seed",
        "--latency-ms",
        "--rate-limit",
        "--article",
    ):
        assert each in ended.stdout
    assert "--latency-ms 150" in ended.stdout
