"""Conversations that go on after the sign-out: nothing is settled while one is counted, and what is handed back."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.models import Run
from tests.flows import at_the_first, once, states
from tests.pipeline.test_everything import approved_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def talker(sandbox: Any) -> str:
    return sandbox.person("in a live conversation")["id"]


def waits_in(run: Run) -> str:
    """Why the run waits in the middle of settling, with nothing after it begun."""
    assert (states(run)["settle_conversations"], run.locked_out_at) == ("waiting", None), run.problem
    assert states(run)["leave_queues"] == "pending"
    return str(run.steps.get(key="settle_conversations").problem)


def count(sandbox: Any, person: str, number: int) -> None:
    """The agent status counts so many sessions and lists none."""
    body = {"userId": person, "sessionCount": number}
    sandbox.faults({"path": "/agents/.*/status", "status": 200, "body": body, "times": None})


def test_what_is_counted_and_not_listed_is_not_settled(sandbox, staff, approver, agent):
    run = approved_with(staff, approver, agent, "transfer")
    count(sandbox, agent, 2)
    told = waits_in(once(run))
    assert "still in 2 live conversations" in told
    assert "2 are counted and not listed" in told


def test_what_is_still_counted_after_a_hand_back_is_not_settled(sandbox, staff, approver, talker):
    run = approved_with(staff, approver, talker, "transfer")
    heard = at_the_first("POST", "/replace/queue", lambda: count(sandbox, talker, 1))
    assert "1 is counted and not listed" in waits_in(once(run, heard=heard))
    assert sandbox.state(talker)["transferred"]
