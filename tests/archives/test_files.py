"""Files that are there whole or not at all, and a disk without room."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from offboarding.archives.errors import NoRoom
from offboarding.archives.files import NewFile, make_folder, needs_room
from offboarding.archives.windows import windows
from offboarding.archives.writer import write_archive
from tests.archives.history import END, QUERY, START, History, nothing

ROOT = Path(__file__).parents[2]


def test_a_new_file_without_commit_leaves_nothing_and_the_old_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with NewFile(path) as file:
        file.write(b"new")
    with pytest.raises(RuntimeError, match="stop"), NewFile(path) as file:
        file.write(b"new")
        raise RuntimeError("stop")
    assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [("file", b"old")]


def test_a_new_file_appears_by_commit_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with NewFile(path) as file:
        file.write(b"new")
        file.sync()
        assert not path.exists()
        file.commit()
        assert path.read_bytes() == b"new"
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_every_byte_is_on_the_disk_before_its_name_is_and_every_name_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a power cut may undo: a rename before its file was fsynced, or before the folder was."""
    done: list[tuple[str, int]] = []
    fsync, replace, put = os.fsync, os.replace, os.write

    def traced_write(descriptor: int, data: bytes) -> int:
        done.append(("write", os.fstat(descriptor).st_ino))
        return put(descriptor, data)

    def traced_fsync(descriptor: int) -> None:
        done.append(("sync", os.fstat(descriptor).st_ino))
        fsync(descriptor)

    def traced_replace(source: Path, target: Path) -> None:
        done.append(("rename", os.stat(source).st_ino))
        replace(source, target)

    monkeypatch.setattr(os, "write", traced_write)
    monkeypatch.setattr(os, "fsync", traced_fsync)
    monkeypatch.setattr(os, "replace", traced_replace)
    write_archive(folder=tmp_path, query=QUERY, interval=(START, END), fetch=History(70).fetch, progress=nothing)
    renames = [(at, inode) for at, (what, inode) in enumerate(done) if what == "rename"]
    assert len(renames) == 2 * len(windows(START, END)) + 2
    for at, inode in renames:
        assert [what for what, of in done[:at] if of == inode][-1] == "sync"
        assert done[at + 1] == ("sync", tmp_path.stat().st_ino)


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with NewFile(path) as first, NewFile(path) as second:
        first.write(b"first")
        second.write(b"second")
        second.commit()
        first.commit()
    assert path.read_bytes() == b"first"


def test_only_missing_folders_are_made_and_those_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    modes = [folder.stat().st_mode & 0o777 for folder in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")]
    assert modes == [0o755, 0o700, 0o700]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_every_way_of_being_full_is_no_room(tmp_path: Path, number: int) -> None:
    with pytest.raises(NoRoom) as refused, needs_room(tmp_path):
        raise OSError(number, os.strerror(number))
    assert str(tmp_path) in refused.value.problem
    assert "Free space" in refused.value.remedy


def test_another_error_of_the_disk_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), needs_room(tmp_path):
        raise PermissionError(errno.EACCES, "no")


FULL_DISK = """
import resource, sys
from pathlib import Path
from offboarding.archives.errors import NoRoom
from offboarding.archives.verify import verify
from offboarding.archives.writer import write_archive
from tests.archives.history import END, QUERY, START, History, nothing

folder = Path(sys.argv[1])
history = History(int(sys.argv[2]), big=True)

def write():
    return write_archive(
        folder=folder, query=QUERY, interval=(START, END), fetch=history.fetch, progress=nothing
    )

unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), unlimited[1]))
try:
    write()
except NoRoom as error:
    print(error.problem, error.remedy)
print(*sorted(path.name for path in folder.iterdir()))
resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
asked = len(history.calls)
verify(folder / "conversations.jsonl.gz", write())
print(*sorted({window.label for window, _ in history.calls[asked:]}))
print(*sorted(path.name for path in folder.iterdir()))
"""


def full_disk(folder: Path, count: int, room: int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, folder, str(count), str(room)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout.splitlines()


def test_a_disk_that_is_full_in_the_middle_keeps_finished_windows(tmp_path: Path) -> None:
    """The kernel lets no file grow beyond the limit, and the first window is larger."""
    said, left, asked_again, finished = full_disk(tmp_path / "small", 300, 20_000)
    assert "no room left" in said
    assert "Free space" in said
    assert left == ""
    assert len(asked_again.split(" to ")) > 3, "every window is asked for once there is room"
    assert finished == "conversations.jsonl.gz manifest.json"


def test_a_disk_that_is_full_while_joining_keeps_every_window(tmp_path: Path) -> None:
    """Every part fits, all of them in one file do not; with room again nothing has to be asked."""
    said, left, asked_again, finished = full_disk(tmp_path / "joined", 300, 150_000)
    assert "no room left" in said
    assert left == "000.json 000.part 001.json 001.part 002.json 002.part"
    assert asked_again == ""
    assert finished == "conversations.jsonl.gz manifest.json"
