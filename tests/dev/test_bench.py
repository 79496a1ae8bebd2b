"""`./dev bench` finds the modules in tests/bench by name and ends with a failure when one of them does."""

from __future__ import annotations

import pytest

from tests.dev.conftest import Tree

BENCH = """
import os
def main() -> int:
    print("{name} quick=" + os.environ["BENCH_QUICK"], "env=" + os.environ["DEPROV_ENV_FILE"])
    print("client=" + os.environ.get("GENESYS_CLIENT_ID", "none"))
    return {code}
"""


@pytest.fixture
def with_benches(tree: Tree) -> Tree:
    for name, code in (("good", 0), ("bad", 4)):
        tree.write(f"tests/bench/bench_{name}.py", BENCH.format(name=name, code=code))
    return tree


def test_it_lists_the_benchmarks(with_benches: Tree) -> None:
    assert with_benches.dev("bench", "--list").stdout == "bad\ngood\n"


def test_it_runs_all_of_them_and_fails_when_one_does(with_benches: Tree) -> None:
    ended = with_benches.dev("bench", "--quick")

    assert ended.returncode == 1
    assert "bad quick=1" in ended.stdout
    assert "good quick=1" in ended.stdout
    assert ended.stdout.endswith("Failed: bad\n")


def test_it_runs_one_by_name_against_no_real_org(with_benches: Tree) -> None:
    ended = with_benches.dev("bench", "good", GENESYS_CLIENT_ID="5f0c-real")

    assert ended.returncode == 0
    assert "good quick= env=none\nclient=none\n" in ended.stdout
    assert "bad" not in ended.stdout


def test_an_unknown_name_is_answered_with_the_known_ones(with_benches: Tree) -> None:
    ended = with_benches.dev("bench", "godo")

    assert ended.returncode == 2
    assert ended.stderr == "No benchmark is called godo. There is: bad, good\n"
