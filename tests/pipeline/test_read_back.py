"""A call that answers as if done and did nothing is not believed: the read-back of its own step decides."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows import approved, drive, states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_waiting")]
DESK = "5a000000-0000-4000-8000-000000000001"  # a station of its own: that of a WebRTC phone ends with the phone
# The step, the write, and the success that is documented for it.
WRITES = [
    ("leave_queues", "DELETE", "/routing/queues/.*/members/", 204, None),
    ("remove_roles", "POST", "/authorization/subjects/.*/bulkremove$", 204, None),
    ("leave_groups", "DELETE", "/groups/", 202, {}),
    ("leave_groups", "DELETE", "/teams/", 204, None),
    ("clear_skills", "", "/routingskills/", 200, {"entities": []}),  # all at once, and one by one
    ("clear_skills", "DELETE", "/routinglanguages/", 204, None),
    ("clear_skills", "DELETE", "/utilization$", 200, None),
    ("release_phones", "DELETE", "/edges/phones/", 204, None),
    ("release_phones", "DELETE", "/station/associatedstation$", 202, None),
    ("release_phones", "DELETE", "/station/defaultstation$", 202, None),
    ("release_phones", "PATCH", "/users/[^/]+$", 200, {"id": "p", "name": "P", "state": "inactive"}),
    ("stop_forwarding", "PATCH", "/callforwarding$", 200, {"enabled": False, "calls": [], "voicemail": "NONE"}),
    ("stop_forwarding", "DELETE", "/directroutingbackup/settings$", 204, None),
    ("leave_workforce", "POST", "/workforcemanagement/agents$", 202, {"results": []}),
]


@pytest.mark.parametrize(("key", "method", "path", "status", "body"), WRITES)
def test_a_success_that_did_nothing_is_not_believed(
    sandbox: Any, staff: Any, approver: Any, holder: str, key: str, method: str, path: str, status: int, body: Any
) -> None:
    sandbox.change(holder, station=DESK, default_station=DESK)
    run = approved(staff, approver, holder)
    (fault,) = sandbox.faults({"method": method, "path": path, "status": status, "body": body, "times": None})
    drive(run)
    assert (run.state, run.error_code, states(run)[key]) == ("failed", "not_confirmed", "failed")
    assert "Genesys still shows" in run.problem
    assert next(each["hits"] for each in sandbox.faults() if each["id"] == fault["id"])
    assert sandbox.state(holder)["state"] == "inactive"


def test_a_queue_that_the_person_is_not_activated_in_is_read_back_too(sandbox: Any, staff: Any, approver: Any) -> None:
    """Genesys lists it with joined=false alone."""
    person = sandbox.person("not joined to some queues")["id"]
    queue = sandbox.state(person)["unjoined"][0]
    run = approved(staff, approver, person)
    sandbox.faults({"method": "DELETE", "path": f"/queues/{queue}/members/", "status": 204, "times": None})
    drive(run)
    assert (run.state, run.error_code, states(run)["leave_queues"]) == ("failed", "not_confirmed", "failed")
    assert sandbox.state(person)["queues"] == [queue]
