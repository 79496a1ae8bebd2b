"""What depends on a run's time slice: the queue must not take a worker for hung that only does what it may."""

from __future__ import annotations

from django.conf import settings

from offboarding.actions.lease import LEASE
from offboarding.genesys.connect import WORKER_LIMITS
from offboarding.pipeline.registry import steps
from offboarding.pipeline.runner import SLICE


def test_the_longest_slice_ends_before_the_queue_kills_its_worker():
    """Slice, the longest item beyond it, and one call that hangs as long as a call may."""
    longest = max(step.longest_item for step in steps().values())
    assert SLICE + longest + WORKER_LIMITS.total < settings.Q_CLUSTER["timeout"] < settings.Q_CLUSTER["retry"]


def test_a_lease_outlasts_a_slice_and_the_longest_call_in_it():
    """It is renewed at every step and item, so that between two renewals there is one call that may hang."""
    assert SLICE <= 10
    assert LEASE.total_seconds() >= max(SLICE, WORKER_LIMITS.total)
