"""Approved work that waits for its time: what the page says will happen then, and what can be done until then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from offboarding.actions.errors import Refused
from offboarding.actions.holds import place_hold
from offboarding.actions.protections import make_rule
from offboarding.actions.run_control import ask_stop
from offboarding.audit.times import utc_words
from tests import states
from tests.builders import ORG, PERSON
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db
WHO = {"org_id": ORG.id, "person_id": PERSON.id, "person_name": PERSON.name}


def scheduled(staff, approver):
    return states.queued(staff, approver, not_before=timezone.now() + timedelta(days=30))


def words(client, actor, asked):
    client.force_login(actor)
    return words_of(client.get(reverse("request", args=[asked.pk])))


def test_work_that_nothing_forbids_starts_by_itself(staff, approver, client):
    told = words(client, approver, scheduled(staff, approver))
    assert "The work starts by itself at" in told
    assert "refused" not in told and "Everything but the deletion" not in told


def test_a_protection_placed_after_the_approval_is_said_to_refuse_the_work(staff, approver, admin, client):
    asked = scheduled(staff, approver)
    place_hold(admin, kind="protected", reason="Case 12", **WHO)
    told = words(client, approver, asked)
    assert "The work will be refused at" in told
    assert f"{PERSON.name} is protected: Case 12. Next: Ask Root (root) to release the protection, or cancel" in told
    assert "starts by itself" not in told


def test_a_rule_made_after_the_approval_is_said_to_refuse_the_work(staff, approver, admin, client):
    asked = scheduled(staff, approver)
    make_rule(admin, org_id=ORG.id, kind="group", value="Night shift", reason="Works on the case")
    told = words(client, approver, asked)
    assert "The work will be refused at" in told
    assert "Everybody with the group Night shift is protected: Works on the case. Next: Ask Root (root)" in told
    assert "starts by itself" not in told


def test_a_legal_hold_is_said_to_leave_out_the_deletion_alone(staff, approver, admin, client):
    asked = scheduled(staff, approver)
    review = timezone.localdate() + timedelta(days=60)
    place_hold(admin, kind="legal_hold", reason="Case 12", review_on=review, **WHO)
    told = words(client, approver, asked)
    assert "Everything but the deletion will be done; a legal hold forbids that." in told
    assert "refused" not in told


@pytest.mark.parametrize("page", ["home", "requests"])
def test_every_list_of_it_names_the_day(page, staff, approver, manager, client):
    asked = scheduled(staff, approver)
    client.force_login(manager)
    told = words_of(client.get(reverse(page)))
    line = told[told.index(PERSON.name) :]
    assert f"Scheduled not before {utc_words(asked.not_before)}" in line
    assert "0 of " not in line


def test_it_cannot_be_stopped_before_it_has_begun(staff, approver):
    asked = scheduled(staff, approver)
    with pytest.raises(Refused, match="The run is not going"):
        ask_stop(approver, request_id=asked.pk)
