"""Reading a stored archive: its first rows, and the file to take away. Changes nothing, checks no right."""

from __future__ import annotations

import gzip
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
    """Open the archive's file. ArchiveBroken when it is missing or is not as long as it was written.

    The caller has asked `access` and records the download; the sums were proved by `verify`, not here.
    """
    try:
        file = absolute(archive.path).open("rb")
    except (OSError, ValueError) as error:
        raise ArchiveBroken(f"The file of archive {archive.pk} cannot be opened: {error}.", AGAIN) from error
    size = os.fstat(file.fileno()).st_size
    if size != archive.size:
        file.close()
        raise ArchiveBroken(
            f"The file of archive {archive.pk} has {size:,} bytes, but {archive.size:,} were written.", AGAIN
        )
    return Download(file, download_name(archive.person_id, archive.request_id), size)
