"""The disk under the archives: every operation a boundary, and a power cut that keeps only what was synced."""

from __future__ import annotations

import os
import random
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import TracebackType
from unittest import mock

from offboarding.archives import files
from offboarding.archives.manifest import ARCHIVE_NAME
from tests.simulation.stage import Stage


class Disk:
    """While entered it stands for the module `os` in archives/files.py, and before Path.unlink below `root`.

    The operations are carried out on a real file system. Beside it is kept what a power cut would leave: the bytes
    of a file as of its last fsync, and the names in a folder as of the folder's last fsync. Folders themselves are
    taken for durable once made. A process that crashed changes nothing more: its clean-up is not carried out.
    """

    O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY = (
        os.O_RDONLY,
        os.O_WRONLY,
        os.O_CREAT,
        os.O_EXCL,
        os.O_DIRECTORY,
    )

    def __init__(self, stage: Stage, root: Path) -> None:
        self._stage = stage
        self._root = root
        self._paths: dict[int, Path] = {}
        self._files: dict[int, int] = {}  # the file an inode stands for now: inodes are used again
        self._bytes: dict[int, bytes] = {}  # by file
        self._names: dict[Path, dict[str, int]] = {}
        self._numbers = count(1)
        self._stack = ExitStack()

    def __enter__(self) -> Disk:
        self._unlink = Path.unlink
        self._stack.enter_context(mock.patch.object(files, "os", self))
        self._stack.enter_context(mock.patch.object(Path, "unlink", lambda path, **told: self._remove(path, **told)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    # ------------------------------------------------------------------ what files.py calls

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        descriptor = os.open(path, flags, mode)
        self._paths[descriptor] = Path(path)
        if flags & os.O_CREAT:
            self._names.setdefault(Path(path).parent, {})
            self._files[os.fstat(descriptor).st_ino] = next(self._numbers)
        return descriptor

    def write(self, descriptor: int, data: memoryview) -> int:
        return os.write(descriptor, data)

    def close(self, descriptor: int) -> None:
        self._paths.pop(descriptor, None)
        os.close(descriptor)

    def fsync(self, descriptor: int) -> None:
        path = self._paths[descriptor]
        self._stage.boundary(f"fsync {_shown(path)}")
        if path.is_dir():
            self._names[path] = self._names_in(path)
        else:
            self._bytes[self._files[os.fstat(descriptor).st_ino]] = path.read_bytes()

    def replace(self, source: Path, target: Path) -> None:
        self._stage.boundary(f"rename to {_shown(target)}")
        os.replace(source, target)

    def _remove(self, path: Path, missing_ok: bool = False) -> None:
        if self._root in path.parents:
            if self._stage.unwinds:
                return
            self._stage.boundary(f"unlink {_shown(path)}")
        self._unlink(path, missing_ok=missing_ok)

    # ------------------------------------------------------------------ the power cut

    def lose_power(self, chance: random.Random) -> None:
        """Every folder goes back to the names it surely has, or keeps by luck those it has now; unsynced bytes go."""
        for folder in list(self._names):
            now = self._names_in(folder)
            current = {file: (folder / name).read_bytes() for name, file in now.items()}
            kept = now if chance.random() < 0.5 else self._names[folder]
            left = {name: self._left(file, current.get(file, b""), chance) for name, file in sorted(kept.items())}
            for name in now:
                self._unlink(folder / name)
            for name, data in left.items():
                (folder / name).write_bytes(data)
                self._files[(folder / name).stat().st_ino] = number = next(self._numbers)
                self._bytes[number] = data
            self._names[folder] = self._names_in(folder)

    def rot(self, chance: random.Random) -> bool:
        """One byte of one finished archive is another one; False when there is none."""
        archives = sorted(self._root.rglob(ARCHIVE_NAME))
        if not archives:
            return False
        path = chance.choice(archives)
        data = bytearray(path.read_bytes())
        data[chance.randrange(len(data))] ^= 1
        path.write_bytes(data)
        self._bytes[self._files[path.stat().st_ino]] = bytes(data)
        return True

    def _left(self, file: int, current: bytes, chance: random.Random) -> bytes:
        synced = self._bytes.get(file)
        return current[: chance.randrange(len(current) + 1)] if synced is None else synced

    def _names_in(self, folder: Path) -> dict[str, int]:
        return {entry.name: self._files[entry.inode()] for entry in os.scandir(folder) if entry.is_file()}


def _shown(path: Path) -> str:
    """The name without the chance in that of a temporary file, which no seed decides."""
    return path.name if not path.name.endswith(files.TEMPORARY) else f"{path.name.rsplit('.', 2)[0]}{files.TEMPORARY}"
