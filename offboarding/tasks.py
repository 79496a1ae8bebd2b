"""What the queue calls: entry points of a few lines. Arguments are numbers only; nothing is returned."""

from __future__ import annotations

from offboarding import queue
from offboarding.connection import look_at_start
from offboarding.genesys.connect import client_for_worker
from offboarding.pipeline import planner, runner
from offboarding.webhooks.delivery import deliver_due


def look() -> None:
    """See what the connection to Genesys Cloud lets us do, for the page that tells it."""
    look_at_start(client_for_worker())


def plan(request_id: int) -> None:
    """Read the holdings of a request and store its plan."""
    planner.plan_request(request_id, client_for_worker())


def drive(run_id: int) -> None:
    """Take a run as far as one time slice allows."""
    runner.drive(run_id, lambda count: client_for_worker(on_call=count))


def deliver() -> None:
    """Send one message that is due; the bell for the next one waits behind whatever was rung for meanwhile."""
    if queue.is_ending():
        return
    done = deliver_due(limit=1)
    if done.tried and done.left:
        queue.wake_deliveries()
