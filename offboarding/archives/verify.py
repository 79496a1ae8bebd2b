"""Proving an archive from its bytes: what the manifest says is counted and summed again. Writes nothing."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from array import array
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from offboarding.archives.conversation import identify
from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.files import CHUNK
from offboarding.archives.gap import Gap, may_lack
from offboarding.archives.manifest import AGAIN, MANIFEST_NAME, Manifest, WindowFacts, gaps_between
from offboarding.archives.pages import Progress

_SHARES = 64


def verify(path: Path, manifest: Manifest, *, accepted: Collection[Gap] = (), progress: Progress | None = None) -> None:
    """Read the whole archive again and compare it with `manifest` and with the manifest file beside it.

    Returns only if: both manifests are the same and agree in themselves, no window is missing and each is complete,
    or lacks no more than was `accepted` for it and is named as a gap; the file has exactly these bytes (SHA-256,
    window by window), its lines are exactly these lines, each is a conversation that started on a day of its window,
    and no id stands twice. Anything else raises ArchiveBroken, which names what differs. Memory does not grow with
    the file but for 8 bytes a conversation.

    `progress(done, total, what)` is called after each window; what it raises ends the verification, unproved.
    """
    _check_manifest(path, manifest, accepted)
    with _readable():
        file = path.open("rb")
    with file:
        with _readable():
            _check_bytes(file, manifest)
        _check_lines(file, manifest, progress)


def _check_manifest(path: Path, manifest: Manifest, accepted: Collection[Gap]) -> None:
    if Manifest.from_file(path.with_name(MANIFEST_NAME)) != manifest:
        raise _broken(f"The manifest beside {path} is not the one that was recorded.")
    try:
        gaps = gaps_between(manifest.windows, manifest.start, manifest.end)
    except ValueError as error:
        raise _broken(f"The windows of the archive do not fit: {error}.") from error
    if gaps:
        raise _broken(f"The archive leaves out {gaps[0].label}.")
    for part in manifest.windows:
        if part.lacks > may_lack(accepted, part.window):
            raise _broken(f"The window {part.window.label} lacks {part.lacks:,} conversations.")
    _same("windows with gaps", manifest.gaps, tuple(part.window for part in manifest.windows if part.lacks))
    _same("number of conversations in all windows", manifest.count, sum(part.count for part in manifest.windows))
    _same("number of bytes in all windows", manifest.size, sum(part.size for part in manifest.windows))
    _same(
        "number of bytes of lines",
        manifest.size_of_lines,
        sum(part.size_of_lines for part in manifest.windows),
    )


def _check_bytes(file: BinaryIO, manifest: Manifest) -> None:
    """The compressed file, window by window, so that a difference has a place."""
    whole = hashlib.sha256()
    for part in manifest.windows:
        member = hashlib.sha256()
        left = part.size
        while left and (data := file.read(min(left, CHUNK))):
            member.update(data)
            whole.update(data)
            left -= len(data)
        if left:
            raise _broken(f"The archive ends {left:,} bytes early, in the window {part.window.label}.")
        _same(f"SHA-256 of the window {part.window.label}", part.sha256, member.hexdigest())
    if file.read(1):
        raise _broken(f"The archive is longer than the {manifest.size:,} bytes that were written.")
    _same("SHA-256 of the file", manifest.sha256, whole.hexdigest())


def _check_lines(file: BinaryIO, manifest: Manifest, progress: Progress | None) -> None:
    """The lines themselves: their number, sum, times and ids."""
    ids = _Ids()
    whole = hashlib.sha256()
    done = 0
    lines = _lines(file)
    for part in manifest.windows:
        done += _check_window(lines, part, ids, whole)
        if progress:
            progress(done, manifest.count, f"{part.window.label}, verified")
    if next(lines, None) is not None:
        raise _broken(f"The archive holds more than the {manifest.count:,} conversations that were counted.")
    _same("SHA-256 of the lines", manifest.sha256_of_lines, whole.hexdigest())
    times = [moment for part in manifest.windows for moment in (part.first_at, part.last_at) if moment]
    _same("first conversation's start", manifest.first_at, min(times, default=None))
    _same("last conversation's start", manifest.last_at, max(times, default=None))
    _check_unique(ids, file)


def _check_window(lines: Iterator[bytes], part: WindowFacts, ids: _Ids, whole: hashlib._Hash) -> int:
    """One window's lines; returns how many there are."""
    size = count = 0
    first: datetime | None = None
    last: datetime | None = None
    while count < part.count and (line := next(lines, None)) is not None:
        count += 1
        size += len(line)
        whole.update(line)
        try:
            key, start = identify(json.loads(line))
            if not part.window.touches(start):
                raise ValueError(f"{key} started outside of it")
        except (ValueError, RecursionError) as error:
            raise _broken(f"Line {count} of the window {part.window.label} is wrong: {error}.") from error
        ids.add(key)
        first = min(first or start, start)
        last = max(last or start, start)
    label = part.window.label
    _same(f"number of conversations in the window {label}", part.count, count)
    _same(f"number of bytes of lines in the window {label}", part.size_of_lines, size)
    _same(f"first start in the window {label}", part.first_at, first)
    _same(f"last start in the window {label}", part.last_at, last)
    return count


def _check_unique(ids: _Ids, file: BinaryIO) -> None:
    """Equal hashes need not be equal ids: only what looks doubled is read and counted exactly."""
    suspects = ids.doubled()
    if not suspects:
        return
    keys = (identify(json.loads(line))[0] for line in _lines(file))
    seen = Counter(key for key in keys if hash(key) in suspects)
    key, times = seen.most_common(1)[0]
    if times > 1:
        raise _broken(f"The conversation {key} stands in the archive {times} times.")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of the archive from its beginning."""
    file.seek(0)
    with _readable(), gzip.GzipFile(fileobj=file) as unzipped:
        for line in unzipped:
            if not line.endswith(b"\n"):
                raise _broken("The last line of the archive has no end.")
            yield line


@contextmanager
def _readable() -> Iterator[None]:
    """Around reading only: what `progress` raises may be an OSError too, and is not the archive's fault."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise _broken(f"The archive cannot be read: {error}.") from error


class _Ids:
    """The hashes of all ids, 8 bytes each, in shares: doubles are looked for one share at a time."""

    def __init__(self) -> None:
        self._shares = [array("q") for _ in range(_SHARES)]

    def add(self, key: str) -> None:
        number = hash(key)
        self._shares[number % _SHARES].append(number)

    def doubled(self) -> set[int]:
        found: set[int] = set()
        for share in self._shares:
            if len(set(share)) < len(share):
                found.update(number for number, times in Counter(share).items() if times > 1)
        return found


def _same(what: str, recorded: object, found: object) -> None:
    if recorded != found:
        raise _broken(f"The {what} differs: recorded {recorded}, found {found}.")


def _broken(problem: str) -> ArchiveBroken:
    return ArchiveBroken(problem, AGAIN)
