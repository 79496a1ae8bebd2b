"""Where archives lie, named by ids alone: nothing that a person is called or types reaches a file name."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


def archive_root() -> Path:
    """The folder of all archives; `make_folder` makes it, and those in it, readable by their owner only."""
    return Path(settings.VAR_DIR) / "archives"


def folder_for(org_id: str, person_id: str, request_id: int) -> Path:
    """The folder of one request's archive, relative to `archive_root`; ValueError for what is no id."""
    return Path(_checked(org_id), _checked(person_id), f"request-{_checked(str(request_id))}")


def absolute(relative: str | Path) -> Path:
    """A stored path as a real one; ValueError when it leads out of `archive_root`, through `..` or a link."""
    path = (archive_root() / relative).resolve()
    if not path.is_relative_to(archive_root().resolve()):
        raise ValueError(f"{relative} is not in the folder of the archives")
    return path


def download_name(person_id: str, request_id: int) -> str:
    """The name a downloaded archive is saved under."""
    return f"conversations-{_checked(person_id)}-request-{request_id}.jsonl.gz"


def _checked(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError(f"{value!r} is not an id: letters, digits, - and _ only, at most 100")
    return value
