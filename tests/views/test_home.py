"""The first page: what waits, runs and needs somebody, the numbers behind the charts, and the health line."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offboarding.actions.heartbeat import beat
from offboarding.audit.chain import verify_chain
from offboarding.genesys.connect import client_for_page
from offboarding.genesys.errors import RetryLater, Unreachable
from offboarding.models import Run
from offboarding.views.home import deprovisions_a_week, health, median_times
from tests import states
from tests.views.conftest import text_of, words_of

pytestmark = pytest.mark.django_db


def home(client, actor):
    client.force_login(actor)
    return client.get(reverse("home"))


def test_what_waits_for_me_has_one_next_step_a_line(staff, approver, client):
    states.awaiting_decision(staff)
    states.plan_changed(staff, approver, number=2)
    states.plan_failed(staff, number=3)
    told = {line["next_step"] for line in home(client, approver).context["waiting"]}
    assert told == {"Decide on the plan", "Decide on what changed"}
    assert [line["next_step"] for line in home(client, staff).context["waiting"]] == ["Read the plan again, or cancel"]


def test_what_needs_attention_says_what_happened_and_what_to_do(staff, approver, manager, client):
    states.failed(staff, approver)
    states.parked(staff, approver, number=2)
    states.plan_failed(staff, number=3)
    words = words_of(home(client, manager))
    for told in (
        "403 from Genesys. Next: Add the permission.",
        "The rate limit was reached. Next: Wait: it goes on by itself.",
        "No answer. Next: Look at the network.",
    ):
        assert told in words


def test_what_needs_attention_is_what_the_tab_of_that_name_counts(staff, approver, manager, client):
    for number, build in enumerate(states.STATES.values(), start=1):
        build(staff, approver, number=number)
    response = home(client, manager)
    attention = {line["asked"].pk for line in response.context["troubled"]}
    resting = {line["asked"].status for line in response.context["resting"]}
    listed = client.get(reverse("requests"), {"group": "attention"}).context["lines"]
    assert attention == {asked.pk for asked in listed}
    assert resting == {"parked", "held"}
    assert "Rests for now" in words_of(response)


def test_the_running_part_is_live_only_while_something_runs(staff, approver, manager, client):
    still = home(client, manager)
    assert 'hx-trigger="every' not in text_of(still)
    states.running(staff, approver)
    response = home(client, manager)
    assert "Leave queues" in words_of(response)
    assert 'hx-trigger="every 2s"' in text_of(response)
    part = client.get(reverse("home"), {"part": "running"}, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in text_of(part)
    Run.objects.update(state="stopped")
    assert client.get(reverse("home"), {"part": "running"}, headers={"HX-Request": "true"}).status_code == 286


def test_an_account_without_a_role_learns_whom_to_ask(make_actor, staff, client):
    states.planning(staff)
    words = words_of(home(client, make_actor("new")))
    assert "Your account has no role yet." in words
    assert "Zoë" not in words


def test_a_longer_list_costs_no_more_queries(staff, approver, manager, client):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("home"))
        return len(queries)

    client.force_login(manager)
    for number, build in enumerate(states.STATES.values(), start=1):
        build(staff, approver, number=number)
    few = cost()
    for number in range(20, 24):
        states.running(staff, approver, number=number)
        states.failed(staff, approver, number=number + 10)
    assert cost() == few


def test_weeks_begin_on_monday_and_an_empty_week_is_there(staff, approver):
    run = states.completed(staff, approver).run
    wednesday = datetime(2026, 11, 25, 12, tzinfo=UTC)
    Run.objects.filter(pk=run.pk).update(deleted_at=datetime(2026, 11, 22, 23, 59, tzinfo=UTC))
    weeks = deprovisions_a_week(wednesday)
    assert len(weeks) == 12
    assert weeks[-2:] == [("16 Nov", 1), ("23 Nov", 0)]
    assert sum(count for _, count in weeks) == 1


def test_the_medians_are_from_approval_to_lock_out_and_to_the_end(staff, approver):
    now = timezone.now()
    assert median_times(now) == {"lock_out": None, "done": None, "runs": 0}
    for number, (cut, end) in enumerate([(10, 100), (20, 200), (90, 900)], start=1):
        run = states.completed(staff, approver, number=number).run
        Run.objects.filter(pk=run.pk).update(
            approved_at=now - timedelta(hours=1),
            locked_out_at=now - timedelta(hours=1) + timedelta(seconds=cut),
            ended_at=now - timedelta(hours=1) + timedelta(seconds=end),
        )
    assert median_times(now) == {"lock_out": 20.0, "done": 200.0, "runs": 3}


def test_the_health_line_knows_only_what_was_seen(sandbox):
    now = timezone.now()
    cache.clear()
    assert [item.key for item in health(now)] == ["bad", "unknown", "unknown"]
    beat(name="worker", at=now)
    client_for_page().get_organizations_me()
    verify_chain()
    assert [item.key for item in health(now)] == ["good", "good", "good"]
    late = health(now + timedelta(seconds=31))
    assert (late[0].key, late[0].sentence) == ("bad", "not seen for 31 seconds: start it with manage.py worker")
    assert "not seen for 2\xa0minutes" in health(now + timedelta(minutes=2))[0].sentence


def test_only_who_can_verify_the_trail_is_told_that_nobody_has(make_actor, client):
    for role in ("staff", "approver", "manager", "auditor", "admin"):
        told = "never verified" in words_of(home(client, make_actor(f"a-{role}", role)))
        assert told == (role in ("auditor", "admin")), role
    verify_chain()
    client.force_login(make_actor("another", "staff"))
    assert "Audit trail" in words_of(client.get("/"))


def test_an_old_answer_is_no_good_health(sandbox):
    cache.clear()
    client_for_page().get_organizations_me()
    genesys = health(timezone.now() + timedelta(minutes=10))[1]
    assert (genesys.key, genesys.sentence) == ("unknown", "last answered 10\xa0minutes ago, not asked since")


def test_an_error_of_genesys_own_is_no_good_health(sandbox):
    cache.clear()
    client_for_page().get_organizations_me()
    sandbox.faults({"method": "GET", "path": "/organizations/me", "times": None, "status": 503})
    with pytest.raises(RetryLater):
        client_for_page().get_organizations_me()
    genesys = health(timezone.now())[1]
    told = "gave no usable answer just now; before that it answered just now"
    assert (genesys.key, genesys.sentence) == ("bad", told)


def test_a_login_host_that_is_gone_is_no_good_health(sandbox, settings):
    """Without a token no call leaves, so that no call can fail."""
    cache.clear()
    client_for_page().get_organizations_me()
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        settings.GENESYS_LOGIN_URL = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(Unreachable):
            client_for_page().get_organizations_me()
    assert health(timezone.now())[1].key == "bad"


def test_the_health_line_hears_of_every_call(sandbox, settings):
    cache.clear()
    client_for_page().get_organizations_me()
    assert health(timezone.now())[1].sentence == "answered just now"
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        settings.GENESYS_DOMAIN = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        settings.GENESYS_LOGIN_URL = sandbox.url
        with pytest.raises(Unreachable):
            client_for_page().get_organizations_me()
    assert health(timezone.now())[1].sentence == "gave no usable answer just now; before that it answered just now"
    assert health(timezone.now())[1].key == "bad"
