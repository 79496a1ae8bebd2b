"""manage.py request: the same actions as the page, exit codes, and nothing but the result on standard output."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from offboarding.actions.decisions import reject_request
from offboarding.actions.holds import place_hold
from offboarding.actions.requests import open_request
from offboarding.audit.record import utc_text
from offboarding.audit.times import utc_words
from offboarding.management.commands.request import EXAMPLES
from offboarding.models import AuditRecord, Run
from offboarding.status import STATUSES, STOP_ASKED
from tests import states
from tests.actions.test_requests import approve, ask, planned
from tests.actions.test_runs import claim, end, fail
from tests.builders import ORG, PERSON

pytestmark = pytest.mark.django_db


@dataclass
class Told:
    code: int
    out: str
    err: str


def tell(verb: str, number: int, account: str, *more: str) -> Told:
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command("request", verb, str(number), "--as", account, *more, stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return Told(code, out.getvalue(), err.getvalue())


@pytest.fixture
def run(staff: Any, approver: Any) -> Run:
    request = ask(staff)
    return approve(approver, request, planned(request))


def test_a_stop_says_what_stays_done(run):
    held = claim(run)
    end(held, "check_compliance")
    told = tell("stop", run.request_id, "ada")
    assert (told.code, told.err) == (0, "")
    assert f"Running.\n{STOP_ASKED}" in told.out and "stays done: Check that it may be done" in told.out
    run.refresh_from_db()
    assert (run.state, run.stop_asked) == ("running", True)


def test_a_stop_of_what_nobody_works_on_is_one_at_once(run):
    told = tell("stop", run.request_id, "ada")
    assert "Stopped." in told.out and "Nothing was done yet." in told.out
    run.refresh_from_db()
    assert run.state == "stopped"


def test_a_retry_lets_it_go_on_in_the_name_of_the_account(run):
    fail(claim(run))
    told = tell("retry", run.request_id, "ada", "--json")
    assert told.code == 0
    assert json.loads(told.out)["status"] == "queued"
    assert AuditRecord.objects.get(action="run.retried").actor_name == "Ada (ada)"


def test_cancelling_and_closing_keep_the_reason(staff, approver):
    asked = ask(staff)
    assert tell("cancel", asked.pk, "sam", "--reason", "Stays").code == 0
    asked.refresh_from_db()
    assert (asked.state, asked.end_reason) == ("cancelled", "Stays")
    other = open_request(staff, org=ORG, person=PERSON, reason="Voluntary")
    fail(claim(approve(approver, other, planned(other))))
    assert tell("close", other.pk, "ada", "--reason", "By hand").code == 0
    other.refresh_from_db()
    assert (other.state, other.end_reason) == ("closed", "By hand")


def test_showing_changes_nothing_and_names_the_problem(run):
    fail(claim(run))
    before = AuditRecord.objects.count()
    told = tell("show", run.request_id, "sam", "--json")
    facts = json.loads(told.out)
    assert (facts["status"], facts["problem"], facts["remedy"]) == (
        "failed",
        "403 from Genesys.",
        "Add the permission.",
    )
    assert "403 from Genesys. Add the permission." in tell("show", run.request_id, "sam").out
    assert AuditRecord.objects.count() == before


def test_a_request_that_waits_says_why_until_when_and_what_to_do(staff, approver):
    asked = states.parked(staff, approver)
    shown = tell("show", asked.pk, "sam").out
    assert "Waiting to continue.\nThe rate limit was reached. Wait: it goes on by itself.\n" in shown
    assert f"It goes on by itself from {utc_words(asked.run.not_before)} on." in shown
    facts = json.loads(tell("show", asked.pk, "sam", "--json").out)
    assert (facts["problem"], facts["remedy"]) == ("The rate limit was reached.", "Wait: it goes on by itself.")
    assert facts["waitsUntil"] == utc_text(asked.run.not_before)


def test_a_request_whose_time_has_not_come_says_when_it_begins_and_what_holds_it(staff, approver, admin):
    later = timezone.now() + timedelta(days=3)
    asked = states.awaiting_decision(staff, not_before=later)
    assert f"Not before {utc_words(later)}." in tell("show", asked.pk, "sam").out
    approve(approver, asked, asked.plans.get())
    hold = {"org_id": asked.org_id, "person_id": asked.person_id, "person_name": asked.person_name}
    review = (later + timedelta(days=30)).date()
    place_hold(admin, **hold, kind="legal_hold", reason="Case 12", review_on=review)
    assert tell("show", asked.pk, "sam").out.splitlines() == [
        f"Request {asked.pk} for {asked.person_name}: Scheduled.",
        f"It begins by itself from {utc_words(later)} on.",
        f"Legal hold: Case 12. Placed by Root (root), to be reviewed on {review.isoformat()}.",
    ]
    facts = json.loads(tell("show", asked.pk, "sam", "--json").out)
    assert facts["waitsUntil"] == facts["notBefore"] == utc_text(later)
    assert [(told["kind"], told["reason"]) for told in facts["holds"]] == [("legal_hold", "Case 12")]


def test_a_closed_request_is_not_advised_to_be_retried(run):
    tell("stop", run.request_id, "ada")
    assert "Retry to go on from here" in tell("show", run.request_id, "sam").out
    tell("close", run.request_id, "ada", "--reason", "By hand")
    shown = tell("show", run.request_id, "sam").out
    assert "Closed, not finished.\nClosed unfinished: By hand\n" in shown
    assert json.loads(tell("show", run.request_id, "sam", "--json").out)["remedy"] == ""


def test_a_changed_plan_that_was_rejected_waits_for_nobody(staff, approver):
    asked = states.plan_changed(staff, approver)
    assert "An approver decides on the difference" in tell("show", asked.pk, "sam").out
    reject_request(approver, request_id=asked.pk, digest=states.digest(asked), reason="Stays")
    shown = tell("show", asked.pk, "sam").out
    assert "The changed plan was rejected: Stays\n" in shown and "decides" not in shown


def test_a_stop_that_came_too_late_does_not_stop_for_ever(run):
    held = claim(run)
    tell("stop", run.request_id, "ada")
    fail(held)
    shown = tell("show", run.request_id, "sam").out
    assert "Needs attention.\n" in shown and "stops before" not in shown


@pytest.mark.parametrize(
    ("verb", "account", "more", "why"),
    [
        ("stop", "sam", (), "Only an approver or an administrator"),
        ("retry", "ada", (), "does not wait for anybody"),
        ("cancel", "sam", (), "has not begun"),
        ("close", "ada", ("--reason", "x"), "needs somebody"),
        ("show", "nobody", (), "no account nobody"),
        ("stop", "gone", (), "switched off"),
    ],
)
def test_what_policy_refuses_ends_with_4_and_says_why_on_standard_error(run, make_actor, verb, account, more, why):
    gone = make_actor("gone", "approver")
    gone.is_active = False
    gone.save()
    told = tell(verb, run.request_id, account, *more)
    assert (told.code, told.out) == (4, "")
    assert why in told.err
    run.refresh_from_db()
    assert (run.state, run.stop_asked, run.request.state) == ("queued", False, "approved")


def test_closing_needs_a_reason(run):
    fail(claim(run))
    told = tell("close", run.request_id, "ada")
    assert (told.code, told.out) == (4, "")
    assert "No reason was given" in told.err


def test_a_number_that_is_none_has_a_status_of_its_own_and_words(staff):
    told = tell("show", 99, "sam")
    assert (told.code, told.out, "no request 99" in told.err) == (3, "", True)
    assert "3 no request" in EXAMPLES


@pytest.mark.parametrize("name", states.STATES)
def test_every_state_is_told_in_the_word_of_the_pages(name, staff, approver):
    asked = states.STATES[name](staff, approver)
    first = tell("show", asked.pk, "sam").out.splitlines()[0]
    assert first == f"Request {asked.pk} for {asked.person_name}: {STATUSES['request'][name].word}."


@pytest.mark.parametrize("words", [("stop", "12"), ("stop", "x", "--as", "ada"), ("drop", "12", "--as", "ada")])
def test_wrong_words_are_usage(words):
    with pytest.raises(CommandError):
        call_command("request", *words)


def test_a_reason_that_is_not_kept_is_usage(run):
    with pytest.raises(CommandError, match="does not go with stop") as wrong:
        tell("stop", run.request_id, "ada", "--reason", "x")
    assert wrong.value.returncode == 2


def test_the_help_has_examples(capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("request", "--help")
    assert ended.value.code == 0
    assert "manage.py request stop 12 --as approver" in capsys.readouterr().out
