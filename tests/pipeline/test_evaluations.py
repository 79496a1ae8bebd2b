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


NOT_LISTED = "Genesys Cloud lists none of those that are never to be released"


@pytest.fixture
def only_of_the_deleted(sandbox, scored):
    """The one whom they still have to score left earlier, and nobody has to score them."""
    (agent,) = [each["id"] for each in sandbox.people() if scores(sandbox, each["id"], scored)]
    sandbox.change(scored, evaluations=[])
    sandbox.change(agent, state="deleted")


def scores(sandbox, agent, evaluator):
    return any(each["evaluator"] == evaluator for each in sandbox.state(agent)["evaluations"])


@pytest.mark.usefixtures("only_of_the_deleted")
def test_somebody_who_left_earlier_has_to_be_scored_too(sandbox, staff, scored):
    request = request_for(staff, scored)
    assert "1 evaluation to be scored by them" in request.plans.get().document["hand_over"]


@pytest.mark.usefixtures("only_of_the_deleted", "refuse")
def test_the_policy_refuses_for_somebody_who_left_earlier_too(sandbox, staff, scored):
    request = request_for(staff, scored)
    assert (request.state, RULE in request.problem) == ("plan_failed", True)


def test_what_genesys_does_not_list_is_said_with_what_it_does(sandbox, staff, scored):
    """By the agent alone, what is never to be released is left out: nobody may take the number for all."""
    (told,) = [line for line in request_for(staff, scored).plans.get().document["hand_over"] if "of them still" in line]
    assert NOT_LISTED in told


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
