"""Somebody signs in exactly while their tokens are being deleted: that token has to go, too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows import approved, at_the_first, drive, once, states

pytestmark = pytest.mark.django_db


def test_a_token_issued_while_the_tokens_are_deleted_is_deleted_too(
    sandbox: Any, staff: Any, approver: Any, agent: str
) -> None:
    def sign_in() -> None:
        """Somebody lets them in for a moment: the state reads the same before and after."""
        sandbox.change(agent, state="active")
        sandbox.login(agent)
        sandbox.change(agent, state="inactive")

    run = approved(staff, approver, agent)
    once(run, heard=at_the_first("DELETE", "/api/v2/tokens/", sign_in))
    assert (run.state, states(run)["revoke_sessions"]) == ("parked", "waiting")
    assert sandbox.state(agent)["sessions"] == 1
    assert drive(run).state == "completed", run.problem
    deleted = sandbox.calls(method="DELETE", path="^/api/v2/tokens/")
    assert len(deleted) == 3, "and once more, because the date of the state tells that the account was active"
    sign_out = run.steps.get(key="revoke_sessions")
    assert sign_out.evidence["last_token_issued"] == sandbox.state(agent)["last_token"]
    assert sandbox.state(agent)["sessions"] == 0
