"""`./dev run`: starts everything or nothing, and leaves no process behind, however it ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.dev.conftest import Tree, command_line, eventually, free_port


def start_ready(tree: Tree, *arguments: str, **env: str) -> subprocess.Popen[str]:
    ports = ["--port", str(free_port()), "--sandbox-port", str(free_port())]
    process = tree.start("run", *ports, *arguments, **env)
    assert eventually(lambda: "Ready: " in tree.read("out")), tree.read("out") + tree.read("err")
    return process


def test_it_prints_the_address_and_the_five_accounts_when_everything_answers(tree: Tree) -> None:
    port, sandbox_port = str(free_port()), str(free_port())
    tree.start("run", "--port", port, "--sandbox-port", sandbox_port, "--people", "40")

    assert eventually(lambda: "Ctrl-C stops everything" in tree.read("out"))
    out = tree.read("out")
    assert f"Ready: http://127.0.0.1:{port}" in out
    assert "staff approver manager auditor admin    password: offboard-demo" in out
    assert "worker  | worker says hello" in out
    assert "\033[" not in out
    calls = tree.read("calls").splitlines()
    assert calls[:2] == ["migrate --no-input --verbosity 0", "seed_demo"]
    assert set(calls[2:]) == {f"sandbox --port {sandbox_port} --people 40", "worker"}
    assert eval(tree.read("env.worker")) == {  # noqa: S307 - written by the stand-in with repr
        "SANDBOX_URL": f"http://127.0.0.1:{sandbox_port}",
        "GENESYS_DOMAIN": f"http://127.0.0.1:{sandbox_port}",
        "CONSOLE_URL": f"http://127.0.0.1:{port}",
    }


def test_it_says_what_other_commands_need_when_the_sandbox_is_not_where_they_look(tree: Tree) -> None:
    port, hint = free_port(), "In another terminal, for manage.py deprovision and the like: export"
    address = f"http://127.0.0.1:{port}"
    for env, told in (
        ({}, f"{hint} SANDBOX_URL={address}\n"),
        ({"GENESYS_DOMAIN": "http://127.0.0.1:8700"}, f"{hint} GENESYS_DOMAIN={address}\n"),
        ({"SANDBOX_URL": address}, ""),
    ):
        process = tree.start("run", "--port", str(free_port()), "--sandbox-port", str(port), **env)
        assert eventually(lambda: "Ctrl-C stops everything" in tree.read("out")), tree.read("err")
        assert told in tree.read("out") and (hint in tree.read("out")) is bool(told)
        process.terminate()
        assert process.wait(timeout=20) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_cleanly_and_leaves_no_process(tree: Tree, number: signal.Signals) -> None:
    process = start_ready(tree)
    assert len(tree.running()) == 7  # dev, its watcher, sandbox, worker with two below it, web

    process.send_signal(number)

    assert process.wait(timeout=20) == 0
    assert tree.running() == set()
    assert "Everything is stopped." in tree.read("out")


def test_only_the_main_process_is_asked_to_end(tree: Tree) -> None:
    process = start_ready(tree)

    process.terminate()

    assert process.wait(timeout=20) == 0
    assert not (tree.folder / "below.told").exists()


def test_a_second_ctrl_c_ends_the_patience_with_a_child_that_does_not_end(tree: Tree) -> None:
    process = start_ready(tree, STUBBORN="1")
    process.send_signal(signal.SIGINT)
    assert eventually(lambda: (tree.folder / "stubborn.told").exists())
    assert process.poll() is None

    asked = time.monotonic()
    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=20) == 0
    assert time.monotonic() - asked < 5
    assert tree.running() == set()


def test_when_it_is_killed_itself_its_children_end_too(tree: Tree) -> None:
    process = start_ready(tree)

    process.kill()

    assert process.wait() == -signal.SIGKILL
    assert eventually(lambda: not tree.running())


def test_a_child_that_dies_is_named_with_its_last_lines_and_the_rest_is_stopped(tree: Tree) -> None:
    process = start_ready(tree, DYING="worker")

    (tree.folder / "die").touch()

    assert process.wait(timeout=20) == 1
    assert "worker ended with exit code 3" in tree.read("err")
    assert "    my last words" in tree.read("err")
    assert tree.running() == set()


def test_a_failing_migration_starts_nothing(tree: Tree) -> None:
    ended = tree.dev("run", "--port", str(free_port()), "--sandbox-port", str(free_port()), FAILING="migrate")

    assert ended.returncode == 1
    assert "it went wrong" in ended.stdout
    assert "migrate failed with exit code 1" in ended.stderr
    assert tree.read("calls").split()[0] == "migrate"
    assert "sandbox" not in tree.read("calls")
    assert tree.running() == set()


@pytest.mark.parametrize(("busy", "other"), [("--port", "--sandbox-port"), ("--sandbox-port", "--port")])
def test_a_busy_port_is_named_before_anything_starts(tree: Tree, busy: str, other: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ended = tree.dev("run", busy, str(port), other, str(free_port()))

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"Port {port} is in use. Choose another one: ./dev run {busy} ")
    assert ended.stdout == ""
    assert tree.read("calls") == ""


def test_one_port_for_both_is_refused(tree: Tree) -> None:
    port = str(free_port())

    ended = tree.dev("run", "--port", port, "--sandbox-port", port)

    assert ended.returncode == 2
    assert f"are both {port}" in ended.stderr


def test_a_second_run_in_the_same_folder_is_refused(tree: Tree) -> None:
    start_ready(tree)

    ended = tree.dev("run", "--port", str(free_port()), "--sandbox-port", str(free_port()))

    assert ended.returncode == 2
    assert "Another ./dev run works in" in ended.stderr


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_with_real_credentials_it_starts_no_sandbox_and_makes_no_account(tree: Tree, place: str) -> None:
    real = {"GENESYS_CLIENT_ID": "5f0c-real", "GENESYS_CLIENT_SECRET": "a-real-secret"}
    if place == ".env":
        tree.write(".env", "# ours\n" + "".join(f"{name}='{value}'\n" for name, value in real.items()))
        real = {}

    start_ready(tree, **real)

    assert "Real Genesys Cloud credentials are set: no sandbox, no demo account." in tree.read("out")
    assert "create_staff" in tree.read("out")
    assert "offboard-demo" not in tree.read("out")
    assert [line.split()[0] for line in tree.read("calls").splitlines()] == ["migrate", "worker"]
    assert "'GENESYS_DOMAIN': None" in tree.read("env.worker")


def test_no_secret_stands_on_a_command_line(tree: Tree) -> None:
    start_ready(tree, GENESYS_CLIENT_ID="5f0c-real", GENESYS_CLIENT_SECRET="a-real-secret")

    lines = [command_line(pid) for pid in tree.running()]
    assert any("gunicorn" in line for line in lines)
    assert not any("a-real-secret" in line for line in lines)


@pytest.mark.parametrize(
    "half",
    [
        {"GENESYS_DOMAIN": "https://api.mypurecloud.de"},
        {"GENESYS_CLIENT_SECRET": "a-real-secret"},
        {"GENESYS_CLIENT_ID": "sandbox", "GENESYS_DOMAIN": "https://api.mypurecloud.de"},
    ],
)
def test_half_of_the_real_credentials_is_refused_not_taken_for_the_sandbox(tree: Tree, half: dict[str, str]) -> None:
    ended = tree.dev("run", "--port", str(free_port()), "--sandbox-port", str(free_port()), **half)

    assert ended.returncode == 2
    assert "GENESYS_CLIENT_ID is not set" in ended.stderr
    assert "a-real-secret" not in ended.stderr
    assert tree.read("calls") == ""


def test_a_closed_terminal_does_not_leave_anything_behind(tree: Tree) -> None:
    """`./dev run | head` closes our output while the children go on writing."""
    command = f"exec {tree.folder}/dev run --port {free_port()} --sandbox-port {free_port()} | head -n 1"
    ended = subprocess.run(["sh", "-c", command], cwd=tree.folder, env=tree.env, capture_output=True, timeout=40)

    assert ended.stdout.count(b"\n") == 1
    assert eventually(lambda: not tree.running())


def test_a_word_in_var_dir_moves_the_hold_to_that_folder(tree: Tree, tmp_path: Path) -> None:
    start_ready(tree, VAR_DIR=str(tree.folder / "elsewhere"))

    assert (tree.folder / "elsewhere").is_dir()
    assert not (tree.folder / "var").exists()
