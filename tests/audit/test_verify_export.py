"""The check that docs/verify-an-export.md hands to auditors: the very lines that stand there, run on real exports."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboarding.audit.channel import on_the_command_line
from offboarding.audit.export import FORMULA_STARTS, HistoryFilter, safe_cell, stream_csv, stream_jsonl
from offboarding.audit.record import record_alone
from offboarding.models import AuditRecord
from tests import states

PAGE = Path(__file__).parents[2] / "docs" / "verify-an-export.md"
(SNIPPET,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
STREAMS = {"csv": stream_csv, "jsonl": stream_jsonl}
CANDIDATES = ("=1+1", "'=1+1", "''=1", " \u00a0@x", "' plain", "O'Hara", 'Zoë "Z"\r\nO’Hara, 😀', "")


@pytest.fixture(params=sorted(STREAMS))
def verify(request: Any, tmp_path: Path, staff: Any, approver: Any) -> Any:
    """verify(change) -> the exit code and what it said of the export, after `change` of its text."""
    states.rejected(staff, approver)
    for name in CANDIDATES:
        record_alone(staff, "account.created", person_name=name, data={"name": name, "number": 1.5, "none": None})
    with on_the_command_line():
        record_alone(None, "account.created", person_id="p-1", data={"name": "x"})

    def run(change: Any = lambda text: text, **filters: str) -> tuple[int, str]:
        path, script = tmp_path / f"history.{request.param}", tmp_path / "verify.py"
        text = change("".join(STREAMS[request.param](HistoryFilter(**filters).apply())))
        path.write_bytes(text.encode())
        script.write_text(SNIPPET, encoding="utf-8")
        done = subprocess.run([sys.executable, "-I", script, path], capture_output=True, text=True, encoding="utf-8")
        assert done.stderr == ""
        return done.returncode, done.stdout

    return run


@pytest.mark.django_db
def test_an_export_of_everything_verifies_to_its_head(verify):
    head = AuditRecord.objects.latest("sequence")
    assert verify() == (0, f"{head.sequence} records, unbroken, head {head.sequence} {head.hash}\n")


@pytest.mark.django_db
def test_a_changed_word_is_found(verify):
    code, told = verify(lambda text: text.replace("Wrong person", "Right person"))
    assert code == 1 and "BROKEN: record 3 was changed" in told


@pytest.mark.django_db
def test_a_narrowed_export_says_that_it_cannot_tell_what_is_missing(verify):
    code, told = verify(action="account")
    assert code == 3
    assert "NARROWED: 1 gaps, the first between 0 and 4. What is missing there cannot be told" in told


@pytest.mark.django_db
def test_a_record_that_was_taken_out_leaves_a_gap(verify):
    def without_the_second(text: str) -> str:
        lines = text.splitlines(keepends=True)
        return "".join(line for line in lines if "plan.read" not in line)

    code, told = verify(without_the_second)
    assert code == 3 and "the first between 1 and 3" in told


@given(st.text() | st.sampled_from(CANDIDATES))
def test_the_apostrophe_of_a_cell_is_taken_off_again(text):
    names: dict[str, Any] = {}
    exec(SNIPPET.partition("def from_csv")[0], names)  # noqa: S102 - the page's own lines
    assert names["SIGNS"] == FORMULA_STARTS
    assert names["plain"](safe_cell(text)) == text
