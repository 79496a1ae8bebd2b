"""Reading a stored archive: its first rows, and the file to take away. Changes nothing, checks no right."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.manifest import AGAIN
from offboarding.archives.storage import absolute, download_name
from offboarding.models import Archive

FROM_BACKUP = (
    "Do not rely on it, and tell an administrator: restore the file from a backup; manage.py verify_audit says when it "
    "fits again. Only while the person is not deleted does a retry of the run write it again."
)


class Download(NamedTuple):
    """An open file, to be closed by whoever takes it, with the name and number of bytes to send it with."""

    file: BinaryIO
    filename: str
    size: int


def first_rows(path: Path, n: int) -> list[dict[str, Any]]:
    """The first `n` conversations as Genesys sent them; reads no further. ArchiveBroken when it cannot."""
    try:
        with gzip.open(path) as lines:
            return [json.loads(line) for line in islice(lines, n)]
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ArchiveBroken(f"The archive {path.name} cannot be read: {error}.", AGAIN) from error


def open_for_download(archive: Archive) -> Download:
    """Open the archive's file, read through once. ArchiveBroken when it is missing or is not as it was written.

    The caller has asked `access` and records the download.
    """
    try:
        file = absolute(archive.path).open("rb")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its place is not one of ours"
        raise ArchiveBroken(f"The file of archive {archive.pk} cannot be opened: {why}.", FROM_BACKUP) from error
    size = os.fstat(file.fileno()).st_size
    if size != archive.size:
        file.close()
        raise ArchiveBroken(
            f"The file of archive {archive.pk} has {size:,} bytes, but {archive.size:,} were written.", FROM_BACKUP
        )
    if hashlib.file_digest(file, "sha256").hexdigest() != archive.sha256:
        file.close()
        raise ArchiveBroken(
            f"The file of archive {archive.pk} is not the one that was written: its SHA-256 is another.", FROM_BACKUP
        )
    file.seek(0)
    return Download(file, download_name(archive.person_id, archive.request_id), size)
