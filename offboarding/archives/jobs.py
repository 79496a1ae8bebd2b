"""Reading many windows at once through one asynchronous job, each into a part of its own.

A job costs some calls whatever it brings, then one for 1,000 conversations, where the query needs one for 100.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from offboarding.archives.conversation import line_of
from offboarding.archives.errors import HistoryNotUnderstood, NotReady
from offboarding.archives.files import NewFile
from offboarding.archives.job_note import Counted, JobNote
from offboarding.archives.manifest import BY_JOB
from offboarding.archives.pages import FetchPage, Progress, Reading, identify_in
from offboarding.archives.parts import Member, Parts
from offboarding.archives.windows import Window, midnight

NOTE = "job"
# A job may be asked for more than the query's 31 days. What it brings is read in one go, so it must fit well into
# one time slice of the worker: 20 pages.
MOST_ROWS = 20_000
# How often the same windows are submitted, and how long each job is waited for, before the query is asked.
TRIES = 2
PATIENCE = timedelta(minutes=9)
# Seconds before each look at a job; most end within 15. Longer waits give the time slice back, each as long as all
# before it: five for a job, ten for two, which is less than a step may wait in a row.
PAUSES = (0.5, 1.0, 2.0, 2.0, 2.0, 2.0)
SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=5)


class JobLost(Exception):
    """The job was refused, failed, was cancelled, has expired or is unknown: it has no results."""


class Jobs(Protocol):
    """What is needed of the detail jobs of one person. Whatever but JobLost they raise ends the writing."""

    def available(self) -> datetime | None:
        """What started before is seen by jobs; None when no job may be had."""

    def submit(self, window: Window) -> str:
        """The id of a new job that means what the query means. JobLost when it is refused."""

    def is_done(self, job_id: str) -> bool:
        """Whether there are results; JobLost when there will be none."""

    def results(self, job_id: str, cursor: str | None) -> tuple[Sequence[Any], str | None]:
        """One page and the cursor of the next, None after the last. JobLost when they are gone."""

    def forget(self, job_id: str) -> None:
        """Delete the job; no error when it is gone."""


@dataclass(slots=True)
class _Sheaf:
    """One window's share of a job on its way into a part."""

    counted: Counted
    file: NewFile
    member: Member
    reading: Reading = field(default_factory=Reading)


class ByJob:
    """Writes those parts of an archive that jobs can bring: the days before the one they are available until."""

    def __init__(self, jobs: Jobs, parts: Parts, base: Sequence[Window], fetch: FetchPage, progress: Progress) -> None:
        self._jobs = jobs
        self._parts = parts
        self._base = base
        self._fetch = fetch
        self._progress = progress
        self._known_cut: datetime | None = None

    def next_parts(self, before: Collection[str]) -> set[str] | None:
        """Write the next parts, as many as a job brings, and return the ids of the last.

        None when the query has to be asked for the next window: it is too new, or its job came short or was lost.
        Raises NotReady, having kept the job, when it needs long.
        """
        note = self._note_here()
        while note and self._parts.at >= note.query_until:
            try:
                self._wait(note)
                return self._read(note, before)
            except JobLost:
                self._jobs.forget(note.job_id)
                note = self._submit(note)
        return None

    @property
    def tried(self) -> bool:
        """Whether a job was tried in vain for the next window."""
        note = self._kept()
        return note is not None and self._parts.at < note.query_until

    def finish(self) -> None:
        """Leave no job behind."""
        if note := self._kept():
            if note.job_id:
                self._jobs.forget(note.job_id)
            self._parts.forget_note(NOTE)

    def _kept(self) -> JobNote | None:
        kept = self._parts.note(NOTE)
        return JobNote.from_dict(kept) if kept else None

    def _keep(self, note: JobNote) -> JobNote:
        self._parts.keep_note(NOTE, note.to_dict())
        return note

    def _note_here(self) -> JobNote | None:
        """The job for the next window: the one under way, or a new one. None when it is too new for jobs."""
        note = self._kept()
        if note and self._parts.at >= max(note.window.end, note.query_until):
            self.finish()
            note = None
        return note or self._begin()

    def _begin(self) -> JobNote | None:
        """Count the next windows, and submit a job for as many of them as it may bring; at least for a day."""
        counted: list[Counted] = []
        for window in self._ahead():
            one = self._count(window)
            while not counted and one.total > MOST_ROWS and (half := one.window.first_half()):
                one = self._count(half)
            if counted and sum(each.total for each in counted) + one.total > MOST_ROWS:
                break
            counted.append(one)
            if one.window != window:
                break
        if not counted:
            return None
        return self._submit(
            JobNote(counted=tuple(counted), since=datetime.now(UTC), query_until=counted[0].window.start)
        )

    def _count(self, window: Window) -> Counted:
        total = self._fetch(window.own_days, 1, 1).total
        self._progress(self._parts.count, None, f"{window.label}, counted")
        return Counted(window, total)

    def _ahead(self) -> list[Window]:
        at, cut = self._parts.at, self._cut()
        ahead = [Window(max(one.start, at), min(one.end, cut)) for one in self._base]
        return [window for window in ahead if window.start < window.end]

    def _cut(self) -> datetime:
        """Up to where jobs are asked: a day that they see in part is left to the query. Asked once.

        No cached_property: until Python 3.12 that holds one lock for all objects of the class, over the call.
        """
        if self._known_cut is None:
            available = self._jobs.available()
            self._known_cut = midnight(available) if available else self._base[0].start
        return self._known_cut

    def _submit(self, note: JobNote) -> JobNote:
        """The note with a new job; or, after too many, with the query in place of all jobs to come."""
        if note.tries < TRIES:
            try:
                job_id = self._jobs.submit(note.window)
                return self._keep(replace(note, job_id=job_id, tries=note.tries + 1, since=datetime.now(UTC)))
            except JobLost:
                pass  # refused: submitting it again would be answered in the same way
        return self._keep(replace(note, job_id="", query_until=max(self._cut(), note.window.end)))

    def _wait(self, note: JobNote) -> None:
        """Return when the job is done. JobLost after PATIENCE; NotReady when it needs longer than is waited here."""
        for pause in PAUSES:
            time.sleep(pause)
            if self._jobs.is_done(note.job_id):
                return
            self._progress(self._parts.count, None, f"{note.window.label}, Genesys is collecting")
        waited = datetime.now(UTC) - note.since
        if waited > PATIENCE:
            raise JobLost
        raise NotReady(
            f"Genesys is still collecting the history of {note.window.label}.",
            "It is asked for again some minutes later, or in another way; where the run has stopped for it, retry.",
            after=min(max(waited, SHORTEST_WAIT), LONGEST_WAIT),
        )

    def _read(self, note: JobNote, before: Collection[str]) -> set[str] | None:
        """Write the parts that the job's results fill. A window that came short is left to the query, with a note."""
        with ExitStack() as stack:
            sheaves = [
                _Sheaf(one, file, Member(file))
                for number, one in enumerate(note.ahead(self._parts.at))
                for file in [stack.enter_context(NewFile(self._parts.next_path(number)))]
            ]
            for page, conversations in enumerate(self._pages(note.job_id), start=1):
                for record in conversations:
                    _sort_in(record, note.window, sheaves, before)
                done = self._parts.count + sum(sheaf.reading.count for sheaf in sheaves)
                self._progress(done, None, f"{note.window.label}, page {page}")
            return self._store(note, sheaves)

    def _store(self, note: JobNote, sheaves: Sequence[_Sheaf]) -> set[str] | None:
        ids = None
        for sheaf in sheaves:
            sheaf.reading.total = sheaf.counted.total
            if sheaf.reading.lacks:
                self._keep(replace(note, query_until=sheaf.counted.window.end))
                break
            facts = sheaf.member.finish(sheaf.counted.window, sheaf.reading, BY_JOB)
            sheaf.file.commit()
            self._parts.add(facts)
            ids = sheaf.reading.ids
        return ids

    def _pages(self, job_id: str) -> Iterator[Sequence[Any]]:
        cursors: set[str | None] = set()
        cursor: str | None = None
        while cursor not in cursors:
            cursors.add(cursor)
            conversations, cursor = self._jobs.results(job_id, cursor)
            yield conversations
            if cursor is None:
                return
        raise JobLost  # pages that go round in a circle have no end


def _sort_in(record: Any, window: Window, sheaves: Sequence[_Sheaf], before: Collection[str]) -> None:
    """Put a conversation into the part of its day, once. One of a window that is finished or not asked for is left."""
    try:
        key, start = identify_in(window, record)
        sheaf = next((one for one in sheaves if one.counted.window.holds(start)), None)
        if sheaf is None or any(key in one.reading.ids for one in sheaves):
            return
        sheaf.reading.ids.add(key)
        if key in before:
            return
        sheaf.member.write(line_of(record))
    except ValueError as error:
        raise HistoryNotUnderstood(
            f"In what a job brought of {window.label}, a conversation {error}.",
            "Nothing was deleted. Retry the run; if it comes again, ask Genesys Cloud support about it.",
        ) from error
    sheaf.reading.count += 1
    sheaf.reading.saw(start)
