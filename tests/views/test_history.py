"""The history: filters, pages that new records do not move, one record in its chain, and the files taken home."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offboarding.audit.chain import verify_chain
from offboarding.audit.record import record
from offboarding.audit.times import utc_words
from offboarding.models import AuditHead, AuditRecord
from offboarding.views import history as view
from tests import states
from tests.append_only import triggers_off
from tests.builders import PERSON
from tests.views.conftest import text_of, words_of

pytestmark = pytest.mark.django_db


def sequences(response) -> list[int]:
    return [line["record"].sequence for line in response.context["lines"]]


def filled(staff, number: int = 7) -> None:
    with transaction.atomic():
        for _ in range(number):
            record(staff, "account.signed_in")


def exported(response) -> list[dict[str, str]]:
    text = b"".join(response).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_records_stand_newest_first_with_their_sentences(staff, approver, manager, client):
    states.rejected(staff, approver)
    client.force_login(manager)
    response = client.get(reverse("history"))
    assert sequences(response) == [3, 2, 1]
    assert "Ada (ada) rejected the request for Zoë O’Hara: Wrong person" in words_of(response)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"request": "abc"}, "“abc” is no request number: write it like 8 or #8."),
        (
            {"since": "2026-03-02", "until": "2026-03-01"},
            "The first day, 2026-03-02, is after the last one, 2026-03-01",
        ),
        ({"actor": "nobody like that"}, "Take a filter away, or widen the dates."),
    ],
)
def test_an_empty_page_says_what_was_a_slip(staff, manager, client, query, why):
    filled(staff, 1)
    client.force_login(manager)
    assert f"Nothing was recorded that matches. {why}" in words_of(client.get(reverse("history"), query))


def test_each_line_shows_the_exact_time_that_tells_it_from_the_others(staff, manager, client):
    filled(staff, 2)
    client.force_login(manager)
    words = words_of(client.get(reverse("history")))
    for line in AuditRecord.objects.all():
        assert f"{utc_words(line.at)} Sam (sam) signed in" in words


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"action": "request.rejected"}, {"request.rejected"}),
        ({"action": "request."}, {"request.opened", "request.rejected"}),
        ({"actor": "ada"}, {"request.rejected"}),
        ({"person": "o’hara"}, {"request.opened", "plan.read", "request.rejected"}),
        ({"person": PERSON.id}, {"request.opened", "plan.read", "request.rejected"}),
        ({"person": "nobody"}, set()),
        ({"outcome": "refused"}, set()),
        ({"until": "2000-01-01"}, set()),
        ({"since": "2000-01-01"}, {"request.opened", "plan.read", "request.rejected"}),
        ({"since": "nonsense", "outcome": "maybe"}, {"request.opened", "plan.read", "request.rejected"}),
    ],
)
def test_a_filter_narrows_page_and_export_alike(query, expected, staff, approver, auditor, client):
    states.rejected(staff, approver)
    client.force_login(auditor)
    page = client.get(reverse("history"), query)
    assert {line["record"].action for line in page.context["lines"]} == expected
    assert {row["action"] for row in exported(client.get(reverse("history_export"), query))} == expected


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"since": "2026-13-45"}, "left out of the filters: since"),
        ({"since": "soon", "outcome": "fine", "actor": "sam"}, "left out of the filters: outcome, since"),
    ],
)
def test_a_filter_that_is_not_understood_is_said_to_be_left_out(query, told, staff, manager, client):
    states.awaiting_decision(staff)
    client.force_login(manager)
    assert told in words_of(client.get(reverse("history"), query))
    assert "left out of the filters" not in words_of(client.get(reverse("history"), {"since": "2026-01-02"}))


def test_what_came_after_the_last_verification_is_not_called_verified(staff, manager, client):
    states.awaiting_decision(staff)
    assert verify_chain().ok
    client.force_login(manager)
    assert "newer ones not yet" not in words_of(client.get(reverse("history")))
    states.awaiting_decision(staff, number=2)
    assert "newer ones not yet" in words_of(client.get(reverse("history")))


def test_a_filter_by_request_number(staff, manager, client):
    states.planning(staff)
    other = states.planning(staff, number=2)
    client.force_login(manager)
    response = client.get(reverse("history"), {"request": other.pk})
    assert [line["record"].request_number for line in response.context["lines"]] == [other.pk]


def test_pages_go_on_where_they_stopped_while_records_arrive(staff, manager, monkeypatch, client):
    monkeypatch.setattr(view, "PAGE_SIZE", 3)
    filled(staff)
    client.force_login(manager)
    first = client.get(reverse("history"))
    filled(staff, 2)
    second = client.get(reverse("history") + first.context["older_url"])
    third = client.get(reverse("history") + second.context["older_url"])
    assert [sequences(page) for page in (first, second, third)] == [[7, 6, 5], [4, 3, 2], [1]]
    assert third.context["older_url"] == ""
    back = client.get(reverse("history") + third.context["newer_url"])
    assert sequences(back) == [4, 3, 2]
    newest = client.get(
        reverse("history") + client.get(reverse("history") + back.context["newer_url"]).context["newer_url"]
    )
    assert sequences(newest) == [9, 8]
    assert newest.context["newer_url"] == ""


def test_links_keep_the_filters(staff, approver, auditor, monkeypatch, client):
    monkeypatch.setattr(view, "PAGE_SIZE", 1)
    states.rejected(staff, approver)
    client.force_login(auditor)
    text = text_of(client.get(reverse("history"), {"action": "request.", "actor": "a"}))
    assert "?actor=a&amp;action=request.&amp;before=" in text
    assert "/history/export/?format=csv&amp;actor=a&amp;action=request." in text


@pytest.mark.parametrize("query", [{"before": "x"}, {"after": "9" * 40}, {"before": "-1"}, {"request": "9" * 18}])
def test_nonsense_in_the_address_breaks_nothing(query, staff, manager, client):
    filled(staff)
    client.force_login(manager)
    assert client.get(reverse("history"), query).status_code == 200


def test_the_list_costs_the_same_however_long_it_is(staff, manager, client):
    client.force_login(manager)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("history"))
        return len(queries)

    filled(staff, 2)
    few = cost()
    filled(staff, 60)
    assert cost() == few <= 10


def test_the_badge_says_when_and_to_which_head_it_was_verified(staff, manager, client):
    filled(staff, 2)
    client.force_login(manager)
    assert "Not verified yet" in words_of(client.get(reverse("history")))
    verify_chain()
    head = AuditHead.objects.get()
    words = words_of(client.get(reverse("history")))
    assert "Verified" in words
    assert "to record 2" in words
    assert head.verified_hash[:12] in words


def test_a_record_shows_its_data_and_its_place_in_the_chain(staff, manager, client):
    states.planning(staff, ticket="HR-7")
    filled(staff, 1)
    client.force_login(manager)
    words = words_of(client.get(reverse("history_record", args=[1])))
    line = AuditRecord.objects.get(sequence=1)
    assert '"ticket": "HR-7"' in words
    assert line.hash in words
    assert line.previous_hash in words
    assert "agrees" in words
    assert "Next record" in words
    assert "Previous record" not in words


def test_a_record_that_was_changed_behind_our_back_is_shown_as_such(staff, manager, client):
    filled(staff, 3)
    with triggers_off():
        AuditRecord.objects.filter(sequence=2).update(actor_name="Somebody else")
    client.force_login(manager)
    assert "does not agree with its hash" in words_of(client.get(reverse("history_record", args=[2])))
    assert "agrees" in words_of(client.get(reverse("history_record", args=[1])))


def test_an_unknown_record_is_not_found(manager, client):
    client.force_login(manager)
    for number in (0, 5, 10**30):
        assert client.get(reverse("history_record", args=[number])).status_code == 404


def test_the_csv_is_a_stream_that_no_spreadsheet_runs(staff, auditor, client):
    states.planning(staff, person=replace(PERSON, name="=HYPERLINK(1)"), ticket="@SUM(1)")
    client.force_login(auditor)
    response = client.get(reverse("history_export"), {"format": "csv"})
    assert response.streaming
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    today = timezone.now().strftime("%Y-%m-%d")
    assert response.headers["Content-Disposition"] == f'attachment; filename="history-{today}.csv"'
    row = exported(response)[0]
    assert row["person"] == "'=HYPERLINK(1)"
    assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())


def test_json_lines_carry_everything_a_hash_needs(staff, auditor, client):
    filled(staff, 2)
    client.force_login(auditor)
    response = client.get(reverse("history_export"), {"format": "jsonl"})
    lines = [json.loads(line) for line in b"".join(response).decode().splitlines()]
    assert [line["sequence"] for line in lines] == [2, 1]
    assert lines[0]["previous_hash"] == lines[1]["hash"]
    assert lines[0]["actor_id"] == staff.pk


def test_an_export_is_recorded_with_its_filters_and_does_not_hold_itself(staff, auditor, client):
    filled(staff, 2)
    client.force_login(auditor)
    rows = exported(client.get(reverse("history_export"), {"format": "csv", "actor": "sam"}))
    assert [row["sequence"] for row in rows] == ["2", "1"]
    line = AuditRecord.objects.order_by("-sequence").first()
    assert (line.action, line.actor_name) == ("audit.exported", "Otto (otto)")
    assert line.data == {"format": "csv", "filters": "actor=sam"}
    assert not exported(client.get(reverse("history_export"), {"action": "audit.", "until": "2000-01-01"}))


def test_another_format_is_not_found_and_not_recorded(auditor, client):
    client.force_login(auditor)
    assert client.get(reverse("history_export"), {"format": "xlsx"}).status_code == 404
    assert not AuditRecord.objects.exists()


def test_only_an_auditor_sees_the_export_as_a_link(staff, manager, client):
    client.force_login(manager)
    words = words_of(client.get(reverse("history")))
    assert "Export CSV" not in words
    assert "You cannot export. Only an auditor can." in words


def test_the_dates_are_whole_days_in_utc(staff, manager, client):
    filled(staff, 1)
    today = timezone.now().date()
    client.force_login(manager)
    for since, until, number in (
        (today, today, 1),
        (today + timedelta(days=1), "", 0),
        ("", today - timedelta(days=1), 0),
    ):
        assert len(sequences(client.get(reverse("history"), {"since": since, "until": until}))) == number
