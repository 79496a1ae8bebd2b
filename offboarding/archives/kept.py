"""Whether the archives that are kept are still those that were recorded. Reads only."""

from __future__ import annotations

from offboarding.archives.files import sha256_of
from offboarding.archives.storage import absolute
from offboarding.models import Archive


def problems_of_archives() -> tuple[int, list[str]]:
    """How many archives were verified when they were written, and which of their files are lost or were changed."""
    checked, problems = 0, []
    for archive in Archive.objects.filter(verified_at__isnull=False).order_by("request_id").iterator():
        checked += 1
        try:
            harmed = "was changed" if sha256_of(absolute(archive.path)) != archive.sha256 else ""
        except (OSError, ValueError):  # a path that leads out of our folder is none of ours
            harmed = "cannot be read"
        if harmed:
            problems.append(f"the archive of request {archive.request_id} {harmed}: {archive.path}")
    return checked, problems
