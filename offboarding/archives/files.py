"""Files that are there whole or not at all, also after a crash. Knows nothing of conversations."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from offboarding.archives.errors import NoRoom

# Small, because a piece of a compressed file may be a thousand times larger when unzipped.
CHUNK = 1 << 16
TEMPORARY = ".tmp"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def needs_room(folder: Path) -> Iterator[None]:
    """Turn "disk full", "over quota" and "file too large" into NoRoom; every other OSError passes."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise NoRoom(
            f"There is no room left to write the archive in {folder}: {error.strerror}.",
            "Free space there or raise the limit, then retry: what is finished is kept. Nothing was deleted.",
        ) from error


def make_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, open to its owner only, and durable."""
    with needs_room(folder):
        for part in reversed([part for part in (folder, *folder.parents) if not part.exists()]):
            part.mkdir(mode=0o700, exist_ok=True)
            sync_folder(part.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and removals in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def forget(path: Path) -> None:
    """Remove a file durably; no error when it is not there."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove the temporary files that a killed process left behind."""
    for left in folder.glob(f"*{TEMPORARY}"):
        left.unlink(missing_ok=True)


class NewFile:
    """A file that appears under its name only by `commit`: fsynced, renamed, folder fsynced. Mode 0600.

    Left without `commit`, nothing of it stays and the old file is untouched. The
    temporary name is unique, so that a worker that lost its lease cannot write into the file of the one that
    took over. Writing is unbuffered: a full disk shows in `write`, never when a forgotten buffer is flushed
    while closing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
        self._descriptor = -1

    def __enter__(self) -> Self:
        with needs_room(self.path.parent):
            self._descriptor = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        return self

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        with needs_room(self.path.parent):
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def sync(self) -> None:
        """What was written is on the disk, still under the temporary name."""
        with needs_room(self.path.parent):
            os.fsync(self._descriptor)

    def commit(self) -> None:
        self.sync()
        with needs_room(self.path.parent):
            os.replace(self._temporary, self.path)
            sync_folder(self.path.parent)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
        self._temporary.unlink(missing_ok=True)


def write_file(path: Path, data: bytes) -> None:
    with NewFile(path) as file:
        file.write(data)
        file.commit()


def chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes in pieces of bounded size."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def sha256_of(path: Path) -> str:
    whole = hashlib.sha256()
    for chunk in chunks(path):
        whole.update(chunk)
    return whole.hexdigest()
