"""The finished windows of an unfinished archive: `000.part` holds the lines, `000.json` the facts.

A part counts from the moment its facts are there; it is trusted after its size and SHA-256 were checked
again. Notes (`job.note`) are what else the unfinished archive has to remember from one call to the next.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from offboarding.archives.conversation import identify
from offboarding.archives.files import NewFile, forget, sha256_of, write_file
from offboarding.archives.manifest import WindowFacts, canonical
from offboarding.archives.pages import Reading
from offboarding.archives.windows import Window

# Measured on made-up conversations of 4.4 kB: level 1 153 MB/s and 4.3 times smaller, level 3 152 MB/s and
# 4.6, level 6 69 MB/s and 5.1, level 9 34 MB/s and 5.3. Genesys hands out about 2 MB/s at 300 calls a minute,
# so even level 6 is never what is waited for, and the file is kept for years.
LEVEL = 6


class Member:
    """One gzip member (RFC 1952) written to `file`. It carries no time: same lines, same bytes."""

    def __init__(self, file: NewFile) -> None:
        self._file = file
        self._zip = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        self._sum = hashlib.sha256()
        self._size = 0
        self._size_of_lines = 0

    def write(self, lines: bytes) -> None:
        self._size_of_lines += len(lines)
        self._put(self._zip.compress(lines))

    def finish(self, window: Window, reading: Reading, way: str) -> WindowFacts:
        self._put(self._zip.flush())
        return WindowFacts(
            start=window.start,
            end=window.end,
            count=reading.count,
            repeated=len(reading.ids) - reading.count,
            total=reading.total,
            size=self._size,
            size_of_lines=self._size_of_lines,
            sha256=self._sum.hexdigest(),
            first_at=reading.first_at,
            last_at=reading.last_at,
            way=way,
        )

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._sum.update(data)
        self._size += len(data)


class Parts:
    """The parts in `folder` that belong to this query and interval, without a gap from the start on."""

    def __init__(self, folder: Path, query: Mapping[str, Any], start: datetime, end: datetime) -> None:
        self.folder = folder
        asked = {"query": query, "start": start.isoformat(), "end": end.isoformat()}
        self._belongs_to = hashlib.sha256(canonical(asked)).hexdigest()
        self._at = start
        self.facts: list[WindowFacts] = []
        while part := self._finished(len(self.facts)):
            self.facts.append(part)
            self._at = part.end

    @property
    def at(self) -> datetime:
        """Up to where the history is read."""
        return self._at

    @property
    def count(self) -> int:
        return sum(part.count for part in self.facts)

    def path(self, number: int) -> Path:
        return self.folder / f"{number:03}.part"

    def next_path(self, ahead: int = 0) -> Path:
        return self.path(len(self.facts) + ahead)

    def add(self, facts: WindowFacts) -> None:
        """The file at `next_path` is written: from here on the window is finished."""
        data = {"belongs_to": self._belongs_to, "facts": facts.to_dict()}
        write_file(self.next_path().with_suffix(".json"), canonical(data))
        self.facts.append(facts)
        self._at = facts.end

    def forget_from(self, facts: WindowFacts) -> None:
        """The history is read up to the beginning of this window only: it and all after it are not finished."""
        number = self.facts.index(facts)
        for each in range(len(self.facts) - 1, number - 1, -1):
            forget(self.path(each).with_suffix(".json"))
        self._at = facts.start
        del self.facts[number:]

    def last_ids(self) -> set[str]:
        """The conversations of the last finished window: a neighbour may be sent them again."""
        if not self.facts:
            return set()
        with gzip.open(self.path(len(self.facts) - 1)) as lines:
            return {identify(json.loads(line))[0] for line in lines}

    def note(self, name: str) -> dict[str, Any] | None:
        """What was kept under `name` for this query and interval; None when nothing was, or it is harmed."""
        try:
            data = json.loads(self._note_path(name).read_bytes())
            kept: dict[str, Any] = data["kept"]
            return kept if data["belongs_to"] == self._belongs_to else None
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def keep_note(self, name: str, kept: Mapping[str, Any]) -> None:
        """Keep it under `name`, there whole or not at all, also after a crash."""
        write_file(self._note_path(name), canonical({"belongs_to": self._belongs_to, "kept": kept}))

    def forget_note(self, name: str) -> None:
        forget(self._note_path(name))

    def _note_path(self, name: str) -> Path:
        return self.folder / f"{name}.note"

    def remove(self) -> None:
        """Remove every part and note, of whichever query."""
        for pattern in ("[0-9]*.part", "[0-9]*.json", "*.note"):
            for path in self.folder.glob(pattern):
                path.unlink(missing_ok=True)

    def _finished(self, number: int) -> WindowFacts | None:
        """The facts of part `number`; None, so that it is read again, if it is harmed or another one."""
        path = self.path(number)
        try:
            data = json.loads(path.with_suffix(".json").read_bytes())
            facts = WindowFacts.from_dict(data["facts"])
            fits = data["belongs_to"] == self._belongs_to and facts.start == self._at
            whole = path.stat().st_size == facts.size and sha256_of(path) == facts.sha256
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        return facts if fits and whole else None
