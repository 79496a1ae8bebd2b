"""What an archive says about itself, and how that is written down. No conversation is read here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.windows import Window

ARCHIVE_NAME = "conversations.jsonl.gz"
MANIFEST_NAME = "manifest.json"
VERSION = 2
# Version 1 did not say which way a window came: there was but one.
FIRST_VERSION = 1
# Which way a window came: the query, a job, or the query because the job ended without results or came short.
BY_QUERY, BY_JOB, QUERY_AFTER_JOB = "query", "job", "query_after_job"
TOOL = "genesys-offboarding 0.1.0"
AGAIN = "Retry the run: the archive is written again from Genesys. Nothing may be deleted until it verifies."


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """One window as it stands in the archive: one gzip member, its conversations as lines.

    `total` is what Genesys announced last while the window was read; `count` lines are in the member; `repeated`
    conversations were sent for this window too, but stand in the one before. Complete means count + repeated >= total.
    `way` is how it was asked for: a job has the filters and order of the manifest's `query`, and
    startOfDayIntervalMatching, so that it means the same; its conversations carry participant attributes.
    """

    start: datetime
    end: datetime
    count: int
    repeated: int
    total: int
    size: int
    size_of_lines: int
    sha256: str
    first_at: datetime | None
    last_at: datetime | None
    way: str

    @property
    def window(self) -> Window:
        return Window(self.start, self.end)

    @property
    def lacks(self) -> int:
        """How many conversations were announced and did not come."""
        return max(self.total - self.count - self.repeated, 0)

    def to_dict(self) -> dict[str, Any]:
        """JSON types only; times are UTC, ISO 8601."""
        return _written(self)

    @classmethod
    def from_dict(cls, data: object) -> WindowFacts:
        """Read `to_dict` back; ValueError names the field that does not fit."""
        return cls(**_read(cls, data))


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything needed to prove the archive: what was asked, for when, what came, and the sums of the file.

    `sha256` is of the compressed file, `sha256_of_lines` of the lines in it; `first_at` and `last_at` are the
    first and last conversationStart. `gaps` are the windows that lack conversations, which somebody accepted: a
    complete archive has none. Times are UTC.
    """

    version: int
    tool: str
    query: Mapping[str, Any]
    start: datetime
    end: datetime
    windows: tuple[WindowFacts, ...]
    count: int
    size: int
    size_of_lines: int
    sha256: str
    sha256_of_lines: str
    first_at: datetime | None
    last_at: datetime | None
    gaps: tuple[Window, ...]
    written_at: datetime

    def to_dict(self) -> dict[str, Any]:
        """JSON types only, with `digest`: the SHA-256 of all the rest, so that no field changes unnoticed."""
        data = _written(self)
        if self.version == FIRST_VERSION:
            for window in data["windows"]:
                del window["way"]
        return {**data, "digest": hashlib.sha256(canonical(data)).hexdigest()}

    def to_bytes(self) -> bytes:
        """The manifest file's content, byte for byte."""
        return json.dumps(self.to_dict(), indent=1, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_dict(cls, data: object) -> Manifest:
        """Read `to_dict` back, in any key order; ArchiveBroken when a field is missing or changed."""
        try:
            if not isinstance(data, dict) or data.get("version") not in (FIRST_VERSION, VERSION):
                raise ValueError(f"it is not a manifest of version {FIRST_VERSION} or {VERSION}")
            fields_of_it = {name: value for name, value in data.items() if name != "digest"}
            if data["version"] == FIRST_VERSION:
                fields_of_it["windows"] = _with_way(data.get("windows"))
            manifest = cls(**_read(cls, fields_of_it))
            if manifest.to_dict()["digest"] != data.get("digest"):
                raise ValueError("its digest does not fit its fields")
        except ValueError as error:
            raise ArchiveBroken(f"The manifest is not as it was written: {error}.", AGAIN) from error
        return manifest

    @classmethod
    def from_file(cls, path: Path) -> Manifest:
        """The manifest stored at `path`; ArchiveBroken when it is missing or was changed."""
        try:
            content = path.read_bytes()
            manifest = cls.from_dict(json.loads(content))
        except (OSError, ValueError, RecursionError) as error:
            raise ArchiveBroken(f"The manifest {path} cannot be read: {error}.", AGAIN) from error
        if content != manifest.to_bytes():
            raise ArchiveBroken(f"The manifest {path} is not as it was written.", AGAIN)
        return manifest


def gaps_between(parts: Sequence[WindowFacts], start: datetime, end: datetime) -> tuple[Window, ...]:
    """What of [start, end) the windows leave out; ValueError when they overlap or reach outside."""
    found = []
    at = start
    for part in parts:
        if not at <= part.start < part.end <= end:
            raise ValueError(f"the window {part.window.label} does not follow the one before it")
        if at < part.start:
            found.append(Window(at, part.start))
        at = part.end
    return tuple(found) if at == end else (*found, Window(at, end))


def _with_way(windows: object) -> object:
    """The windows of a manifest of the first version, in today's form."""
    if not isinstance(windows, list) or not all(isinstance(one, dict) and "way" not in one for one in windows):
        raise ValueError("its windows are not those of a manifest of version 1")
    return [{**one, "way": BY_QUERY} for one in windows]


def canonical(data: Mapping[str, Any]) -> bytes:
    """One form for the same data, for digests and comparisons."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _written(record: Manifest | WindowFacts | Window) -> dict[str, Any]:
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}


def _plain(value: object) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case WindowFacts() | Window():
            return _written(value)
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _read(kind: type, data: object) -> dict[str, Any]:
    """The fields of a record from its JSON object; ValueError names the first that does not fit."""
    hints = _kinds(kind)
    if not isinstance(data, dict) or set(data) != set(hints):
        raise ValueError(f"the fields of a {kind.__name__} are {', '.join(sorted(hints))}")
    return {name: _value(name, data[name], hint) for name, hint in hints.items()}


@cache
def _kinds(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _value(name: str, value: object, kind: Any) -> Any:
    if get_origin(kind) is tuple and isinstance(value, list):
        item = get_args(kind)[0]
        return tuple(item(**_read(item, one)) for one in value)
    if get_origin(kind) is Mapping and isinstance(value, dict):
        return value
    if kind == datetime | None:
        return None if value is None else _value(name, value, datetime)
    if kind is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(f"{name} has no time zone")
        return moment.astimezone(UTC)
    if kind in (int, str) and type(value) is kind:
        return value
    raise ValueError(f"{name} is not of its kind")
