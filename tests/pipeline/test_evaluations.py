"""Evaluations that are still to be scored: handed over, or nobody leaves before they are, as the org's policy says."""

from __future__ import annotations

import pytest

from offboarding.audit.record import sentence_of
from offboarding.models import AuditRecord
from tests.flows import approved, drive, request_for, states

pytestmark = pytest.mark.django_db
RULE = "DEPROVISION_PENDING_EVALUATIONS=refuse forbids"
EVALUATIONS = "/quality/evaluations/query"


@pytest.fixture
def refuse(settings):
    settings.DEPROVISION_PENDING_EVALUATIONS = "refuse"


@pytest.fixture
def scored(sandbox):
    """Somebody of whom an evaluation is pending."""
    return sandbox.person("holds everything")["id"]


def test_they_are_handed_over_unless_the_policy_refuses(sandbox, staff, scored):
    request = request_for(staff, scored)
    assert request.state == "awaiting_decision"
    assert any("still to be scored" in line for line in request.plans.get().document["hand_over"])


@pytest.mark.usefixtures("refuse")
def test_the_policy_refuses_to_plan_and_names_itself(sandbox, staff, scored):
    request = request_for(staff, scored)
    assert request.state == "plan_failed"
    assert f"by or of {request.person_name} are still to be scored. {RULE}" in request.problem
    assert "quality management" in request.remedy
    told = sentence_of(AuditRecord.objects.get(action="plan.failed"))
    assert told == f"No plan could be made for {request.person_name}: {request.problem}"


@pytest.mark.usefixtures("refuse")
def test_what_may_not_be_seen_is_not_taken_for_none(sandbox, staff, holder):
    sandbox.faults({"path": EVALUATIONS, "times": None, "status": 403, "code": "missing.permissions"})
    request = request_for(staff, holder)
    assert request.state == "plan_failed"
    assert "cannot see whether evaluations" in request.problem and "quality:evaluation:view" in request.remedy


@pytest.mark.usefixtures("refuse")
def test_nobody_without_any_is_held_up(sandbox, staff, approver):
    assert drive(approved(staff, approver, sandbox.person("plain agent")["id"])).state == "completed"


def test_one_that_comes_after_the_approval_stops_the_run_before_anything_is_written(
    sandbox, staff, approver, scored, settings
):
    run = approved(staff, approver, scored)
    settings.DEPROVISION_PENDING_EVALUATIONS = "refuse"
    drive(run)
    assert (run.state, run.error_code) == ("failed", "pending_evaluations")
    assert RULE in run.problem
    assert states(run)["suspend_sign_in"] == "pending"
    assert sandbox.state(scored)["state"] == "active"


def test_under_the_other_policy_nobody_asks_for_them_when_the_run_starts(sandbox, staff, approver, holder):
    run = approved(staff, approver, holder)
    before = len(sandbox.calls(path=EVALUATIONS))
    drive(run)
    assert len(sandbox.calls(path=EVALUATIONS)) == before
