"""A plan that cannot be made: the request says why and what to do, and nothing is planned from half an answer."""

from __future__ import annotations

import pytest

from tests.flows import request_for

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


def test_a_rate_limit_while_planning_says_that_somebody_has_to_ask_again(sandbox, staff, agent):
    """No run goes on by itself here: the remedy must not say so."""
    sandbox.faults({"path": "/edges/phones", "status": 429, "headers": {"Retry-After": "42"}})
    request = request_for(staff, agent)
    assert request.state == "plan_failed"
    assert request.remedy.startswith("Have the plan read again once Genesys Cloud answers;")


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
