"""The exports: complete, streamed, safe from spreadsheet formulas, and narrowed like the page."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offboarding.audit.export import COLUMNS, HistoryFilter, safe_cell, stream_csv, stream_jsonl
from offboarding.audit.record import record_alone
from offboarding.models import AuditRecord
from tests import states


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.django_db
def test_a_formula_in_a_name_does_not_run():
    record_alone(None, "account.created", person_name='=HYPERLINK("http://x")', data={"name": "@SUM(A1)"})
    row = rows("".join(stream_csv(AuditRecord.objects.all())))[0]
    assert row["person"] == '\'=HYPERLINK("http://x")'
    assert row["data"].startswith("{")


@given(st.text())
def test_no_cell_can_start_a_formula(text):
    cell = safe_cell(text)
    assert not cell.lstrip(" \u00a0\u3000").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝"))
    assert cell.removeprefix("'") == text or cell == text


@pytest.mark.django_db
def test_line_breaks_and_quotes_survive_the_csv():
    record_alone(None, "account.created", person_name='Zoë "Z"\r\nO’Hara, 😀')
    row = rows("".join(stream_csv(AuditRecord.objects.all())))[0]
    assert row["person"] == 'Zoë "Z"\r\nO’Hara, 😀'
    assert tuple(row) == COLUMNS


@pytest.mark.django_db
def test_jsonl_has_every_record_once_and_unescaped():
    for name in ("=a", "b"):
        record_alone(None, "account.created", person_name=name)
    found = [json.loads(line) for line in stream_jsonl(AuditRecord.objects.order_by("sequence"))]
    assert [line["person"] for line in found] == ["=a", "b"]


@pytest.mark.django_db
def test_the_filter_narrows_by_everything_it_offers(staff):
    record_alone(staff, "account.signed_in")
    record_alone(None, "account.created", outcome="refused", person_id="p-1", person_name="Zoë")
    today = AuditRecord.objects.latest("at").at.date().isoformat()
    expected = {
        "actor": ({"actor": "sam"}, 1),
        "person by name": ({"person": "zo"}, 1),
        "person by id": ({"person": "p-1"}, 1),
        "action": ({"action": "account"}, 2),
        "outcome": ({"outcome": "refused"}, 1),
        "since today": ({"since": today}, 2),
        "until yesterday": ({"until": "2020-01-01"}, 0),
        "all at once": ({"actor": "sam", "outcome": "refused"}, 0),
    }
    for name, (query, count) in expected.items():
        assert HistoryFilter.read(query).apply().count() == count, name


@pytest.mark.parametrize(
    "query",
    [
        {"outcome": "x"},
        {"since": "yesterday"},
        {"action": "nope"},
    ],
)
def test_what_is_not_understood_is_left_out(query):
    assert HistoryFilter.read(query).given() == {}


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["1; drop", "9" * 30, "abc", "-1"])
def test_a_request_number_that_is_none_matches_nothing(wrong, staff):
    """Left out, the slip would show, and export, everything."""
    states.planning(staff)
    assert not HistoryFilter.read({"request": wrong}).apply().exists()


@pytest.mark.django_db
def test_a_request_number_is_read_as_people_write_it_and_a_person_by_e_mail(staff):
    asked = states.planning(staff)
    for query in ({"request": f"#{asked.pk}"}, {"request": f"Request {asked.pk}"}, {"person": asked.person_email}):
        assert [line.request_number for line in HistoryFilter.read(query).apply()] == [asked.pk]
