"""What goes wrong at the deletion: it is sent once, for who was looked at, and called done when it was read back."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from django.urls import reverse

from offboarding.actions.holds import place_hold
from offboarding.actions.protections import make_rule
from offboarding.genesys import connect
from offboarding.models import Run
from tests.flows import approved, at_the_first, deletes, drive, once
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db
DELETE = r"^/api/v2/scim/v2/users/"
STALE = {
    "status": 400,
    "body": {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "400",
        "scimType": "invalidVers",
        "detail": "Version does not match current version.",
    },
}


def test_404_on_delete_is_done_only_when_the_deletion_is_read_back(sandbox, staff, approver, agent, client):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "status": 404, "times": None})
    once(run)
    assert (run.state, run.steps.get(key="delete_person").outcome) == ("parked", "not_confirmed")
    client.force_login(approver)
    assert "Delete through SCIM Not confirmed" in words_of(client.get(reverse("request", args=[run.request_id])))
    Run.objects.update(not_before=None)
    drive(run)
    assert run.document["steps"][-2]["outcome"] == "not_confirmed"
    assert run.state == "failed"
    assert "not confirmed" in run.problem
    assert run.deleted_at is None
    assert sandbox.state(agent)["state"] == "inactive"


def test_a_deletion_whose_answer_was_lost_is_read_back_not_repeated(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "close": True, "perform": True})
    assert drive(run).state == "completed"
    assert len(deletes(sandbox)) == 1


def test_somebody_else_deleting_first_is_seen_and_said(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "status": 404, "perform": True})
    assert drive(run).state == "completed"


def test_a_moved_etag_leads_back_to_a_fresh_read(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "times": 2, **STALE})
    assert drive(run).state == "completed"
    assert len(deletes(sandbox)) == 3


def test_a_protection_met_after_a_stale_etag_is_named_and_nothing_called_sent(sandbox, staff, approver, admin, agent):
    """The refused deletion is known not to have been done, so that what forbids it since is no half-shown person."""
    make_rule(admin, org_id=connect.org().id, kind="group", value="Book Club", reason="Works council")
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, **STALE})
    joins = at_the_first(
        "DELETE", "/scim/", lambda: sandbox.change(agent, groups=[sandbox.name_id("group", "Book Club")])
    )
    drive(run, heard=joins)
    assert (run.state, run.error_code, deletes(sandbox)) == ("failed", "protected", [400])
    assert "Works council" in run.problem
    assert run.steps.get(key="delete_person").evidence["sent"] is False


def test_a_missing_permission_for_the_deletion_is_no_sending(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "status": 403, "code": "missing.permissions"})
    drive(run)
    assert (run.state, run.steps.get(key="delete_person").evidence["sent"]) == ("failed", False)


def test_the_deletion_carries_the_etag_of_the_last_look(sandbox, staff, approver, agent, monkeypatch):
    """A queue that somebody gives back after that look is left before the deletion: the ETag was stale by then."""
    run = approved(staff, approver, agent)
    queue = next(a["id"] for a in run.plan.document["actions"] if a["kind"] == "queue" and a["ended_by"] == "step")
    send, given_back = requests.Session.send, []

    def give_back_once(session: requests.Session, call: requests.PreparedRequest, **options: Any) -> requests.Response:
        if call.method == "DELETE" and "/scim/" in str(call.url) and not given_back:
            given_back.append(queue)
            sandbox.change(agent, queues=[queue])
        return send(session, call, **options)

    monkeypatch.setattr(requests.Session, "send", give_back_once)
    drive(run)
    run.refresh_from_db()
    assert run.state == "completed", run.problem
    ends = sandbox.calls(method="DELETE", path=f"scim|{queue}/members")
    assert [(c["path"].split("/")[3], c["status"]) for c in ends][-3:] == [
        ("scim", 400),
        ("routing", 204),
        ("scim", 204),
    ]


def test_an_account_that_is_changed_each_time_is_left_to_a_human(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults({"method": "DELETE", "path": DELETE, "times": None, **STALE})
    drive(run)
    assert (run.state, run.error_code) == ("failed", "stale")
    assert len(deletes(sandbox)) == 3
    assert sandbox.state(agent)["state"] == "inactive"


def test_the_foreign_key_conflict_of_the_article_has_its_remedy(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.faults(
        {
            "method": "DELETE",
            "path": DELETE,
            "status": 409,
            "times": None,
            "code": "referential.integrity",
            "message": "The user still has active queue assignments or role memberships.",
        }
    )
    drive(run)
    assert run.state == "failed"
    assert deletes(sandbox)
    assert "queue" in (run.problem + run.remedy).lower()


def test_the_409_rule_is_satisfied_by_a_whole_run(sandbox, staff, approver, agent):
    sandbox.options(referential_rule=True)
    assert drive(approved(staff, approver, agent)).state == "completed"


def test_a_protection_placed_after_the_approval_stops_before_anything(sandbox, staff, approver, admin, agent):
    run = approved(staff, approver, agent)
    place_hold(
        admin,
        org_id=run.request.org_id,
        person_id=agent,
        person_name="x",
        kind="protected",
        reason="Case 12",
    )
    once(run)
    assert run.state == "failed"
    assert "Case 12" in run.problem
    assert sandbox.state(agent)["state"] == "active"


def test_an_approver_who_lost_the_role_stops_the_run(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    approver.groups.clear()
    once(run)
    assert run.state == "failed"
    assert "may not approve" in run.problem


def test_an_approver_who_became_the_person_stops_the_run(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    approver.email = run.request.person_email
    approver.save()
    assert (once(run).state, run.error_code) == ("failed", "approver")


def test_a_deletion_that_was_seen_not_to_be_done_counts_as_sent_no_more(sandbox, staff, approver, agent):
    """So that a later deletion by somebody else is told as theirs."""
    run = approved(staff, approver, agent)
    new = next(q for q in sandbox.org.catalogue.queues if q not in sandbox.state(agent)["member_of_queues"])
    sandbox.faults({"method": "DELETE", "path": DELETE, "close": True})
    assert (once(run).state, run.steps.get(key="delete_person").evidence["sent"]) == ("parked", True)
    sandbox.change(agent, queues=[new])
    assert (drive(run).state, deletes(sandbox)) == ("plan_changed", [0])
    assert run.steps.get(key="delete_person").evidence["sent"] is False


def test_an_account_that_became_somebody_else_is_not_touched(sandbox, staff, approver, agent):
    run = approved(staff, approver, agent)
    sandbox.change(agent, email="new.hire@sandbox.example")
    once(run)
    assert run.state == "failed"
    assert "new.hire@sandbox.example" in run.problem
    assert sandbox.state(agent)["state"] == "active"
