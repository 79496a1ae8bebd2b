"""What depends on a run's time slice: the queue must not take a worker for hung that only does what it may."""

from __future__ import annotations

import pytest
from django.conf import settings

from offboarding.actions.lease import LEASE
from offboarding.genesys.connect import PAGE_LIMITS, WORKER_LIMITS, WORKER_WAIT
from offboarding.models import Archive
from offboarding.pipeline.registry import steps
from offboarding.pipeline.runner import SLICE
from tests.flows import approved, drive


def test_the_longest_slice_ends_before_the_queue_kills_its_worker():
    """Slice, the longest item beyond it, and one call that hangs as long as a call may."""
    longest = max(step.longest_item for step in steps().values())
    assert SLICE + longest + WORKER_LIMITS.total < settings.Q_CLUSTER["timeout"] < settings.Q_CLUSTER["retry"]


def test_a_lease_outlasts_a_slice_and_the_longest_call_in_it():
    """It is renewed at every step and item: between two renewals one call may wait, fetch a token, and hang."""
    assert SLICE <= 10
    assert LEASE.total_seconds() > WORKER_LIMITS.total + WORKER_WAIT + PAGE_LIMITS.total


@pytest.mark.django_db
def test_an_archive_gives_its_worker_back_between_two_windows(sandbox, staff, approver):
    """A cut of access must not wait behind a year of history: its long item is for a window under way, not for all."""
    person = sandbox.person("plain agent")["id"]
    run = drive(approved(staff, approver, person), slice_seconds=0, most=60)
    assert run.state == "completed", run.problem
    step = run.steps.get(key="archive_history")
    assert step.attempt > 4, "a slice of no time is a window or two, of twelve"
    archive = Archive.objects.get(request=run.request)
    assert archive.count == sandbox.state(person)["conversations"]
    queries = sandbox.calls(method="POST", path="/details/query$")
    intervals = [call["body"]["interval"] for call in queries if call["body"]["paging"]["pageSize"] == 100]
    assert len(intervals) == len(set(intervals)), "no window is read twice for it"
