"""Run by test_crash: writes an archive again and again, each time killed one file operation later.

Prints how often it was killed and what was found afterwards; exits 1 when anything was torn.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path

from offboarding.archives.manifest import ARCHIVE_NAME, MANIFEST_NAME, Manifest
from offboarding.archives.verify import verify
from offboarding.archives.writer import write_archive
from tests.archives.history import END, QUERY, START, History, nothing

OPERATIONS = {"open", "os.rename", "os.remove", "os.mkdir", "os.truncate"}
NEW, OLD = timedelta(0), timedelta(hours=-1)


def write(folder: Path, shift: timedelta) -> Manifest:
    history = History(70)
    return write_archive(
        folder=folder, query=QUERY, interval=(START, END + shift), fetch=history.fetch, progress=nothing
    )


def killed_before(number: int, folder: Path) -> bool:
    """Write in a process of its own that is killed before its file operation `number`; whether it was."""
    child = os.fork()
    if child == 0:
        left = number

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in OPERATIONS and str(folder) in str(arguments):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        write(folder, NEW)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
        raise SystemExit(f"writing failed by itself at operation {number}")
    return os.WIFSIGNALED(status)


def state(folder: Path) -> str:
    """absent, old or new; raises ArchiveBroken when what is there cannot be relied on."""
    if not (folder / MANIFEST_NAME).exists():
        return "absent"
    manifest = Manifest.from_file(folder / MANIFEST_NAME)
    verify(folder / ARCHIVE_NAME, manifest)
    return "new" if manifest.end == END else "old"


def main(base: Path) -> None:
    for begins_with in ("nothing", "old"):
        seen = []
        number = 0
        killed = True
        while killed:
            folder = base / f"{begins_with}-{number}"
            if begins_with == "old":
                write(folder, OLD)
            killed = killed_before(number, folder)
            seen.append(state(folder))
            write(folder, NEW)
            if state(folder) != "new" or len(list(folder.iterdir())) != 2:
                raise SystemExit(f"after a kill at operation {number} writing again left {os.listdir(folder)}")
            shutil.rmtree(folder)
            number += 1
        print(begins_with, len(seen) - 1, *dict.fromkeys(seen))


main(Path(sys.argv[1]))
