"""The buttons of a request through the screens: what each does, what it refuses, and what stands in the rows after."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from offboarding.actions import plans
from offboarding.actions.holds import place_hold
from offboarding.models import AuditRecord, Decision, Run
from tests import states
from tests.builders import ORG, PERSON, Holding, holdings
from tests.views.conftest import text_of, words_of

pytestmark = pytest.mark.django_db


def press(client, actor, name, asked, **fields):
    client.force_login(actor)
    return client.post(reverse(f"request_{name}", args=[asked.pk]), fields)


def approve(client, actor, asked, **changes):
    fields = {"digest": states.digest(asked), "confirmation": PERSON.email, **changes}
    return press(client, actor, "approve", asked, **fields)


def last() -> tuple[str, str, str]:
    line = AuditRecord.objects.order_by("-sequence").first()
    return line.action, line.outcome, line.actor_name


def test_approving_decides_starts_the_run_and_goes_back_to_the_page(staff, approver, client):
    asked = states.awaiting_decision(staff)
    response = approve(client, approver, asked)
    assert (response.status_code, response.headers["Location"]) == (302, f"/requests/{asked.pk}/")
    decision = Decision.objects.get()
    assert (decision.digest, decision.decided_by, decision.requested_by) == (states.digest(asked), approver, staff)
    assert Run.objects.get().plan == decision.plan
    assert states.fresh(asked).current_status == "queued"
    assert last() == ("request.approved", "done", "Ada (ada)")


def test_a_stale_digest_decides_nothing_and_shows_the_plan_as_it_is_now(staff, approver, client):
    asked = states.awaiting_decision(staff)
    seen = states.digest(asked)
    plans.read_plan_again(staff, request_id=asked.pk)
    states.read_plan(asked, holdings(Holding("queue", "q9", "Retention")))
    response = approve(client, approver, asked, digest=seen)
    assert response.status_code == 409
    words = words_of(response)
    assert "The plan is not the one you saw" in words
    assert "Next: Nothing was decided." in words
    assert "New Retention" in words
    assert f'value="{states.digest(asked)}"' in text_of(response)
    assert seen not in text_of(response)
    assert not Decision.objects.exists()
    assert last() == ("decision.refused", "refused", "Ada (ada)")


def test_a_wrong_confirmation_decides_nothing_and_keeps_what_was_typed(staff, approver, client):
    asked = states.awaiting_decision(staff)
    response = approve(client, approver, asked, confirmation="zoe@example.test")
    assert response.status_code == 409
    assert "What was typed is not zoe.ohara@example.test." in words_of(response)
    assert 'value="zoe@example.test"' in text_of(response)
    assert not Decision.objects.exists()


@pytest.mark.parametrize("missing", ["digest", "confirmation"])
def test_a_form_that_is_not_filled_in_is_a_bad_request(missing, staff, approver, client):
    asked = states.awaiting_decision(staff)
    assert approve(client, approver, asked, **{missing: ""}).status_code == 400
    assert not Decision.objects.exists()


def test_nobody_approves_their_own_request(make_actor, client):
    both = make_actor("both", "staff", "approver")
    asked = states.awaiting_decision(both)
    response = approve(client, both, asked)
    assert response.status_code == 409
    assert "somebody else has to decide" in words_of(response)
    assert not Decision.objects.exists()
    assert last() == ("decision.refused", "refused", "Both (both)")


def test_the_second_approval_is_refused_and_says_who_was_first(staff, approver, make_actor, client):
    asked = states.awaiting_decision(staff)
    approve(client, approver, asked)
    response = approve(client, make_actor("eve", "approver"), asked)
    assert response.status_code == 409
    words = words_of(response)
    assert "This was already approved by Ada (ada)." in words
    assert "Next: The decision stands: nothing is left for you to decide." in words
    assert "Open the request" not in words
    assert Decision.objects.count() == Run.objects.count() == 1


def test_a_protection_placed_meanwhile_stops_the_approval(staff, approver, admin, client):
    asked = states.awaiting_decision(staff)
    place_hold(admin, org_id=ORG.id, person_id=PERSON.id, person_name=PERSON.name, kind="protected", reason="Case 12")
    response = approve(client, approver, asked)
    assert response.status_code == 409
    assert "Case 12" in words_of(response)
    assert not Decision.objects.exists()


def test_rejecting_needs_a_reason_and_ends_the_request(staff, approver, client):
    asked = states.awaiting_decision(staff)
    digest = states.digest(asked)
    missing = press(client, approver, "reject", asked, digest=digest, reason=" ")
    assert missing.status_code == 400
    assert "Say why, for the one who asked." in words_of(missing)
    assert press(client, approver, "reject", asked, digest=digest, reason="Wrong person").status_code == 302
    assert states.fresh(asked).state == "rejected"
    assert last() == ("request.rejected", "done", "Ada (ada)")


def test_approving_the_difference_lets_the_run_go_on(staff, approver, client):
    asked = states.plan_changed(staff, approver)
    assert approve(client, approver, asked).status_code == 302
    run = Run.objects.get()
    assert (run.state, run.plan.number) == ("queued", 2)
    assert Decision.objects.count() == 2


@pytest.mark.parametrize("role", ["staff", "approver", "admin"])
def test_the_one_who_asked_can_cancel_and_nobody_else(role, staff, make_actor, client):
    asked = states.awaiting_decision(staff)
    stranger = press(client, make_actor("pia", role), "cancel", asked)
    assert stranger.status_code == 409
    assert "Only the one who asked can take it back; an approver rejects its plan instead." in words_of(stranger)
    assert last() == ("action.refused", "refused", "Pia (pia)")
    assert states.fresh(asked).state == "awaiting_decision"
    assert press(client, staff, "cancel", asked, reason="Stays").status_code == 302
    assert (states.fresh(asked).state, states.fresh(asked).end_reason) == ("cancelled", "Stays")


def test_without_a_plan_that_could_be_rejected_an_approver_can_cancel(staff, approver, client):
    asked = states.plan_failed(staff)
    assert press(client, approver, "cancel", asked, reason="Not to be had").status_code == 302
    assert states.fresh(asked).state == "cancelled"


def test_a_plan_can_be_read_again(staff, client):
    asked = states.plan_failed(staff)
    assert press(client, staff, "replan", asked).status_code == 302
    assert states.fresh(asked).state == "planning"
    assert last() == ("plan.asked_again", "done", "Sam (sam)")


def test_a_failed_run_is_retried_from_where_it_stands(staff, approver, client):
    asked = states.failed(staff, approver)
    assert press(client, approver, "retry", asked).status_code == 302
    run = Run.objects.get()
    assert run.state == "queued"
    assert run.steps.filter(state="observed").count() == 4


def test_a_run_is_stopped(staff, approver, client):
    asked = states.parked(staff, approver)
    assert press(client, approver, "stop", asked).status_code == 302
    assert Run.objects.get().state == "stopped"


def test_closing_needs_a_reason_and_says_what_was_done(staff, approver, client):
    asked = states.failed(staff, approver)
    assert press(client, approver, "close", asked).status_code == 400
    assert press(client, approver, "close", asked, reason="By hand").status_code == 302
    assert states.fresh(asked).state == "closed"
    assert last() == ("request.closed", "done", "Ada (ada)")


@pytest.mark.parametrize("name", ["retry", "stop", "close", "cancel", "replan"])
def test_a_button_pressed_too_late_is_refused_with_the_next_action_and_recorded(name, staff, approver, client):
    asked = states.completed(staff, approver)
    actor = staff if name == "replan" else approver
    response = press(client, actor, name, asked, reason="x")
    assert response.status_code == 409
    assert "Nothing was changed by this attempt." in words_of(response)
    assert "Next: Choose among what the request offers now, if anything." in words_of(response)
    assert last()[:2] == ("action.refused", "refused")
    assert states.fresh(asked).state == "completed"


def test_a_refused_form_that_is_loaded_again_leads_to_the_page_and_does_nothing(staff, approver, client):
    asked = states.awaiting_decision(staff)
    assert press(client, approver, "reject", asked).status_code == 400
    again = client.get(reverse("request_reject", args=[asked.pk]), follow=True)
    assert again.redirect_chain == [(reverse("request", args=[asked.pk]), 302)]
    assert "Reject the deletion of" in words_of(again)
    assert states.fresh(asked).state == "awaiting_decision"


def test_signing_in_again_in_the_middle_of_a_form_ends_on_its_page(staff, approver, client):
    asked = states.awaiting_decision(staff)
    sign_in = client.post(reverse("request_approve", args=[asked.pk])).headers["Location"]
    back = client.post(sign_in, {"username": "ada", "password": "offboard-demo"}, follow=True)
    assert back.redirect_chain[-1] == (reverse("request", args=[asked.pk]), 302)
    assert back.status_code == 200


@pytest.mark.parametrize("name", ["approve", "reject", "cancel", "replan", "retry", "stop", "close"])
def test_a_form_from_elsewhere_is_refused(name, staff, approver):
    asked = states.awaiting_decision(staff)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(approver)
    assert strict.post(reverse(f"request_{name}", args=[asked.pk])).status_code == 403
    assert states.fresh(asked).state == "awaiting_decision"


def test_two_forms_of_one_page_share_no_id(staff, approver, client):
    client.force_login(approver)
    for asked in (states.awaiting_decision(staff), states.plan_changed(staff, approver, number=2)):
        text = text_of(client.get(reverse("request", args=[asked.pk])))
        ids = [part.partition('"')[0] for part in text.split(' id="')[1:]]
        assert len(ids) == len(set(ids)), sorted(each for each in ids if ids.count(each) > 1)
