"""A plan that cannot be made: the request says why and what to do, and nothing is planned from half an answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from offboarding.actions.plans import read_plan_again
from offboarding.audit.record import sentence_of
from offboarding.genesys import connect
from offboarding.models import AuditRecord, DeprovisionRequest
from offboarding.pipeline import planner
from tests.flows import client, request_for

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"path": "/authorization/subjects/", "status": 403, "code": "missing.permissions"}, "roles"),
        ({"path": "/queues$", "garbage": True}, "queues"),
        ({"path": "/scim/v2/users$", "status": 500, "times": None}, "scim"),
    ],
)
def test_no_plan_is_made_from_what_could_not_be_read(sandbox, staff, agent, fault, words):
    sandbox.faults(fault)
    request = request_for(staff, agent)
    assert request.state == "plan_failed"
    assert words in request.problem
    assert request.remedy
    assert not request.plans.exists()


def test_a_group_whose_rule_we_may_not_see_is_planned_with_a_warning(sandbox, staff, agent):
    """No permission is declared for that read, so that a refusal may not keep everybody in the org."""
    sandbox.faults({"path": "/dynamicsettings$", "status": 403, "code": "missing.permissions", "times": None})
    request = request_for(staff, agent)
    assert request.state == "awaiting_decision"
    (plan,) = request.plans.all()
    assert any("It could not be seen whether a rule puts people into" in each for each in plan.document["warnings"])


LIMITED = {"path": "/edges/phones", "status": 429, "headers": {"Retry-After": "42"}}


def test_a_rate_limit_puts_the_plan_off_until_genesys_answers_again(sandbox, staff, agent):
    sandbox.faults(LIMITED)
    request = request_for(staff, agent)
    assert (request.state, request.remedy) == ("planning", planner.AGAIN_BY_ITSELF)
    assert timedelta(seconds=30) < request.plan_after - timezone.now() <= timedelta(seconds=43)
    sandbox.clear_calls()
    planner.plan_request(request.pk, client())
    assert not sandbox.calls(), "not before its time"
    again(request)
    assert (request.state, request.problem) == ("awaiting_decision", "")
    told = sentence_of(AuditRecord.objects.get(action="plan.put_off"))
    assert "is read again at" in told
    assert "rate limit" in told


@pytest.mark.parametrize("path", ["/workitems/query", "/quality/evaluations/query", "/voicemail/"])
@pytest.mark.parametrize("trouble", [{"status": 503}, {"close": True}])
def test_duties_that_may_be_read_later_put_the_plan_off_and_leave_no_hole_in_it(sandbox, staff, agent, path, trouble):
    sandbox.faults({"path": path, "times": None, **trouble})
    request = request_for(staff, agent)
    assert (request.state, request.remedy) == ("planning", planner.AGAIN_BY_ITSELF)
    assert not request.plans.exists()
    sandbox.clear_faults()
    connect.forget()
    again(request)
    assert request.state == "awaiting_decision"
    assert not any("Not known" in line for line in request.plans.get().document["hand_over"])


def test_a_plan_that_is_put_off_again_and_again_is_given_to_a_human(sandbox, staff, agent):
    sandbox.faults(LIMITED | {"times": None})
    request = request_for(staff, agent)
    for _ in range(planner.MOST_TRIES - 1):
        assert request.state == "planning"
        again(request)
    assert request.state == "plan_failed"
    assert request.remedy == "That was try 10 in a row. Have the plan read again once Genesys Cloud answers."
    sandbox.clear_faults()
    connect.forget()
    read_plan_again(staff, request_id=request.pk)
    planner.plan_request(request.pk, client())
    request.refresh_from_db()
    assert request.state == "awaiting_decision"


def again(request: DeprovisionRequest) -> None:
    """When the wait is over."""
    connect.forget()
    DeprovisionRequest.objects.filter(pk=request.pk).update(plan_after=timezone.now())
    planner.plan_request(request.pk, client())
    request.refresh_from_db()


def test_a_conversation_with_empty_parts_can_be_planned(sandbox, staff, agent):
    odd = {"conversationId": "c1", "conversationStart": "2026-01-01T00:00:00.000Z", "participants": None}
    half = {**odd, "participants": [{"purpose": "acd", "sessions": None}]}
    sandbox.faults(
        {
            "path": "/conversations/details/query",
            "match_body": '"pageSize": ?8',
            "status": 200,
            "body": {"totalHits": 2, "conversations": [odd, half]},
        }
    )
    assert request_for(staff, agent).state == "awaiting_decision"


def test_a_reading_that_breaks_is_said_and_does_not_plan_for_ever(sandbox, staff, agent, monkeypatch, caplog):
    monkeypatch.setattr("offboarding.people.preview", lambda *_, **__: {}["secret text"])
    request = request_for(staff, agent)
    assert (request.state, "KeyError" in request.problem) == ("plan_failed", True)
    assert "secret" not in request.problem


def test_a_person_unknown_to_scim_is_not_planned(sandbox, staff, agent):
    sandbox.faults(
        {
            "path": "/scim/v2/users$",
            "status": 200,
            "body": {"schemas": [], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []},
        }
    )
    request = request_for(staff, agent)
    assert request.state == "plan_failed"
    assert "SCIM" in request.problem
