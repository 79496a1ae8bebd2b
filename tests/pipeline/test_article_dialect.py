"""The article's endpoints and order, against a host that speaks them: every feature works, and flags are true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from offboarding.genesys import connect
from offboarding.sandbox.testing import SandboxThread
from tests.flows import approved, drive, states
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["all", "one"])
def host(request: Any, settings: Any) -> Iterator[SandboxThread]:
    """One DELETE of the article's queue route empties all queues, or only one: it names none."""
    with SandboxThread(people=40, conversations=130, article=True, article_queue_delete=request.param) as org:
        connect.forget()
        settings.GENESYS_API_STYLE = "article"
        settings.GENESYS_DOMAIN = org.url
        yield org
    connect.forget()


def sign_out_is_only_accepted(run, staff, client):
    """Nothing of the article shows tokens or sessions: neither page nor document calls the sign-out seen."""
    assert states(run)["revoke_sessions"] == "sent"
    told = next(step for step in run.document["steps"] if step["step"] == "revoke_sessions")
    assert told["outcome"] == "sent" and "cannot show sessions" in told["sentence"]
    assert run.document["actions"]["sessionsRevoked"] is run.document["compliance"]["sessionsRevoked"] is False
    client.force_login(staff)
    words = words_of(client.get(reverse("request", args=[run.request_id])))
    assert "Access cut Accepted, not seen" in words
    assert "Sent, cannot be seen" in words
    assert "no session was seen after the sign-out" not in words


def test_a_person_is_taken_out_in_the_articles_order(host, staff, approver, client):
    person = host.person("holds everything")["id"]
    run = drive(approved(staff, approver, person))
    assert run.state == "completed", (run.problem, run.remedy)
    left = host.state(person)
    assert (left["state"], left["queues"], left["grants"]) == ("deleted", [], [])
    assert run.document["actions"]["archiveCount"] == left["conversations"]
    assert run.document["status"] == "COMPLETED"
    sign_out_is_only_accepted(run, staff, client)
    paths = [f"{call['method']} {call['path']}" for call in host.calls() if call["method"] != "GET"]
    order = [
        next(i for i, path in enumerate(paths) if part in path)
        for part in ("/queue/users/", "/identity/users/", "/sessions/revoke", "DELETE /scim/v2/Users/")
    ]
    assert order == sorted(order)


def test_what_was_said_until_the_sign_out_is_archived(host, staff, approver):
    """The article archives before it signs out: what is said in between is read in a second pass."""
    person = host.person("plain agent")["id"]
    run = approved(staff, approver, person)
    said: list[bool] = []

    def work_on(run: Any) -> None:
        if states(run).get("archive_history") == "observed" and not said:
            said.append(True)
            host.change(person, conversations=host.state(person)["conversations"] + 40)

    drive(run, slice_seconds=0, between=work_on, most=200)
    assert run.state == "completed", run.problem
    assert run.document["actions"]["archiveCount"] == host.state(person)["conversations"]


def test_the_dialect_is_refused_on_genesys_own_hosts(settings):
    from django.core.exceptions import ImproperlyConfigured

    settings.GENESYS_API_STYLE = "article"
    settings.GENESYS_DOMAIN = "https://api.mypurecloud.de"
    with pytest.raises(ImproperlyConfigured, match="article"):
        connect.client_for_worker()
