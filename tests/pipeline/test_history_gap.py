"""Conversations that Genesys announces and never sends: an approver decides, and nothing claims a whole history."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from offboarding.access import may_accept_gap
from offboarding.actions.errors import Refused
from offboarding.actions.gaps import accept_gap
from offboarding.actions.run_control import retry_run
from offboarding.archives import recount
from offboarding.archives.storage import absolute
from offboarding.audit.chain import check_chain
from offboarding.models import AcceptedGap, Archive, AuditRecord, Run
from offboarding.models.run import GAP
from tests.flows import approved, drive, states

pytestmark = pytest.mark.django_db
QUERY = r"/conversations/details/query$"


@pytest.fixture(autouse=True)
def minutes_are_short(monkeypatch: Any) -> None:
    monkeypatch.setattr(recount, "APART", recount.APART * 0)


def first_window_lacks(sandbox: Any, run: Run, announced: int) -> None:
    """From now on the first window is announced with so many conversations and sent without any."""
    sandbox.clear_faults()
    day = run.plan.document["archive"]["from"][:10]
    answer = {"status": 200, "body": {"totalHits": announced}, "times": None}
    sandbox.faults({"path": QUERY, "match_body": re.escape(day), **answer})


@pytest.fixture
def short(sandbox: Any, staff: Any, approver: Any) -> Run:
    """A run that failed because its first window lacks three conversations."""
    run = approved(staff, approver, sandbox.person("holds everything")["id"])
    first_window_lacks(sandbox, run, 3)
    return drive(run)


def as_shown(run: Run) -> dict[str, Any]:
    gap = run.gap
    assert gap
    return {
        "request_id": run.request_id,
        "window": gap["window"],
        "lacks": gap["lacks"],
        "reason": "Lost in a migration",
    }


def test_a_gap_stops_the_run_with_its_window_and_numbers(sandbox, short):
    assert (short.state, short.error_code) == ("failed", GAP)
    day = short.plan.document["archive"]["from"]
    assert short.gap["window"].startswith(day[:10])
    assert (short.gap["announced"], short.gap["sent"], short.gap["lacks"]) == (3, 0, 3)
    assert short.gap["label"] in short.problem
    assert "approver" in short.remedy
    assert short.document["compliance"]["historyArchived"] is False
    assert states(short)["delete_person"] == "pending"


def test_an_accepted_gap_lets_the_run_end_and_the_history_never_counts_as_archived(sandbox, short, approver):
    accept_gap(approver, **as_shown(short))
    run = drive(short)
    assert run.state == "completed", (run.problem, run.remedy)
    archive = Archive.objects.get(request=run.request)
    gap = archive.manifest["gaps"]
    start, end = (datetime.fromisoformat(moment) for moment in as_shown_window(run))
    assert [(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])) for one in gap] == [(start, end)]
    assert archive.count > 0
    assert run.document["compliance"]["historyArchived"] is False
    assert run.document["archive"]["gaps"] == gap
    assert "are missing, as was accepted" in run.steps.get(key="archive_history").sentence
    assert json.loads(absolute(archive.path).with_name("manifest.json").read_text())["gaps"] == gap
    assert check_chain().ok


def as_shown_window(run: Run) -> list[str]:
    line = AuditRecord.objects.get(action="gap.accepted")
    assert line.data["reason"] == "Lost in a migration"
    return str(line.data["window"]).split("/")


def test_only_so_much_may_be_missing_as_was_accepted(sandbox, short, approver):
    accept_gap(approver, **as_shown(short))
    first_window_lacks(sandbox, short, 4)
    run = drive(short)
    assert (run.state, run.error_code, run.gap["lacks"]) == ("failed", GAP, 4)
    accept_gap(approver, **as_shown(run))
    assert drive(run).state == "completed"


def test_what_comes_after_all_is_archived_though_it_was_accepted_as_missing(sandbox, short, approver):
    accept_gap(approver, **as_shown(short))
    sandbox.clear_faults()
    run = drive(short)
    assert run.state == "completed"
    assert Archive.objects.get(request=run.request).manifest["gaps"] == []
    assert run.document["compliance"]["historyArchived"] is True


def test_retry_reads_the_window_again_and_finds_the_same_gap_at_once(sandbox, short, approver):
    retry_run(approver, request_id=short.request_id)
    short.refresh_from_db()
    assert short.gap is None
    run = drive(short)
    assert (run.state, run.error_code) == ("failed", GAP)


# ---------------------------------------------------------------- who may accept what


def test_a_total_that_announced_too_many_is_a_gap_until_it_settles(sandbox, staff, approver):
    """Totals are approximate. Announced and not sent is never taken for complete; exact again, the archive is whole."""
    person = sandbox.person("plain agent")["id"]
    run = approved(staff, approver, person)
    sandbox.options(totals_off=2)
    run = drive(run)
    assert (run.state, run.error_code, run.gap and run.gap["lacks"]) == ("failed", GAP, 2)
    assert sandbox.state(person)["state"] == "inactive"
    sandbox.options(totals_off=0)
    retry_run(approver, request_id=run.request_id)
    run = drive(run)
    assert (run.state, run.problem) == ("completed", "")
    archive = Archive.objects.get(request=run.request)
    assert (archive.count, archive.manifest["gaps"]) == (sandbox.state(person)["conversations"], [])


def test_only_another_approver_may_accept_it(short, staff, admin, approver, make_actor):
    assert may_accept_gap(approver, short.request)
    for actor in (staff, admin):
        assert not may_accept_gap(actor, short.request)
        with pytest.raises(Refused):
            accept_gap(actor, **as_shown(short))
    approver_too = make_actor("both", "staff", "approver")
    short.request.requested_by = approver_too
    assert "somebody else" in may_accept_gap(approver_too, short.request).why
    assert AuditRecord.objects.filter(action="decision.refused").count() == 2
    assert not AcceptedGap.objects.exists()


@pytest.mark.parametrize("changed", [{"lacks": 2}, {"window": "2025-01-01T00:00:00.000Z/2025-02-01T00:00:00.000Z"}])
def test_a_gap_that_is_not_the_one_shown_is_refused(short, approver, changed):
    with pytest.raises(Refused, match="not the one you saw"):
        accept_gap(approver, **as_shown(short) | changed)
    assert not AcceptedGap.objects.exists()


def test_without_a_reason_it_is_refused(short, approver):
    with pytest.raises(Refused, match="No reason"):
        accept_gap(approver, **as_shown(short) | {"reason": " "})


def test_a_gap_is_accepted_once_and_only_while_the_run_waits_for_it(short, approver):
    shown = as_shown(short)
    accept_gap(approver, **shown)
    with pytest.raises(Refused, match="no gap"):
        accept_gap(approver, **shown)
    assert AcceptedGap.objects.count() == 1


def test_the_database_refuses_the_requesters_own_hand(short, approver):
    accept_gap(approver, **as_shown(short))
    row = AcceptedGap.objects.get()
    row.accepted_by = row.requested_by
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


# ---------------------------------------------------------------- the page


def test_the_page_names_the_gap_and_its_button_accepts_exactly_that(short, approver, client):
    client.force_login(approver)
    page = client.get(reverse("request", args=[short.request_id])).content.decode()
    assert "Accept that 3 conversations will be missing" in page
    assert "announced 3 and sent 0" in page
    fields = {name: value for name, value in as_shown(short).items() if name != "request_id"}
    for value in (fields["window"], "3"):
        assert f'value="{value}"' in page
    address = reverse("request_accept_gap", args=[short.request_id])
    assert client.post(address, {**fields, "reason": ""}).status_code == 400
    assert client.post(address, {**fields, "lacks": 9}).status_code == 409
    assert client.post(address, fields).status_code == 302
    page = client.get(reverse("request", args=[drive(short).request_id])).content.decode()
    assert "with an accepted gap: not the whole history" in page


def test_others_read_why_they_cannot_accept_it(short, staff, client):
    client.force_login(staff)
    page = client.get(reverse("request", args=[short.request_id])).content.decode()
    assert "You cannot accept the gap" in page


def test_a_run_that_failed_for_something_else_offers_no_gap(sandbox, staff, approver, client):
    run = approved(staff, approver, sandbox.person("holds everything")["id"])
    sandbox.remove_permissions("routing:queueMember:manage", "routing:queue:edit")
    run = drive(run)
    client.force_login(approver)
    assert "accept" not in client.get(reverse("request", args=[run.request_id])).content.decode().lower()
