"""Writing an archive: window by window into parts, then all of them into one file with its manifest."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from offboarding.archives.errors import ArchiveBroken, HistoryIncomplete
from offboarding.archives.files import NewFile, chunks, forget, make_folder, sha256_of, sweep
from offboarding.archives.gap import Gap, may_lack
from offboarding.archives.jobs import ByJob, Jobs
from offboarding.archives.manifest import (
    AGAIN,
    ARCHIVE_NAME,
    BY_QUERY,
    MANIFEST_NAME,
    QUERY_AFTER_JOB,
    TOOL,
    VERSION,
    Manifest,
    WindowFacts,
    canonical,
)
from offboarding.archives.pages import FetchPage, Page, Progress, Reading, TooManyRows, read_window
from offboarding.archives.parts import Member, Parts
from offboarding.archives.recount import APART, must_have_settled, must_stand
from offboarding.archives.windows import Window, windows

__all__ = ["FetchPage", "Page", "Progress", "write_archive"]

# How often a window that came short is read: once, and three times again.
READS = 4


def write_archive(
    *,
    folder: Path,
    query: Mapping[str, Any],
    interval: tuple[datetime, datetime],
    fetch: FetchPage,
    progress: Progress,
    jobs: Jobs | None = None,
    accepted: Collection[Gap] = (),
    between: Callable[[], None] = lambda: None,
    settles: timedelta = APART,
) -> Manifest:
    """Write the history of `interval` to `folder`/conversations.jsonl.gz and its manifest beside it.

    One conversation a line, all that `fetch` brought, no conversation twice. `fetch(window, page, size)`
    makes one call; `query` is only written down, so it must say what `fetch` asks. `progress(count, total,
    what)` is called after each page with the conversations so far; the total is not known (None). `between()` is
    called where nothing would be thrown away: before each window. Whatever fetch, progress or between raises ends
    the call: finished windows stay, the one under way is thrown away, and the
    next call with the same query and interval goes on. An archive that is already there for them, and whole,
    is returned as it is.

    A window that came short is a shortage only when the same total was announced some minutes later; until then the
    call ends with NotReady, and the next one reads the window again. One that was `accepted` is written with what
    came, and named in the manifest's gaps.

    Every window is counted again when all were read `settles` ago, and the call ends with NotReady until then:
    analytics learns of a conversation some minutes late, and totals are approximate. A history that ended more than a
    day ago is not waited for: a window of it counts as whole when all came that was announced while it was read.

    With `jobs` those windows that jobs can see come through them, the others, and those whose job is lost or comes
    short, through `fetch`; the manifest says which. A job that needs long ends the call with NotReady, and the next
    call goes on with the same job.

    The manifest appears last, and only then is there an archive; nothing is ever there in part. Call `verify`
    before relying on it. Raises HistoryIncomplete, HistoryNotUnderstood, NotReady, NoRoom,
    ArchiveBroken.
    """
    start, end = interval
    base = windows(start, end)
    start, end = base[0].start, base[-1].end
    make_folder(folder)
    sweep(folder)
    done = _finished(folder, query, start, end)
    parts = Parts(folder, query, start, end)
    if done is None:
        _write_parts(parts, base, _Query(fetch, progress, accepted), jobs, between)
        must_have_settled(parts, lambda window: fetch(window, 1, 1).total, settles)
        done = _join(parts, query, start, end, progress)
    parts.remove()
    return done


@dataclass(frozen=True, slots=True)
class _Query:
    """How the query is asked, and what may be missing from its answers."""

    fetch: FetchPage
    progress: Progress
    accepted: Collection[Gap]


def _write_parts(
    parts: Parts, base: Sequence[Window], ask: _Query, jobs: Jobs | None, between: Callable[[], None]
) -> None:
    """Write every part that is missing: by job as far as jobs can, else by the query."""
    by_job = ByJob(jobs, parts, base, ask.fetch, ask.progress) if jobs else None
    before = parts.last_ids()
    while parts.at < base[-1].end:
        between()
        if by_job and (ids := by_job.next_parts(before)) is not None:
            before = ids
            continue
        way = QUERY_AFTER_JOB if by_job and by_job.tried else BY_QUERY
        rest = next(window.end for window in base if parts.at < window.end)
        before = _write_part(parts, Window(parts.at, rest), before, ask, way)
    if by_job:
        by_job.finish()


def _finished(folder: Path, query: Mapping[str, Any], start: datetime, end: datetime) -> Manifest | None:
    """The archive of this query and interval, if an earlier call finished it and its file is unharmed."""
    if not (folder / MANIFEST_NAME).exists():
        return None
    try:
        manifest = Manifest.from_file(folder / MANIFEST_NAME)
        same = (canonical(manifest.query), manifest.start, manifest.end) == (canonical(query), start, end)
        return manifest if same and sha256_of(folder / ARCHIVE_NAME) == manifest.sha256 else None
    except (ArchiveBroken, FileNotFoundError):
        return None


def _write_part(parts: Parts, window: Window, before: set[str], ask: _Query, way: str) -> set[str]:
    """Read `window`, or as much of its beginning as one part may hold, and return the ids it was sent."""
    reads = 0
    while True:
        # What was accepted as missing is still hoped for, until the last read.
        lack = may_lack(ask.accepted, window) if reads == READS - 1 else 0
        try:
            reading = _read_into_part(parts, window, before, ask, way, lack)
        except TooManyRows as error:
            window = error.half
            continue
        reads += 1
        if reading.lacks <= lack:
            return reading.ids
        if reads == READS:
            must_stand(parts, window, reading.total)
            raise HistoryIncomplete(
                f"Genesys announced {reading.total:,} conversations for {window.label}, but sent "
                f"{len(reading.ids):,}, also when asked again some minutes later.",
                "Nothing was deleted. Retry reads the window again; an approver may accept that they are missing.",
                Gap(window, reading.total, len(reading.ids)),
            )


def _read_into_part(parts: Parts, window: Window, before: set[str], ask: _Query, way: str, lack: int) -> Reading:
    """One pass over `window`; it becomes the next part only if all of it came, but for the number that may `lack`."""
    done = parts.count

    def tell(count: int, page: int) -> None:
        ask.progress(done + count, None, f"{window.label}, page {page}")

    with NewFile(parts.next_path()) as file:
        member = Member(file)
        reading = read_window(window, ask.fetch, before, member.write, tell)
        if reading.lacks <= lack:
            facts = member.finish(window, reading, way)
            file.commit()
            parts.add(facts)
    return reading


def _join(parts: Parts, query: Mapping[str, Any], start: datetime, end: datetime, progress: Progress) -> Manifest:
    """Make one file of the parts. An older archive goes only when the new one is safely on the disk."""
    archive, note = parts.folder / ARCHIVE_NAME, parts.folder / MANIFEST_NAME
    whole, lines = hashlib.sha256(), hashlib.sha256()
    with NewFile(archive) as new_archive, NewFile(note) as new_note:
        for number, facts in enumerate(parts.facts):
            for data, text in _checked(parts.path(number), facts):
                new_archive.write(data)
                whole.update(data)
                lines.update(text)
            progress(parts.count, parts.count, f"{facts.window.label}, joined")
        manifest = Manifest(
            version=VERSION,
            tool=TOOL,
            query=json.loads(canonical(query)),
            start=start,
            end=end,
            windows=tuple(parts.facts),
            count=parts.count,
            size=sum(part.size for part in parts.facts),
            size_of_lines=sum(part.size_of_lines for part in parts.facts),
            sha256=whole.hexdigest(),
            sha256_of_lines=lines.hexdigest(),
            first_at=min((part.first_at for part in parts.facts if part.first_at), default=None),
            last_at=max((part.last_at for part in parts.facts if part.last_at), default=None),
            gaps=tuple(part.window for part in parts.facts if part.lacks),
            written_at=datetime.now(UTC),
        )
        new_archive.sync()
        new_note.write(manifest.to_bytes())
        new_note.sync()
        # The manifest makes the archive: gone first and back last, an old one never stands by a new file.
        forget(note)
        new_archive.commit()
        new_note.commit()
    return manifest


def _checked(path: Path, facts: WindowFacts) -> Iterable[tuple[bytes, bytes]]:
    """A part's bytes and the lines in them, in pieces; ArchiveBroken if they are not what was written."""
    seen = hashlib.sha256()
    unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
    for data in chunks(path):
        seen.update(data)
        yield data, unzip.decompress(data)
    if seen.hexdigest() != facts.sha256:
        raise ArchiveBroken(f"The part {path} changed while the archive was written.", AGAIN)
