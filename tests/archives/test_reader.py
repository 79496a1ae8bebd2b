"""First rows, downloads, and where archives lie."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest

from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.files import make_folder
from offboarding.archives.manifest import ARCHIVE_NAME
from offboarding.archives.reader import first_rows, open_for_download
from offboarding.archives.storage import absolute, archive_root, folder_for
from offboarding.archives.writer import write_archive
from offboarding.models import Archive
from tests.archives.history import END, QUERY, START, History, nothing

PERSON = "3f1c9a52-0d1e-4c55-9a53-7d8c1f0e2b11"


def stored(count: int) -> Archive:
    """An archive on the disk with its row, which is not saved: the reader needs no database."""
    relative = folder_for("org-1", PERSON, 7)
    manifest = write_archive(
        folder=absolute(relative),
        query=QUERY,
        interval=(START, END),
        fetch=History(count).fetch,
        progress=nothing,
    )
    return Archive(
        pk=3,
        person_id=PERSON,
        request_id=7,
        path=str(relative / ARCHIVE_NAME),
        size=manifest.size,
        sha256=manifest.sha256,
    )


def test_the_first_rows_are_the_first_conversations() -> None:
    path = absolute(stored(130).path)
    assert first_rows(path, 3) == list(History(130).all())[:3]
    assert len(first_rows(path, 500)) == 130
    assert first_rows(path, 0) == []


def test_an_archive_without_lines_has_no_first_rows() -> None:
    assert first_rows(absolute(stored(0).path), 10) == []


def test_first_rows_read_no_further_than_they_must(tmp_path: Path) -> None:
    path = tmp_path / ARCHIVE_NAME
    path.write_bytes(gzip.compress(b'{"a":1}\n') + b"this is no gzip")
    assert first_rows(path, 1) == [{"a": 1}]


@pytest.mark.parametrize(
    "content", [b"", b"{}", gzip.compress(b"{}\n")[:-3], gzip.compress(b"[\n"), gzip.compress(b"\xff\n")]
)
def test_first_rows_of_a_broken_file_say_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ARCHIVE_NAME
    if content:
        path.write_bytes(content)
    with pytest.raises(ArchiveBroken, match="cannot be read"):
        first_rows(path, 5)


def test_a_download_is_the_file_as_it_lies_there_named_by_ids() -> None:
    archive = stored(20)
    file, name, size = open_for_download(archive)
    with file:
        data = file.read()
    assert name == f"conversations-{PERSON}-request-7.jsonl.gz"
    assert size == len(data) == archive.size
    assert zlib.decompress(data, 31).startswith(b'{"conversationId":"c-00000000"')


def test_a_download_that_is_missing_or_of_another_length_is_refused() -> None:
    archive = stored(20)
    archive.size += 1
    with pytest.raises(ArchiveBroken, match="were written"):
        open_for_download(archive)
    absolute(archive.path).unlink()
    for path in (archive.path, "../secret_key"):
        archive.path = path
        with pytest.raises(ArchiveBroken, match="cannot be opened"):
            open_for_download(archive)


def test_a_folder_is_made_of_ids_alone() -> None:
    assert folder_for("org_1", PERSON, 42) == Path("org_1", PERSON, "request-42")


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "..",
        "../etc",
        "a/b",
        "a\\b",
        "/etc",
        "a\0",
        "a\n",
        "a b",
        "é",
        "\u202egpj",
        "x" * 101,
        "~",
        "a.b",
    ],
)
def test_what_is_no_id_names_no_folder(value: str) -> None:
    for ids in ((value, PERSON), ("org", value)):
        with pytest.raises(ValueError, match="is not an id"):
            folder_for(*ids, 1)


def test_a_stored_path_cannot_lead_out(tmp_path: Path) -> None:
    make_folder(archive_root())
    (archive_root() / "link").symlink_to(tmp_path)
    for path in ("../secret_key", "/etc/passwd", "a/../../secret_key", "link/file"):
        with pytest.raises(ValueError, match="not in the folder"):
            absolute(path)
    assert absolute("org/person") == archive_root().resolve() / "org" / "person"
