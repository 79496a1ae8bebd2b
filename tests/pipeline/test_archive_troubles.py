"""What goes wrong while a history is archived: nothing is taken for whole that is not, and nobody is deleted."""

from __future__ import annotations

import errno
from datetime import timedelta

import pytest
from django.utils import timezone

from offboarding.actions.run_control import retry_run
from offboarding.archives import recount
from offboarding.models import Archive
from tests.flows import approved, deletes, drive, once, states

pytestmark = pytest.mark.django_db


def test_a_missing_page_is_never_taken_for_the_end(sandbox, staff, approver, agent, monkeypatch):
    run = approved(staff, approver, agent)
    sandbox.faults({"path": "/conversations/details/query", "drop_page": 1, "times": None})
    once(run)
    assert run.state == "parked"
    assert 280 < (run.not_before - timezone.now()).total_seconds() <= 300
    monkeypatch.setattr(recount, "APART", timedelta(0))
    drive(run)
    assert run.state == "failed"
    assert states(run)["archive_history"] == "failed"
    assert not Archive.objects.exists()
    assert deletes(sandbox) == []
    assert run.document["compliance"]["historyArchived"] is False
    sandbox.clear_faults()
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"


def test_a_conversation_that_analytics_learns_of_late_is_archived(sandbox, staff, approver, settings):
    """The newest are counted again before anything is deleted; access is cut long before."""
    settings.HISTORY_SETTLES_IN = timedelta(minutes=5)
    person = sandbox.person("in a live conversation")["id"]
    late = sandbox.state(person)["live"]
    sandbox.change(person, live=[])
    run = once(approved(staff, approver, person))
    assert (run.state, states(run)["archive_history"]) == ("parked", "waiting")
    assert 280 < (run.not_before - timezone.now()).total_seconds() <= 300
    assert sandbox.state(person)["state"] == "inactive" and run.locked_out_at
    sandbox.change(person, live=late)
    sandbox.post("hang-up", {"person": person})
    settings.HISTORY_SETTLES_IN = timedelta(0)
    assert drive(run).state == "completed"
    assert Archive.objects.get().count == sandbox.state(person)["conversations"] + 1


def test_a_full_disk_stops_before_the_deletion_and_says_so(sandbox, staff, approver, agent, monkeypatch):
    run = approved(staff, approver, agent)
    import os

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        drive(run)
    assert run.state == "failed"
    assert run.error_code == "NoRoom"
    assert deletes(sandbox) == []
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"
