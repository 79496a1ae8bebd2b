"""Queue processes whose supervisor and main process were killed: they would go on working beside the next worker."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from django.conf import settings

FOLDER = "queue"


@contextmanager
def marked() -> Iterator[TextIO]:
    """A file of this supervisor, locked for as long as one process lives that is forked inside.

    The lock belongs to the open file, which a fork shares: the kernel drops it with the last process that has it.
    Whoever forks writes the group of the processes into it.
    """
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _mark(os.getpid()).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
        file.flush()


def unmark() -> None:
    """This supervisor's processes have ended."""
    _mark(os.getpid()).unlink(missing_ok=True)


def end_orphans() -> int:
    """SIGKILL to the groups of processes whose supervisor is gone; how many groups there were.

    Their leases run out, as those of every worker that dies unseen. A group's number is nobody else's as long as one
    of its processes lives, and one does where the lock is held. A supervisor's number that is taken again keeps them.
    """
    ended = 0
    for path in _folder().glob(_mark("*").name):
        supervisor = int(path.stem.rpartition("-")[2])
        if supervisor == os.getpid() or _lives(supervisor):
            continue
        with path.open() as file:
            group = file.read().strip()
            if group and not _is_free(file):
                os.killpg(int(group), signal.SIGKILL)
                ended += 1
        path.unlink(missing_ok=True)
    return ended


def _folder() -> Path:
    return Path(settings.VAR_DIR) / FOLDER


def _mark(pid: int | str) -> Path:
    """By host as well: two containers may share the folder, and each counts its processes from 1."""
    return _folder() / f"{socket.gethostname()}-{pid}.lock"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_free(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
