"""The only import of django_q: wakes the worker. A lost, doubled or late wake-up is harmless by design.

Called inside a transaction, the wake-up is a row of the same database and commits or vanishes with it.
"""

from __future__ import annotations

from django_q.tasks import async_task


def wake_planner(request_id: int) -> None:
    """Ask a worker to read the holdings and store the plan of a request."""
    async_task("offboarding.tasks.plan", request_id)


def wake_runner(run_id: int) -> None:
    """Ask a worker to drive a run."""
    async_task("offboarding.tasks.drive", run_id)


def wake_deliveries() -> None:
    """Ask a worker to send what is due in the outbox."""
    async_task("offboarding.tasks.deliver")
