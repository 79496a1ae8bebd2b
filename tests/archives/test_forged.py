"""What was never right is refused, though every sum fits: archives forged with the code that writes them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from offboarding.archives.verify import verify
from offboarding.archives.windows import Window
from tests.archives.forging import D, forge, line, refused, row, store
from tests.archives.history import DAY

A, B, C = row("a", D + DAY), row("b", D + 12 * DAY), row("c", D + 22 * DAY)
ONE = Window(D, D + 10 * DAY)
TWO = Window(D + 10 * DAY, D + 20 * DAY)
THREE = Window(D + 20 * DAY, D + 30 * DAY)


def test_what_was_forged_right_passes(tmp_path: Path) -> None:
    told: list[int] = []
    forged = forge(tmp_path, (ONE, [line(A)]), (TWO, [line(B)]), (THREE, [line(C)]))
    verify(*forged, progress=lambda done, total, what: told.append(done))
    assert told == [1, 2, 3]


def test_a_conversation_that_stands_twice_is_found(tmp_path: Path) -> None:
    twice = [line(A), line(row("d", D)), line(A | {"more": 1})]
    assert "conversation a stands in the archive 2 times" in refused(*forge(tmp_path, (ONE, twice)))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (b"[]\n", "is not an object"),
        (b"{}\n", "has no conversationId"),
        (b'{"conversationId":"x"}\n', "conversationStart"),
        (b'{"conversationId":"x","conv\n', "is wrong"),
        (b"\xff\n", "is wrong"),
        (b"[" * 100_000 + b"\n", "is wrong"),
        (line(row("early", D - timedelta(seconds=1))), "started outside"),
        (line(row("late", D + 11 * DAY)), "started outside"),
    ],
)
def test_a_line_that_is_no_conversation_of_its_window_is_found(tmp_path: Path, wrong: bytes, said: str) -> None:
    problem = refused(*forge(tmp_path, (ONE, [line(A), wrong])))
    assert said in problem
    assert "Line 2 of the window 2026-01-10 to 2026-01-19" in problem


def test_a_last_line_without_its_end_is_found(tmp_path: Path) -> None:
    assert "no end" in refused(*forge(tmp_path, (ONE, [line(A)[:-1]])))


def test_a_window_left_out_is_found(tmp_path: Path) -> None:
    parts = (ONE, [line(A)]), (THREE, [line(C)])
    assert "leaves out 2026-01-20 to 2026-01-29" in refused(*forge(tmp_path, *parts))
    assert "leaves out 2026-01-20 to 2026-01-29" in refused(*forge(tmp_path, *parts, gaps=()))
    late = refused(*forge(tmp_path, *parts[:1], gaps=(), end=D + 20 * DAY))
    assert "leaves out 2026-01-20 to 2026-01-29" in late


def test_windows_that_overlap_are_found(tmp_path: Path) -> None:
    path, manifest = forge(tmp_path, (ONE, [line(A)]), (TWO, [line(B)]))
    windows = (manifest.windows[0], replace(manifest.windows[1], start=D + 5 * DAY))
    store(tmp_path, path.read_bytes(), manifest := replace(manifest, windows=windows))
    assert "does not follow" in refused(path, manifest)


def test_a_window_that_lacks_conversations_is_found(tmp_path: Path) -> None:
    path, manifest = forge(tmp_path, (ONE, [line(A)]), (TWO, [line(B)]))
    windows = (manifest.windows[0], replace(manifest.windows[1], total=3, repeated=1))
    store(tmp_path, path.read_bytes(), manifest := replace(manifest, windows=windows))
    assert "2026-01-20 to 2026-01-29 lacks 1 " in refused(path, manifest)


def test_lines_nobody_counted_are_found(tmp_path: Path) -> None:
    counted, hidden = line(A), line(row("hidden", D))
    path, manifest = forge(tmp_path, (ONE, [counted, hidden]))
    facts: dict[str, Any] = {"count": 1, "size_of_lines": len(counted)}
    first = replace(manifest.windows[0], total=1, first_at=D + DAY, **facts)
    sha256 = hashlib.sha256(counted).hexdigest()
    manifest = replace(manifest, windows=(first,), first_at=D + DAY, sha256_of_lines=sha256, **facts)
    store(tmp_path, path.read_bytes(), manifest)
    assert "more than the 1 conversations" in refused(path, manifest)


@pytest.mark.parametrize(
    "changed",
    [
        {"count": 1},
        {"size": 1},
        {"size_of_lines": 1},
        {"sha256": "0" * 64},
        {"sha256_of_lines": "0" * 64},
        {"first_at": D},
        {"last_at": None},
        {"start": D + DAY},
        {"end": D + 19 * DAY},
    ],
)
def test_a_fact_that_was_never_true_is_found(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert refused(*forge(tmp_path, (ONE, [line(A)]), (TWO, [line(B)]), **changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"count": 2},
        {"count": 0, "total": 0},
        {"size": 5},
        {"size_of_lines": 5},
        {"sha256": "0" * 64},
        {"first_at": D},
        {"last_at": None},
    ],
)
def test_a_windows_fact_that_was_never_true_is_found(tmp_path: Path, changed: dict[str, Any]) -> None:
    path, manifest = forge(tmp_path, (ONE, [line(A)]), (TWO, [line(B)]))
    first = replace(manifest.windows[0], **changed)
    sums = {
        name: getattr(manifest, name) + getattr(first, name) - getattr(manifest.windows[0], name)
        for name in ("count", "size", "size_of_lines")
    }
    manifest = replace(manifest, windows=(first, manifest.windows[1]), **sums)
    store(tmp_path, path.read_bytes(), manifest)
    assert refused(path, manifest)
