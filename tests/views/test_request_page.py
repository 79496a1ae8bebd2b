"""The page of one request in every state: what it says, what it offers to whom, and how its moving part goes on."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from offboarding.actions import plans, run_control, run_steps, runs
from offboarding.actions.decisions import reject_request
from offboarding.actions.holds import place_hold
from offboarding.actions.requests import close_request
from offboarding.audit.times import utc_words
from offboarding.models import Run, StepRun
from offboarding.plan import Warning
from offboarding.status import STATUSES
from offboarding.steps import PIPELINE
from tests import states
from tests.builders import PERSON, Holding, holdings
from tests.views.conftest import text_of, words_in, words_of

pytestmark = pytest.mark.django_db
MOVING = {"planning", "put_off", "queued", "running", "parked"}
BUTTONS = {
    "approve": "Approve deletion of",
    "reject": "Reject the deletion of",
    "replan": "Read the plan again",
    "cancel": "Cancel the request for",
    "retry": "Retry: go on from here",
    "stop": "Stop before the next step",
    "close": "Close the request for",
}
OFFERED = {
    ("staff", "planning"): {"cancel"},
    ("staff", "put_off"): {"cancel"},
    ("staff", "plan_failed"): {"replan", "cancel"},
    ("staff", "awaiting_decision"): {"replan", "cancel"},
    ("approver", "plan_failed"): {"replan", "cancel"},
    ("approver", "awaiting_decision"): {"approve", "reject", "replan"},
    ("approver", "queued"): {"stop"},
    ("approver", "running"): {"stop"},
    ("approver", "parked"): {"retry", "stop"},
    ("approver", "failed"): {"retry", "close"},
    ("approver", "stopped"): {"retry", "close"},
    ("approver", "plan_changed"): {"approve", "reject", "close"},
    ("approver", "held"): {"close"},
    ("admin", "held"): {"close"},
    ("admin", "plan_failed"): {"cancel"},
    ("admin", "queued"): {"stop"},
    ("admin", "running"): {"stop"},
    ("admin", "parked"): {"retry", "stop"},
    ("admin", "failed"): {"retry", "close"},
    ("admin", "stopped"): {"retry", "close"},
    ("admin", "plan_changed"): {"close"},
}


def page(client, actor, asked):
    client.force_login(actor)
    response = client.get(reverse("request", args=[asked.pk]))
    assert response.status_code == 200
    return response


def fragment(client, actor, asked, seen=""):
    client.force_login(actor)
    query = {"seen": seen} if seen else {}
    return client.get(reverse("request_progress", args=[asked.pk]), query, headers={"HX-Request": "true"})


@pytest.mark.parametrize("name", states.STATES)
def test_the_page_offers_each_role_exactly_what_it_may_do(name, staff, approver, admin, manager, auditor, client):
    asked = states.STATES[name](staff, approver)
    roles = {"staff": staff, "approver": approver, "admin": admin, "manager": manager, "auditor": auditor}
    for role, actor in roles.items():
        words = words_of(page(client, actor, asked))
        offered = {key for key, label in BUTTONS.items() if label in words}
        assert offered == OFFERED.get((role, name), set()), role


@pytest.mark.parametrize("name", states.STATES)
def test_the_moving_part_says_the_same_as_the_page_and_stops_when_nothing_moves(name, staff, approver, client):
    asked = states.STATES[name](staff, approver)
    response = fragment(client, staff, asked)
    moving = name in MOVING
    assert response.status_code == (200 if moving else 286)
    assert ("hx-trigger" in text_of(response)) is moving
    assert STATUSES["request"][name].word in words_of(response)
    assert words_of(response) in words_of(page(client, staff, asked))
    assert "<html" not in text_of(response)


def test_a_button_that_cannot_be_used_says_why(staff, approver, make_actor, client):
    waiting = states.awaiting_decision(staff)
    role = "It takes the role approver; an administrator makes accounts with it."
    assert f"You cannot decide. Only an approver can decide. {role}" in words_of(page(client, staff, waiting))
    both = make_actor("both", "staff", "approver")
    own = states.awaiting_decision(both, number=2)
    assert "You asked for this, so somebody else has to decide." in words_of(page(client, both, own))


def test_the_plan_stands_in_sentences_first_and_the_raw_calls_behind_a_switch(staff, approver, client):
    text = text_of(page(client, approver, states.awaiting_decision(staff)))
    sentence, switch = text.index("Remove from 3 queues"), text.index("Expert view")
    raw = text.index("DELETE /api/v2/routing/queues/q1/members/" + PERSON.id)
    assert sentence < switch < raw
    assert 0 < text.index("<details", sentence) < raw
    assert "ended by leaving Night shift" in words_of(page(client, approver, states.awaiting_decision(staff, number=2)))


def test_each_call_of_the_expert_view_reads_by_itself_where_the_columns_are_stacked(staff, approver, client):
    text = text_of(page(client, approver, states.awaiting_decision(staff)))
    call = f"DELETE /api/v2/routing/queues/q1/members/{PERSON.id}"
    row = text[text.rindex("<tr>", 0, text.index(call)) : text.index(call)]
    assert '<th scope="row">Billing</th>' in row
    assert '<td data-label="Step">Leave queues</td><td data-label="Call">' in row


def test_the_approver_reads_what_of_this_plan_cannot_be_undone(staff, approver, client):
    asked = states.awaiting_decision(staff, holdings(Holding("phone", "p1", "Zoë WebRTC")))
    words = words_of(page(client, approver, asked))
    lasting = words[words.index("Cannot be undone") :]
    assert "WebRTC phones (Zoë WebRTC): deleted" in lasting and "Direct numbers" not in lasting


def test_how_long_a_step_took_is_told_apart_from_its_waits(staff, approver, client):
    asked = states.parked(staff, approver, wait=timedelta(hours=-1))
    Run.objects.update(started_at=timezone.now() - timedelta(hours=3))
    StepRun.objects.filter(key="leave_queues").update(started_at=timezone.now() - timedelta(hours=3))
    StepRun.objects.filter(key="suspend_sign_in").update(started_at=F("ended_at") - timedelta(minutes=7))
    run = states.claimed(asked)
    states.end_step(run, "leave_queues")
    row = run.steps.get(key="leave_queues")
    between = f"2 attempts from {utc_words(row.started_at)} to {utc_words(row.ended_at)}, with the waits between them"
    words = words_of(page(client, staff, asked)).replace(" ,", ",")
    assert between in words and "Leave queues Seen done Seen done." in words
    assert "Suspend sign-in Seen done 7 min" in words
    run_control.ask_stop(approver, request_id=asked.pk)
    runs.stop_run(run_id=run.pk, fence=run.fence, key="remove_roles")
    close_request(approver, request_id=asked.pk, reason="By hand")
    assert "took 3 h, waits included" in words_of(page(client, staff, asked))


def test_what_was_to_know_is_so_now_only_until_it_is_decided(staff, approver, client):
    talks = holdings(warnings=(Warning("live", "In 1 live conversation now."), Warning("manager", "Manages 2 people.")))
    asked = states.awaiting_decision(staff, talks)
    words = words_of(page(client, approver, asked))
    assert "Know this first In 1 live conversation now. Manages 2 people." in words
    reject_request(approver, request_id=asked.pk, digest=states.digest(asked), reason="Stays")
    words = words_of(page(client, approver, asked))
    assert "Known when the plan was read In 1 live conversation then. Manages 2 people." in words
    assert "Know this first" not in words and "conversation now" not in words


def test_the_approve_form_carries_the_digest_of_the_plan_that_is_shown(staff, approver, client):
    asked = states.awaiting_decision(staff)
    text = text_of(page(client, approver, asked))
    assert f'name="digest" value="{states.digest(asked)}"' in text


def test_a_changed_plan_shows_only_what_changed_since_the_approval(staff, approver, client):
    words = words_of(page(client, approver, states.plan_changed(staff, approver)))
    change = words[words.index("What changed since the approval") :]
    assert re.search(r"New Retention Leave queues.*Gone Sales Leave queues", change)
    assert "Approved by Ada (ada)" in words
    assert "New since the approval: Retention." in words


def test_a_plan_that_was_read_again_shows_what_changed_since_the_reading_before(staff, approver, client):
    asked = states.awaiting_decision(staff)
    plans.read_plan_again(staff, request_id=asked.pk)
    states.read_plan(asked, holdings(Holding("queue", "q9", "Retention")))
    words = words_of(page(client, approver, asked))
    assert "What changed since the reading before New Retention" in words


def test_a_plan_that_was_read_again_unchanged_says_so(staff, approver, client):
    asked = states.awaiting_decision(staff)
    plans.read_plan_again(staff, request_id=asked.pk)
    states.read_plan(asked)
    assert "nothing that the work would do has changed" in words_of(page(client, approver, asked))


def test_already_decided_says_by_whom(staff, approver, make_actor, client):
    asked = states.queued(staff, approver)
    words = words_of(page(client, make_actor("eve", "approver"), asked))
    assert "Approved by Ada (ada)" in words
    rejected = words_of(page(client, staff, states.rejected(staff, approver, number=2)))
    assert "Rejected by Ada (ada)" in rejected
    assert "Wrong person" in rejected


def test_while_it_runs_every_step_is_listed_with_progress_and_item(staff, approver, client):
    words = words_of(page(client, staff, states.running(staff, approver)))
    assert all(title in words for title in PIPELINE.values())
    assert f"4 of {len(PIPELINE)}" in words
    assert "1 of 2" in words
    assert "Now: Billing" in words


@pytest.mark.parametrize("name", ["plan_changed", "closed"])
def test_a_step_that_nobody_works_on_any_more_is_not_said_to_run(name, staff, approver, client):
    asked = states.STATES[name](staff, approver)
    response = page(client, staff, asked)
    assert "running" not in {line.row.state for line in response.context["steps"]}
    assert "Now: Billing" not in words_of(response)


def test_steps_are_listed_before_a_worker_lays_them_out(staff, approver, client):
    words = words_of(page(client, staff, states.queued(staff, approver)))
    assert all(title in words for title in PIPELINE.values())


@pytest.mark.parametrize(("name", "problem"), [("failed", "403 from Genesys."), ("held", "is under a legal hold")])
def test_what_stopped_the_run_is_said_once_and_stays_with_its_step_when_it_is_closed(
    name, problem, staff, approver, client
):
    asked = states.STATES[name](staff, approver)
    happened = "What happened"
    assert words_of(page(client, staff, asked)).partition(happened)[0].count(problem) == 1
    close_request(approver, request_id=asked.pk, reason="Done by hand")
    assert problem in words_of(page(client, staff, asked)).partition(happened)[0]


def test_a_failure_shows_problem_remedy_and_code(staff, approver, client):
    words = words_of(page(client, staff, states.failed(staff, approver)))
    assert "403 from Genesys." in words
    assert "Next: Add the permission." in words
    assert "missing.permission" in words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("running", ["yes", "not_yet", "not_yet"]),
        ("failed", ["yes", "not_yet", "not_yet"]),
        ("queued", ["not_yet", "not_yet", "not_yet"]),
        ("closed", ["yes", "no", "no"]),
        ("completed", ["yes", "yes", "yes"]),
    ],
)
def test_the_three_verdicts_say_only_what_was_seen(name, expected, staff, approver, client):
    verdicts = page(client, staff, states.STATES[name](staff, approver)).context["verdicts"]
    assert [verdict.title for verdict in verdicts] == ["Access cut", "History kept", "Person deleted"]
    assert [verdict.answer for verdict in verdicts] == expected
    assert [verdict.at is not None for verdict in verdicts] == [answer == "yes" for answer in expected]


def test_the_verdict_on_the_history_says_of_which_days_and_what_is_not_in_it(staff, approver, client):
    words = words_of(page(client, approver, states.completed(staff, approver)))
    kept = words[words.index("History kept") :]
    assert "1 conversation of 365 days, 24 Nov 2025 to 24 Nov 2026; verified" in kept
    assert "Older conversations are not archived." in kept


def test_a_request_that_never_ran_has_no_verdicts(staff, approver, client):
    assert page(client, staff, states.rejected(staff, approver)).context["verdicts"] == []


def test_a_protection_placed_meanwhile_is_shown_and_leaves_only_the_rejection(staff, approver, admin, client):
    asked = states.awaiting_decision(staff)
    who = {"org_id": asked.org_id, "person_id": asked.person_id, "person_name": asked.person_name}
    place_hold(admin, kind="protected", reason="Case 12", **who)
    words = words_of(page(client, approver, asked))
    assert "Protected: not to be deprovisioned Case 12" in words
    assert "Approve deletion of" not in words
    assert "Reject the deletion of" in words


def test_work_that_waits_for_its_time_is_scheduled_and_can_only_be_cancelled(staff, approver, client):
    asked = states.queued(staff, approver, not_before=timezone.now() + timedelta(days=30))
    response = page(client, approver, asked)
    assert (response.context["status"], response.context["moving"]) == ("scheduled", False)
    words = words_of(response)
    assert BUTTONS["stop"] not in words and BUTTONS["cancel"] in words
    assert "Scheduled The work starts by itself at" in words
    assert type(asked).objects.with_status().get().status == "scheduled"


def test_a_message_that_did_not_arrive_yet_is_shown_with_its_next_try(staff, approver, client, settings):
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    asked = states.completed(staff, approver)
    later = timezone.now() + timedelta(minutes=5)
    asked.deliveries.update(attempts=1, last_error="The receiver could not be reached.", next_try_at=later)
    words = words_of(page(client, staff, asked))
    assert "Message to 127.0.0.1:9, just now : To be sent 1 attempt next try" in words
    assert "could not be reached" in words


def test_an_archive_with_gaps_is_not_history_kept(staff, approver, client):
    asked = states.running(staff, approver)
    states.keep_archive(asked.run)
    archive = asked.archive
    archive.manifest = {"gaps": [["2026-01-01", "2026-01-02"]]}
    archive.save()
    kept = page(client, staff, asked).context["verdicts"][1]
    assert (kept.answer, kept.at) == ("not_yet", None)


def test_a_change_is_announced_once_and_brings_the_buttons_with_it(staff, approver, client):
    asked = states.running(staff, approver)
    seen = page(client, approver, asked).context["seen"]
    same = text_of(fragment(client, approver, asked, seen))
    assert "announcer" not in same
    assert 'id="controls"' not in same
    run = asked.run
    states.end_step(run, "leave_queues")
    step = text_of(fragment(client, approver, asked, seen))
    assert f"5 of {len(PIPELINE)} steps are done" in step
    assert 'id="controls"' not in step
    run_steps.begin_step(run_id=run.pk, fence=run.fence, key="remove_roles")
    runs.stop_run(**states.place(run, "remove_roles"))
    ended = text_of(fragment(client, approver, asked, seen))
    assert STATUSES["request"]["stopped"].announcement in ended
    assert 'id="controls" class="stack" hx-swap-oob="outerHTML"' in ended
    assert "Retry: go on from here" in ended


def test_the_end_brings_when_it_ended_to_the_facts_beside_it(staff, approver, client):
    asked = states.completed(staff, approver)
    ended = text_of(fragment(client, staff, asked, "running:notify"))
    facts = ended[ended.index('<div id="asked-facts" hx-swap-oob="outerHTML">') :]
    assert "Ended just now" in words_in(facts)
    assert 'id="asked-facts"' not in text_of(fragment(client, staff, asked))
    assert text_of(page(client, staff, asked)).count('<div id="asked-facts">') == 1


def test_a_stop_that_was_asked_for_is_said_instead_of_offered_again(staff, approver, client):
    asked = states.running(staff, approver)
    run_control.ask_stop(approver, request_id=asked.pk)
    words = words_of(page(client, approver, asked))
    assert "A stop was asked for" in words
    assert BUTTONS["stop"] not in words


def test_a_polled_part_whose_session_ended_takes_the_whole_page_to_the_sign_in_page(staff, client):
    asked = states.planning(staff)
    response = client.get(
        reverse("request_progress", args=[asked.pk]),
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver/requests/{asked.pk}/"},
        follow=True,
    )
    assert response.headers["HX-Redirect"] == f"/accounts/login/?next=%2Frequests%2F{asked.pk}%2F"
    assert response.content == b""


def test_names_are_never_markup(staff, client):
    asked = states.planning(staff, person=replace(PERSON, name="<b>Eve</b>"), note="<script>x</script>")
    text = text_of(page(client, staff, asked))
    assert "<b>Eve" not in text
    assert "<script>x" not in text


def test_an_unknown_number_is_not_found(staff, client):
    client.force_login(staff)
    for number in (999, 10**30):
        assert client.get(reverse("request", args=[number])).status_code == 404


def test_the_page_works_as_one_form_a_button_without_javascript(staff, approver, client):
    text = text_of(page(client, approver, states.awaiting_decision(staff)))
    for form in re.findall(r'<form method="post".*?</form>', text, re.DOTALL):
        assert "csrfmiddlewaretoken" in form
        assert "<button" in form
    assert "onclick" not in text
    assert "<style" not in text
