"""An archive of the made-up history written in one call, what stands in it, and answers that went wrong."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from offboarding.archives import recount
from offboarding.archives.errors import HistoryIncomplete, NotReady
from offboarding.archives.manifest import ARCHIVE_NAME, Manifest
from offboarding.archives.pages import FetchPage, Page
from offboarding.archives.windows import Window
from offboarding.archives.writer import Progress, write_archive
from tests.archives.history import END, QUERY, START, History, nothing

Change = Callable[[Window, int, Page], Page]


def write(folder: Path, fetch: FetchPage, progress: Progress = nothing, **changed: Any) -> Manifest:
    asked: dict[str, Any] = {"query": QUERY, "interval": (START, END), "settles": timedelta(0), **changed}
    return write_archive(folder=folder, fetch=fetch, progress=progress, **asked)


def rows(folder: Path) -> list[dict[str, Any]]:
    with gzip.open(folder / ARCHIVE_NAME) as lines:
        return [json.loads(line) for line in lines]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


class SliceEnded(Exception):
    """What a worker's progress raises when its time slice is over."""


def ends_at_call(number: int) -> Progress:
    calls = 0

    def progress(done: int, total: int | None, what: str) -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            raise SliceEnded

    return progress


def changing(history: History, change: Change) -> FetchPage:
    return lambda window, page, size: change(window, page, history.fetch(window, page, size))


def is_refused(folder: Path, fetch: FetchPage, words: str | None = None, **changed: Any) -> None:
    """Not before the total was read again some minutes later."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recount, "APART", timedelta(0))
        with pytest.raises(NotReady):
            write(folder, fetch, **changed)
        with pytest.raises(HistoryIncomplete, match=words):
            write(folder, fetch, **changed)
