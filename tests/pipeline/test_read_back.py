"""A call that answers as if done and did nothing is not believed: the read-back of its own step decides."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows import approved, drive, states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_waiting")]
# The step, the write, and the success that is documented for it.
WRITES = [
    ("remove_roles", "POST", "/authorization/subjects/.*/bulkremove$", 204, None),
    ("leave_groups", "DELETE", "/groups/", 202, {}),
    ("leave_groups", "DELETE", "/teams/", 204, None),
    ("clear_skills", "", "/routingskills/", 200, {"entities": []}),  # all at once, and one by one
    ("clear_skills", "DELETE", "/routinglanguages/", 204, None),
    ("release_phones", "DELETE", "/edges/phones/", 204, None),
    ("stop_forwarding", "PATCH", "/callforwarding$", 200, {"enabled": False, "calls": [], "voicemail": "NONE"}),
    ("leave_workforce", "POST", "/workforcemanagement/agents$", 202, {"results": []}),
]


@pytest.mark.parametrize(("key", "method", "path", "status", "body"), WRITES)
def test_a_success_that_did_nothing_is_not_believed(
    sandbox: Any, staff: Any, approver: Any, holder: str, key: str, method: str, path: str, status: int, body: Any
) -> None:
    run = approved(staff, approver, holder)
    (fault,) = sandbox.faults({"method": method, "path": path, "status": status, "body": body, "times": None})
    drive(run)
    assert (run.state, run.error_code, states(run)[key]) == ("failed", "not_confirmed", "failed")
    assert "Genesys still shows" in run.problem
    assert next(each["hits"] for each in sandbox.faults() if each["id"] == fault["id"])
    assert sandbox.state(holder)["state"] == "inactive"
