"""Groups that are not told at the read-back are not left: an answer without them is not one without any."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.actions.run_control import retry_run
from tests.flows import approved, at_the_first, drive, states

pytestmark = pytest.mark.django_db


def test_groups_that_are_not_told_after_leaving_are_not_called_left(
    sandbox: Any, staff: Any, approver: Any, holder: str
) -> None:
    """`groups` comes by `expand`, best effort; nothing of what was asked for had an effect."""
    run = approved(staff, approver, holder)
    held = sandbox.state(holder)["groups"]
    sandbox.faults({"method": "DELETE", "path": "/groups/", "status": 202, "body": {}, "times": None})
    untold = {"method": "GET", "path": f"^/api/v2/users/{holder}$", "remove": ["groups"], "times": None}
    drive(run, heard=at_the_first("DELETE", "/groups/", lambda: sandbox.faults(untold)))
    assert (run.state, run.error_code, states(run)["leave_groups"]) == ("failed", "groups_unknown", "failed")
    assert sandbox.state(holder)["groups"] == held
    sandbox.clear_faults()
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed", run.problem
    assert not sandbox.state(holder)["groups"]
