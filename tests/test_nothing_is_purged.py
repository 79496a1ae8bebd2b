"""Nothing removes what is kept of a person: no purge and no retention exists that a legal hold could be forgotten in.

The tables below name all code that removes or replaces a file or deletes a row. Whoever adds to them for what is kept
of a person (an archive, its row, an answer of Genesys Cloud) asks `actions.in_force.legal_hold_on` there first.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import ProtectedError
from django.utils import timezone

from offboarding.archives.storage import absolute
from offboarding.models import Archive, StepReading
from tests import states

ROOT = Path(__file__).parent.parent / "offboarding"
# Of an archive: its being written anew, by way of temporary files and finished windows. The others have own files.
REMOVES_FILES = {
    "archives/files.py": {"forget", "sweep", "commit", "__exit__"},
    "archives/parts.py": {"remove"},
    "genesys/ledger.py": {"forget", "_write"},
    "pipeline/orphans.py": {"end_orphans", "unmark"},
}
USES_WHAT_REMOVES = {"archives/jobs.py", "archives/parts.py", "archives/recount.py", "archives/writer.py"}
WRITES_ARCHIVES = {"pipeline/steps/archive_history.py"}
DELETES_ROWS = {"actions/heartbeat.py": {"beat"}}

Found = dict[str, set[str]]


def calls_within(name: str, tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call, with the function that it stands in."""
    for node in ast.iter_child_nodes(tree):
        inner = node.name if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else name
        if isinstance(node, ast.Call):
            yield inner, node
        yield from calls_within(inner, node)


def removes_a_file(call: ast.Call) -> bool:
    """`replace` is also a word of texts, dates and dataclasses: of a path it takes one thing, where to."""
    function = call.func
    if not isinstance(function, ast.Attribute):
        return False
    of_os = isinstance(function.value, ast.Name) and function.value.id in {"os", "shutil"}
    name, one = function.attr, len(call.args) == 1 and not call.keywords
    known = name in {"unlink", "rename", "renames", "rmdir", "removedirs", "rmtree", "truncate", "ftruncate"}
    return known or (of_os and name in {"remove", "replace", "move"}) or (name == "replace" and one)


def deletes_rows(call: ast.Call) -> bool:
    """A row or a query is told to delete itself; a cache or a client is told what."""
    function = call.func
    return isinstance(function, ast.Attribute) and (
        function.attr == "_raw_delete" or (function.attr == "delete" and not call.args and not call.keywords)
    )


def found(wanted: Callable[[ast.Call], bool]) -> Found:
    places: Found = {}
    for path in ROOT.rglob("*.py"):
        where = str(path.relative_to(ROOT))
        if where.startswith("sandbox/"):  # the imitation of another system, with files of its own
            continue
        for function, call in calls_within("", ast.parse(path.read_text())):
            if wanted(call):
                places.setdefault(where, set()).add(function)
    return places


def test_only_these_places_remove_or_replace_a_file():
    assert found(removes_a_file) == REMOVES_FILES


def test_only_the_writing_of_an_archive_uses_them():
    """`forget`, `sweep` and `NewFile` take any path, and `Parts` any folder."""
    using = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module in {"offboarding.archives.files", "offboarding.archives.parts"}
        if {alias.name for alias in node.names} & {"forget", "sweep", "write_file", "NewFile", "Parts"}
    }
    assert using == USES_WHAT_REMOVES


def test_only_one_step_has_an_archive_written():
    def writes(call: ast.Call) -> bool:
        return isinstance(call.func, ast.Name) and call.func.id == "write_archive"

    assert set(found(writes)) == WRITES_ARCHIVES


def test_only_these_places_delete_rows():
    assert found(deletes_rows) == DELETES_ROWS
    assert "django.contrib.admin" not in settings.INSTALLED_APPS, "it deletes whatever it shows"


@pytest.fixture
def kept(staff, approver):
    """A request that is held back by a legal hold, with its archive and an answer of Genesys Cloud."""
    request = states.held(staff, approver)
    step = request.run.steps.get(key="archive_history")
    StepReading.objects.create(step=step, attempt=1, ordinal=1, read_at=timezone.now(), path="/", status=200, size=0)
    return request


@pytest.mark.django_db
def test_no_row_that_is_kept_of_a_person_can_be_deleted(kept, staff):
    step = kept.run.steps.get(key="archive_history")
    for row in (kept, kept.run, step, kept.plans.get(), kept.archive, step.readings.get(), staff):
        with pytest.raises(ProtectedError):
            row.delete()
    for rows in (Archive.objects.all(), StepReading.objects.filter(step=step)):
        with pytest.raises(ProtectedError, match="legal_hold_on"):
            rows.delete()
    assert Archive.objects.count() == StepReading.objects.count() == 1
    assert absolute(kept.archive.path).exists()
