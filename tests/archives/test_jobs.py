"""An archive that comes through jobs: the same conversations as by the query, whatever becomes of the jobs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from offboarding.archives import jobs as by_jobs
from offboarding.archives import recount
from offboarding.archives.errors import HistoryNotUnderstood, NotReady
from offboarding.archives.jobs import JobLost
from offboarding.archives.manifest import ARCHIVE_NAME, BY_JOB, BY_QUERY, MANIFEST_NAME, QUERY_AFTER_JOB, Manifest
from offboarding.archives.pages import Page
from offboarding.archives.verify import verify
from offboarding.archives.windows import Window, midnight, windows
from offboarding.archives.writer import Progress, write_archive
from tests.archives.history import DAY, END, QUERY, START, History, nothing

AVAILABLE = datetime.fromisoformat("2025-05-20T13:00:00Z")
PAGE = 100


class Killed(BaseException):
    """The worker is gone."""


class FakeJobs:
    """The jobs of a `History`: done at once, 100 a page. `life` is what becomes of each in the order of submission."""

    def __init__(self, history: History, available: datetime | None = AVAILABLE, life: Sequence[str] = ()) -> None:
        self.history = history
        self.until = available
        self.life = life
        self.submitted: list[Window] = []
        self.forgotten: list[str] = []
        self.polled: list[str] = []
        self.read: list[tuple[str, str | None]] = []
        self.lacks: set[str] = set()
        self.kill_at = ""

    def available(self) -> datetime | None:
        return self.until

    def submit(self, window: Window) -> str:
        self.submitted.append(window)
        if self._life(str(len(self.submitted))) == "refused":
            raise JobLost
        return str(len(self.submitted))

    def is_done(self, job_id: str) -> bool:
        self.polled.append(job_id)
        if job_id in self.forgotten or self._life(job_id) == "failed":
            raise JobLost
        return self._life(job_id) != "long"

    def results(self, job_id: str, cursor: str | None) -> tuple[Sequence[Any], str | None]:
        self.read.append((job_id, cursor))
        if self.kill_at == f"page {int(cursor or 0) + 1}":
            raise Killed
        if self._life(job_id) == "expired" and cursor:
            raise JobLost
        window = self.submitted[int(job_id) - 1]
        found = [row for row in self.history.all() if self._sees(window, row)]
        at = int(cursor or 0) * PAGE
        more = str(int(cursor or 0) + 1) if at + PAGE < len(found) else None
        return found[max(at - 3, 0) : at + PAGE], more  # each page repeats the end of the one before

    def forget(self, job_id: str) -> None:
        self.forgotten.append(job_id)

    def _sees(self, window: Window, row: dict[str, Any]) -> bool:
        start = datetime.fromisoformat(row["conversationStart"])
        return window.touches(start) and start < (self.until or start) and row["conversationId"] not in self.lacks

    def _life(self, job_id: str) -> str:
        return self.life[int(job_id) - 1] if int(job_id) <= len(self.life) else ""


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_jobs, "PAUSES", (0.0, 0.0))


def write(folder: Path, history: History, jobs: FakeJobs | None, progress: Progress = nothing) -> Manifest:
    return write_archive(
        folder=folder,
        query=QUERY,
        interval=(START, END),
        fetch=history.fetch,
        progress=progress,
        jobs=jobs,
        settles=timedelta(0),
    )


def rows(folder: Path) -> list[dict[str, Any]]:
    with gzip.open(folder / ARCHIVE_NAME) as lines:
        return [json.loads(line) for line in lines]


def is_right(folder: Path, manifest: Manifest, history: History) -> None:
    """Complete, verified, nothing twice, and nothing left of the work."""
    assert rows(folder) == list(history.all())
    verify(folder / ARCHIVE_NAME, manifest)
    assert {path.name for path in folder.iterdir()} == {ARCHIVE_NAME, MANIFEST_NAME}


def ways(manifest: Manifest) -> list[str]:
    return [window.way for window in manifest.windows]


def test_what_jobs_can_see_comes_by_one_job_and_the_rest_by_query(tmp_path: Path) -> None:
    history = History(730)
    jobs = FakeJobs(history)
    manifest = write(tmp_path, history, jobs)
    is_right(tmp_path, manifest, history)
    assert ways(manifest) == [BY_JOB, BY_JOB, BY_JOB, BY_QUERY]
    assert manifest.windows[2].end == midnight(AVAILABLE), "cut at midnight: jobs see the day after in part only"
    assert jobs.submitted == [Window(START, midnight(AVAILABLE))]
    assert jobs.forgotten == ["1"]
    asked = [window for window, page in history.calls if page > 1 or window.start >= midnight(AVAILABLE)]
    assert all(window.start >= midnight(AVAILABLE) for window in asked)


def test_lines_are_the_same_as_by_query(tmp_path: Path) -> None:
    history = History(500)
    write(tmp_path / "jobs", history, FakeJobs(history))
    write(tmp_path / "query", history, None)
    assert rows(tmp_path / "jobs") == rows(tmp_path / "query")


@pytest.mark.parametrize("available", [None, START, START + timedelta(hours=8), START - DAY])
def test_without_jobs_everything_comes_by_query(tmp_path: Path, available: datetime | None) -> None:
    history = History(300)
    jobs = FakeJobs(history, available)
    manifest = write(tmp_path, history, jobs)
    is_right(tmp_path, manifest, history)
    assert set(ways(manifest)) == {BY_QUERY}
    assert jobs.submitted == []


def test_jobs_that_see_everything_leave_nothing_to_the_query(tmp_path: Path) -> None:
    history = History(300)
    jobs = FakeJobs(history, END + DAY)
    manifest = write(tmp_path, history, jobs)
    is_right(tmp_path, manifest, history)
    assert set(ways(manifest)) == {BY_JOB}
    assert jobs.forgotten == ["1"]


def test_what_a_job_brought_of_the_newest_days_is_counted_again_without_the_day_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return END

    monkeypatch.setattr(recount, "datetime", Clock)
    history = History(730)
    manifest = write(tmp_path, history, FakeJobs(history, END))
    is_right(tmp_path, manifest, history)
    assert ways(manifest)[-2:] == [BY_JOB, BY_QUERY]


def test_a_job_takes_as_many_windows_as_it_may_bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_jobs, "MOST_ROWS", 400)
    history = History(730)
    jobs = FakeJobs(history)
    is_right(tmp_path, write(tmp_path, history, jobs), history)
    first, second, _ = windows(START, midnight(AVAILABLE))
    assert jobs.submitted == [first, Window(second.start, midnight(AVAILABLE))]
    assert jobs.forgotten == ["1", "2"]


def test_a_window_that_is_too_full_for_one_job_is_halved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_jobs, "MOST_ROWS", 100)
    history = History(730)
    jobs = FakeJobs(history)
    manifest = write(tmp_path, history, jobs)
    is_right(tmp_path, manifest, history)
    assert set(ways(manifest)[:-1]) == {BY_JOB}
    assert all(window.total <= 100 for window in manifest.windows[:-1])
    assert [window.start for window in jobs.submitted[1:]] == [window.end for window in jobs.submitted[:-1]]
    assert jobs.forgotten == [str(number) for number in range(1, len(jobs.submitted) + 1)]


# What becomes of a job


@pytest.mark.parametrize("end", ["failed", "expired"])
def test_a_lost_job_is_submitted_once_more(tmp_path: Path, end: str) -> None:
    history = History(730)
    jobs = FakeJobs(history, life=[end])
    manifest = write(tmp_path, history, jobs)
    is_right(tmp_path, manifest, history)
    assert ways(manifest) == [BY_JOB, BY_JOB, BY_JOB, BY_QUERY]
    assert len(jobs.submitted) == 2
    assert jobs.forgotten == ["1", "2"]


@pytest.mark.parametrize(("life", "submitted"), [(["failed", "failed"], 2), (["refused"], 1), (["expired"] * 2, 2)])
def test_after_two_lost_jobs_the_query_is_asked_and_the_manifest_says_so(
    tmp_path: Path, life: list[str], submitted: int
) -> None:
    history = History(730)
    jobs = FakeJobs(history, life=life)
    manifest = write(tmp_path, history, jobs)
    is_right(tmp_path, manifest, history)
    assert ways(manifest) == [QUERY_AFTER_JOB] * 3
    assert len(jobs.submitted) == submitted


def test_a_window_the_job_came_short_for_is_asked_by_query(tmp_path: Path) -> None:
    history = History(730)
    jobs = FakeJobs(history)
    second = windows(START, END)[1]
    jobs.lacks = {
        next(
            row["conversationId"]
            for row in history.all()
            if second.holds(datetime.fromisoformat(row["conversationStart"]))
        )
    }
    manifest = write(tmp_path, history, jobs)
    is_right(tmp_path, manifest, history)
    assert ways(manifest) == [BY_JOB, QUERY_AFTER_JOB, BY_JOB, BY_QUERY]
    assert len(jobs.submitted) == 1


def test_a_job_that_needs_long_gives_the_slice_back_and_is_asked_again(tmp_path: Path) -> None:
    history = History(730)
    jobs = FakeJobs(history, life=["long"])
    for _ in range(3):
        with pytest.raises(NotReady) as waits:
            write(tmp_path, history, jobs)
        assert timedelta(seconds=5) <= waits.value.after <= timedelta(minutes=5)
    jobs.life = []
    is_right(tmp_path, write(tmp_path, history, jobs), history)
    assert len(jobs.submitted) == 1


def test_a_job_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_jobs, "PATIENCE", timedelta(0))
    history = History(730)
    jobs = FakeJobs(history, life=["long"] * 9)
    manifest = write(tmp_path, history, jobs)
    is_right(tmp_path, manifest, history)
    assert BY_JOB not in ways(manifest)


# Killed in between


@pytest.mark.parametrize("page", [1, 2, 5])
def test_killed_between_submission_and_results_the_same_job_is_read(tmp_path: Path, page: int) -> None:
    history = History(730)
    jobs = FakeJobs(history)
    jobs.kill_at = f"page {page}"
    with pytest.raises(Killed):
        write(tmp_path, history, jobs)
    assert [path.name for path in tmp_path.iterdir()] == ["job.note"]
    jobs.kill_at = ""
    is_right(tmp_path, write(tmp_path, history, jobs), history)
    assert len(jobs.submitted) == 1
    assert jobs.forgotten == ["1"]


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_killed_between_two_parts_of_a_job_the_rest_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: int
) -> None:
    history = History(730)
    jobs = FakeJobs(history)

    def kill(self: Any, facts: Any, add: Any = by_jobs.Parts.add) -> None:
        add(self, facts)
        if len(self.facts) == parts:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(by_jobs.Parts, "add", kill)
        with pytest.raises(Killed):
            write(tmp_path, history, jobs)
    assert len(list(tmp_path.glob("*.part"))) == parts
    is_right(tmp_path, write(tmp_path, history, jobs), history)
    assert len(jobs.submitted) == 1
    assert jobs.forgotten == ["1"]


def test_a_harmed_note_costs_another_job_and_nothing_else(tmp_path: Path) -> None:
    history = History(730)
    jobs = FakeJobs(history)
    jobs.kill_at = "page 2"
    with pytest.raises(Killed):
        write(tmp_path, history, jobs)
    jobs.kill_at = ""
    note = tmp_path / "job.note"
    note.write_bytes(note.read_bytes()[:-5])
    is_right(tmp_path, write(tmp_path, history, jobs), history)
    assert len(jobs.submitted) == 2


# What a job may not bring


class Odd(FakeJobs):
    odd: Any = None

    def results(self, job_id: str, cursor: str | None) -> tuple[Sequence[Any], str | None]:
        return [self.odd], None


@pytest.mark.parametrize(
    ("odd", "wrong"),
    [
        ("text", "is not an object"),
        (
            {"conversationId": "c", "conversationStart": "2025-03-09T23:00:00Z"},
            "at 9 Mar 2025, 23:00:00 UTC, outside of it",
        ),
        ({"conversationId": "c", "conversationStart": "2025-03-12T10:00:00Z", "x": float("nan")}, "JSON"),
    ],
)
def test_what_is_no_conversation_of_the_windows_is_refused(tmp_path: Path, odd: Any, wrong: str) -> None:
    history = History(10)
    jobs = Odd(history)
    jobs.odd = odd
    with pytest.raises(HistoryNotUnderstood, match=wrong):
        write(tmp_path, history, jobs)
    assert not list(tmp_path.glob("*.part"))


def test_pages_in_a_circle_end_in_the_query(tmp_path: Path) -> None:
    class Circle(FakeJobs):
        def results(self, job_id: str, cursor: str | None) -> tuple[Sequence[Any], str | None]:
            return (), "again"

    history = History(50)
    manifest = write(tmp_path, history, Circle(history))
    is_right(tmp_path, manifest, history)
    assert BY_JOB not in ways(manifest)


def test_totals_without_the_day_of_the_end_do_not_hide_a_conversation_that_lacks(tmp_path: Path) -> None:
    """The query counts the day its interval ends on; the job's windows are held against their own days alone."""
    history = History(730)
    counted: list[tuple[Window, int]] = []

    class Counting(History):
        def fetch(self, window: Window, page: int, size: int) -> Page:
            answer = super().fetch(window, page, size)
            if size == 1:
                counted.append((window, answer.total))
            return answer

    manifest = write(tmp_path, Counting(730), FakeJobs(history))
    assert [window.total for window in manifest.windows[:3]] == [total for _, total in counted]
    assert all(window.count == window.total for window in manifest.windows[:3])
