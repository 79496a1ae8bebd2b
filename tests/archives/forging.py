"""Archives made as the writer makes them, of whatever lines and with whatever facts, and what is said of them."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.manifest import (
    ARCHIVE_NAME,
    BY_QUERY,
    MANIFEST_NAME,
    TOOL,
    VERSION,
    Manifest,
    WindowFacts,
    gaps_between,
)
from offboarding.archives.verify import verify
from offboarding.archives.windows import Window
from tests.archives.history import QUERY

D = datetime(2026, 1, 10, tzinfo=UTC)


def row(key: str, start: datetime) -> dict[str, Any]:
    return {"conversationId": key, "conversationStart": start.isoformat()}


def line(record: Any) -> bytes:
    return json.dumps(record).encode() + b"\n"


def forge(folder: Path, *windows: tuple[Window, list[bytes]], **changed: Any) -> tuple[Path, Manifest]:
    facts = []
    file = b""
    for window, lines in windows:
        member = gzip.compress(b"".join(lines), mtime=0)
        file += member
        times = []
        for one in lines:
            try:
                times.append(datetime.fromisoformat(json.loads(one)["conversationStart"]))
            except (ValueError, TypeError, KeyError, RecursionError):
                continue
        facts.append(
            WindowFacts(
                start=window.start,
                end=window.end,
                count=len(lines),
                repeated=0,
                total=len(lines),
                size=len(member),
                size_of_lines=len(b"".join(lines)),
                sha256=hashlib.sha256(member).hexdigest(),
                first_at=min(times, default=None),
                last_at=max(times, default=None),
                way=BY_QUERY,
            )
        )
    whole = b"".join(one for _, lines in windows for one in lines)
    manifest = Manifest(
        version=VERSION,
        tool=TOOL,
        query=QUERY,
        start=windows[0][0].start,
        end=windows[-1][0].end,
        windows=tuple(facts),
        count=sum(part.count for part in facts),
        size=len(file),
        size_of_lines=len(whole),
        sha256=hashlib.sha256(file).hexdigest(),
        sha256_of_lines=hashlib.sha256(whole).hexdigest(),
        first_at=min((part.first_at for part in facts if part.first_at), default=None),
        last_at=max((part.last_at for part in facts if part.last_at), default=None),
        gaps=gaps_between(facts, windows[0][0].start, windows[-1][0].end),
        written_at=D,
    )
    return store(folder, file, replace(manifest, **changed))


def store(folder: Path, file: bytes, manifest: Manifest) -> tuple[Path, Manifest]:
    (folder / ARCHIVE_NAME).write_bytes(file)
    (folder / MANIFEST_NAME).write_bytes(manifest.to_bytes())
    return folder / ARCHIVE_NAME, manifest


def refused(path: Path, manifest: Manifest) -> str:
    with pytest.raises(ArchiveBroken) as broken:
        verify(path, manifest)
    assert "written again" in broken.value.remedy
    return broken.value.problem
