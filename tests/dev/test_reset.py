"""`./dev reset` deletes var/ and only that, and asks harder where archives may be the only copy."""

from __future__ import annotations

import sqlite3

import pytest

from deprov_site.processes import alone_in
from tests.dev.conftest import Tree


@pytest.fixture
def used(tree: Tree) -> Tree:
    tree.write("var/archives/one.jsonl.gz", "history")
    return tree


def test_it_deletes_var_after_a_yes(used: Tree) -> None:
    ended = used.dev("reset", typed="yes\n")

    assert ended.returncode == 0
    assert not (used.folder / "var").exists()


@pytest.mark.parametrize("typed", ["no\n", "\n", ""])
def test_it_deletes_nothing_without_a_yes(used: Tree, typed: str) -> None:
    ended = used.dev("reset", typed=typed)

    assert ended.returncode == 1
    assert "Nothing was deleted." in ended.stderr
    assert used.read("var/archives/one.jsonl.gz") == "history"


def test_it_does_not_ask_when_told_so(used: Tree) -> None:
    assert used.dev("reset", "--yes").returncode == 0

    assert not (used.folder / "var").exists()


@pytest.mark.parametrize("typed", ["yes\n", ""])
def test_with_real_credentials_a_yes_is_not_enough(used: Tree, typed: str) -> None:
    used.write(".env", "GENESYS_CLIENT_ID=5f0c-real\n")

    ended = used.dev("reset", "--yes", typed=typed)

    assert ended.returncode == 1
    assert "the only archives of deleted people" in ended.stdout
    assert used.read("var/archives/one.jsonl.gz") == "history"


def test_with_real_credentials_the_whole_sentence_deletes(used: Tree) -> None:
    ended = used.dev("reset", typed="delete the archives\n", GENESYS_CLIENT_ID="5f0c-real")

    assert ended.returncode == 0
    assert not (used.folder / "var").exists()


def test_with_real_credentials_a_legal_hold_forbids_it_until_it_is_released(used: Tree) -> None:
    database = sqlite3.connect(used.folder / "var" / "console.sqlite3")
    database.execute("CREATE TABLE offboarding_hold (kind TEXT, released_at TEXT)")
    database.execute("INSERT INTO offboarding_hold VALUES ('legal_hold', NULL), ('protected', NULL)")
    database.commit()

    ended = used.dev("reset", typed="delete the archives\n", GENESYS_CLIENT_ID="5f0c-real")

    assert ended.returncode == 1
    assert "Legal holds are in force: 1." in ended.stderr
    assert used.read("var/archives/one.jsonl.gz") == "history"

    database.execute("UPDATE offboarding_hold SET released_at = '2026-01-01'")
    database.commit()
    database.close()
    assert used.dev("reset", typed="delete the archives\n", GENESYS_CLIENT_ID="5f0c-real").returncode == 0


def test_it_deletes_no_other_folder_than_var(used: Tree) -> None:
    precious = used.write("precious/file", "kept").parent

    ended = used.dev("reset", "--yes", VAR_DIR=str(precious))

    assert ended.returncode == 2
    assert used.read("precious/file") == "kept"
    assert used.read("var/archives/one.jsonl.gz") == "history"


def test_it_refuses_while_something_runs(used: Tree) -> None:
    with alone_in(used.folder / "var"):
        ended = used.dev("reset", "--yes")

    assert ended.returncode == 2
    assert "Stop it first" in ended.stderr
    assert used.read("var/archives/one.jsonl.gz") == "history"


def test_without_var_there_is_nothing_to_do(tree: Tree) -> None:
    ended = tree.dev("reset")

    assert ended.returncode == 0
    assert "Nothing to delete" in ended.stdout
