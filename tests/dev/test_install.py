"""`./dev install` and `./dev lock`: only what is locked, again after an interruption, never twice."""

from __future__ import annotations

import re
import sys

import pytest

from tests.dev.conftest import ROOT, Tree

# Stands for uv: writes down how it was called, and fails when it is told to.
UV = """#!/bin/sh
echo "$@ downloads=$UV_PYTHON_DOWNLOADS" >> uv.calls
[ -e fail ] && { echo 'no network' >&2; exit 1; }
exit 0
"""


@pytest.fixture
def with_uv(tree: Tree) -> Tree:
    uv = tree.write("bin/uv", UV)
    uv.chmod(0o755)
    tree.env["PATH"] = f"{uv.parent}:/usr/bin:/bin"
    (tree.folder / ".venv" / ".installed").unlink()
    return tree


def test_uv_installs_with_hashes_and_the_second_time_nothing_is_done(with_uv: Tree) -> None:
    assert with_uv.dev("install").returncode == 0
    ended = with_uv.dev("install")

    assert ended.stdout == "Everything is installed in .venv.\n"
    assert with_uv.read("uv.calls").splitlines() == [
        f"pip sync --quiet --require-hashes --python {with_uv.folder}/.venv/bin/python "
        f"{with_uv.folder}/requirements/dev.txt downloads=never"
    ]


def test_a_failed_install_is_done_again_the_next_time(with_uv: Tree) -> None:
    (with_uv.folder / "fail").touch()
    failed = with_uv.dev("install")
    (with_uv.folder / "fail").unlink()
    again = with_uv.dev("install")

    assert failed.returncode == 1
    assert "no network" in failed.stderr
    assert "The install failed, see above." in failed.stderr
    assert again.returncode == 0
    assert len(with_uv.read("uv.calls").splitlines()) == 2


def test_a_changed_lock_is_installed(with_uv: Tree) -> None:
    with_uv.stamp("dev")
    with_uv.write("requirements/dev.txt", "# newer\n")

    assert with_uv.dev("install").returncode == 0

    assert "requirements/dev.txt" in with_uv.read("uv.calls")


def test_a_venv_whose_python_is_gone_is_made_anew(with_uv: Tree) -> None:
    with_uv.stamp("dev")
    python = with_uv.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")

    ended = with_uv.dev("install")

    assert ended.returncode == 0, ended.stderr
    assert (with_uv.folder / ".venv" / "pyvenv.cfg").exists()
    assert "requirements/dev.txt" in with_uv.read("uv.calls")


def test_the_vendors_sdk_has_a_venv_and_a_lock_of_its_own(with_uv: Tree) -> None:
    with_uv.stamp("dev")
    with_uv.write("requirements/peer.txt", "# peer\n")

    ended = [with_uv.dev("install", "--peer") for _ in range(2)]

    assert [each.returncode for each in ended] == [0, 0], ended[0].stderr
    assert with_uv.read("uv.calls").splitlines() == [
        f"pip sync --quiet --require-hashes --python {with_uv.folder}/.venv/peer/bin/python "
        f"{with_uv.folder}/requirements/peer.txt downloads=never"
    ]


def test_an_sdk_that_cannot_be_installed_is_said_and_nothing_is_tested(with_uv: Tree) -> None:
    with_uv.stamp("dev")
    with_uv.write("requirements/peer.txt", "# peer\n")
    (with_uv.folder / "fail").touch()

    ended = with_uv.dev("test", "--peer")

    assert ended.returncode == 1
    assert "The vendor's SDK could not be installed, see above" in ended.stderr
    assert "pytest:" not in ended.stdout


def test_without_any_pip_one_line_names_the_command_that_installs_it(tree: Tree) -> None:
    (tree.folder / ".venv" / ".installed").unlink()
    for name in ("pip", "ensurepip"):  # found before the real ones
        tree.write(f"shadow/{name}.py", "raise SystemExit(1)")

    ended = tree.dev("install", PYTHONPATH=str(tree.folder / "shadow"))

    assert ended.returncode == 1
    manager = "brew install python" if sys.platform == "darwin" else "apt install -y python3."
    assert re.fullmatch(r"pip is missing\. Install it with: [^\n]+\n", ended.stderr)
    assert manager in ended.stderr
    assert not (tree.folder / ".venv" / ".installed").exists()


def test_lock_without_uv_says_what_is_missing(tree: Tree) -> None:
    tree.env["PATH"] = str(tree.folder)

    ended = tree.dev("lock", "--check")

    assert ended.returncode == 2
    assert "needs uv on PATH" in ended.stderr


# Stands for uv's compiler: writes what pyproject.toml says into the output file.
COMPILER = """#!/bin/sh
while [ "$1" != --output-file ]; do shift; done
cat pyproject.toml > "$2"
"""


@pytest.fixture
def with_compiler(tree: Tree) -> Tree:
    uv = tree.write("bin/uv", COMPILER)
    uv.chmod(0o755)
    tree.env["PATH"] = f"{uv.parent}:/usr/bin:/bin"
    tree.write("pyproject.toml", "wanted\n")
    return tree


def test_lock_check_fails_on_a_difference_and_changes_nothing(with_compiler: Tree) -> None:
    ended = with_compiler.dev("lock", "--check")

    assert ended.returncode == 1
    assert "Not what pyproject.toml says: runtime.txt, production.txt, dev.txt" in ended.stderr
    assert with_compiler.read("requirements/runtime.txt") == "# runtime\n"


def test_lock_writes_the_files_and_then_the_check_passes(with_compiler: Tree) -> None:
    assert with_compiler.dev("lock").returncode == 0

    assert with_compiler.read("requirements/production.txt") == "wanted\n"
    assert with_compiler.dev("lock", "--check").returncode == 0


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("larger", ["production", "dev"])
def test_every_lock_holds_the_runtime_in_the_same_versions(larger: str) -> None:
    runtime = pins("runtime")

    assert len(runtime) > 10
    assert runtime.items() <= pins(larger).items()


@pytest.mark.parametrize("name", ["runtime", "production", "dev"])
def test_a_lock_names_no_host_and_hashes_every_package(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()

    assert "//" not in text
    for package in re.split(r"\n(?=[a-z0-9])", text)[1:]:
        assert "--hash=sha256:" in package, package
