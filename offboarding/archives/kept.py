"""Whether an archive that is kept is still what was recorded. Reads only; `actions.archives` keeps the answer."""

from __future__ import annotations

from offboarding.archives.files import sha256_of
from offboarding.archives.storage import absolute
from offboarding.models import Archive
from offboarding.models.archive import Harm


def harm_of(archive: Archive) -> Harm:
    """What befell its file since it was recorded; reads all of it."""
    try:
        return Harm.NONE if sha256_of(absolute(archive.path)) == archive.sha256 else Harm.CHANGED
    except (OSError, ValueError):  # a path that leads out of our folder is none of ours
        return Harm.LOST


def harm_at_a_glance(archive: Archive) -> Harm:
    """What the last whole look found, or else what shows without reading: no file, or one of another size."""
    try:
        size = absolute(archive.path).stat().st_size
    except (OSError, ValueError):
        return Harm.LOST
    return Harm(archive.harm) or (Harm.NONE if size == archive.size else Harm.CHANGED)
