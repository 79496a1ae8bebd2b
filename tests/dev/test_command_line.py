"""The command line of `./dev`: help with examples, and a hint for every wrong argument."""

from __future__ import annotations

import ast
import json
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from types import ModuleType

import pytest

from deprov_site.processes import Stop
from tests.dev.conftest import ROOT, Tree

COMMANDS = ["run", "test", "check", "bench", "simulate", "install", "lock", "reset", "screenshots"]


def load_dev() -> ModuleType:
    loader = SourceFileLoader("dev_script", str(ROOT / "dev"))
    spec = spec_from_loader("dev_script", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_help_lists_every_command(tree: Tree) -> None:
    ended = tree.dev("--help")

    assert ended.returncode == 0
    for command in COMMANDS:
        assert f"    {command}" in ended.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(tree: Tree, command: str) -> None:
    ended = tree.dev(command, "--help")

    assert ended.returncode == 0
    assert f"examples:\n  ./dev {command}" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "problem", "hint"),
    [
        ([], "required: COMMAND", "Try: ./dev --help"),
        (["tset"], "invalid choice: 'tset'", "Try: ./dev --help"),
        (["run", "--prot", "1"], "does not know --prot", "Try: ./dev run --help"),
        (["run", "--port", "http"], "http is not a port number", "Try: ./dev run --help"),
        (["run", "--port", "0"], "0 is not a port number", "Try: ./dev run --help"),
        (["run", "--port", "65536"], "65536 is not a port number", "Try: ./dev run --help"),
        (["test", "--browser", "none"], "invalid choice: 'none'", "Try: ./dev test --help"),
        (["simulate", "--seeds", "many"], "many is not a whole number", "Try: ./dev simulate --help"),
        (["simulate", "--seed", "0"], "0 is not a whole number", "Try: ./dev simulate --help"),
        (["check", "dev"], "does not know dev", "Try: ./dev check --help"),
    ],
)
def test_a_wrong_argument_ends_with_2_and_a_hint(tree: Tree, arguments: list[str], problem: str, hint: str) -> None:
    ended = tree.dev(*arguments)

    assert ended.returncode == 2
    assert problem in ended.stderr
    assert ended.stderr.endswith(f"{hint}\n")


@pytest.mark.parametrize("name", ["dev", "deprov_site/processes.py"])
def test_an_old_python_can_read_as_far_as_the_line_that_says_so(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text(), feature_version=(3, 8))

    assert ast.get_docstring(tree)


def test_a_too_old_python_is_told_which_one_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    dev = load_dev()
    monkeypatch.setattr(dev, "OLDEST", (3, 99))

    with pytest.raises(Stop, match=r"Python 3.99 or newer is needed, this is 3\.\d+.*Install it with: "):
        dev.need_python()


def pytest_call(output: str) -> list[object]:
    line = next(line for line in output.splitlines() if line.startswith("pytest:"))
    call: list[object] = json.loads(line.removeprefix("pytest:"))
    return call


def with_node(tree: Tree, ends: int = 0) -> None:
    """A `node` before any other, which says by its exit code whether it knows fetch."""
    node = tree.write("node/node", f"#!/bin/sh\nexit {ends}\n")
    node.chmod(0o755)
    tree.env["PATH"] = f"{node.parent}:{tree.env['PATH']}"


def test_arguments_of_pytest_reach_it_in_their_order(tree: Tree) -> None:
    given = ["tests/dev", "-k", "not port", "-x", "-p", "no:cacheprovider", "--durations=5", "-vv"]

    with_node(tree)
    ended = tree.dev("test", "--slow", *given, CHROMIUM="/bin/sh")

    assert pytest_call(ended.stdout) == [given, "/bin/sh"]


def test_peer_runs_the_comparison_and_nothing_else(tree: Tree) -> None:
    uv = tree.write("bin/uv", "#!/bin/sh\n")
    uv.chmod(0o755)
    tree.env["PATH"] = f"{uv.parent}:/usr/bin:/bin"
    tree.write("requirements/peer.txt", "# peer\n")

    ended = tree.dev("test", "--peer", "-x")

    assert pytest_call(ended.stdout) == [["tests/peer", "-x"], None]


def test_it_ends_with_the_exit_code_of_pytest(tree: Tree) -> None:
    assert tree.dev("test", PYTEST_ENDS_WITH="5").returncode == 5


def test_slow_and_browser_tests_are_left_out_with_a_line_that_says_so(tree: Tree) -> None:
    tree.env["PATH"] = str(tree.folder)

    ended = tree.dev("test")

    assert "Browser tests are left out. There is no Chromium. Install it with: " in ended.stdout
    assert "Slow tests are left out. To run them: ./dev test --slow" in ended.stdout
    assert pytest_call(ended.stdout) == [["-m", "not browser and not slow"], None]


def test_tests_with_node_are_left_out_with_a_line_when_it_is_too_old(tree: Tree) -> None:
    with_node(tree, ends=1)

    ended = tree.dev("test", "--slow", CHROMIUM="/bin/sh", CI="")

    assert "The tests with Node.js are left out. There is no Node.js 18 or newer. Install it with: " in ended.stdout
    assert pytest_call(ended.stdout) == [["-m", "not node"], "/bin/sh"]


def test_tests_with_node_are_required_in_ci(tree: Tree) -> None:
    tree.env["PATH"] = str(tree.folder)

    ended = tree.dev("test", "--slow", CHROMIUM="/bin/sh", CI="true")

    assert ended.returncode == 1
    assert "CI is set, and the tests with Node.js are required. There is no Node.js 18" in ended.stderr
    assert "pytest:" not in ended.stdout


def test_browser_tests_run_when_a_chromium_is_on_the_path(tree: Tree) -> None:
    browser = tree.write("bin/chromium", "#!/bin/sh\n")
    browser.chmod(0o755)
    tree.env["PATH"] = str(browser.parent)

    ended = tree.dev("test", "--browser", "require")

    assert "Browser tests" not in ended.stdout
    assert pytest_call(ended.stdout) == [["-m", "not slow"], str(browser)]


def test_required_browser_tests_fail_without_a_chromium(tree: Tree) -> None:
    tree.env["PATH"] = str(tree.folder)

    ended = tree.dev("test", "--browser", "require")

    assert ended.returncode == 1
    assert "The browser tests are required. There is no Chromium." in ended.stderr
    assert "pytest:" not in ended.stdout


def test_a_named_browser_that_is_not_there_is_refused(tree: Tree) -> None:
    ended = tree.dev("test", CHROMIUM="/nowhere/chromium")

    assert ended.returncode == 2
    assert "CHROMIUM is /nowhere/chromium" in ended.stderr
