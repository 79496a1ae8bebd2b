"""Asking, planning and deciding: what is stored, what is refused, and what each leaves in the audit trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.models import OrmQ

from offboarding import plan
from offboarding.actions import lease
from offboarding.actions.decisions import approve_request, reject_request
from offboarding.actions.errors import Refused
from offboarding.actions.holds import place_hold
from offboarding.actions.plans import fail_plan, read_plan_again, store_plan
from offboarding.actions.requests import cancel_request, open_request
from offboarding.models import AuditRecord, Decision, DeprovisionRequest, Hold, Plan, Run
from offboarding.steps import PIPELINE
from tests.builders import INTERVAL, ORG, PERSON, holdings

pytestmark = pytest.mark.django_db


def ask(actor, **changes):
    return open_request(actor, **{"org": ORG, "person": PERSON, "reason": "Voluntary", **changes})


def planned(request, held=None) -> Plan:
    held = held or holdings()
    held = replace(held, person=replace(held.person, id=request.person_id))
    stored = store_plan(
        None,
        request_id=request.pk,
        document=plan.document_of(held, interval=INTERVAL, approximate_count=9, reason="Voluntary", order=PIPELINE),
        holdings=plan.to_json(held),
        scim_id="scim-1",
        read_at=timezone.now(),
    )
    request.refresh_from_db()
    return stored


def approve(actor, request, stored, confirmation=PERSON.email):
    return approve_request(actor, request_id=request.pk, digest=stored.digest, confirmation=confirmation)


def trail() -> list[tuple[str, str]]:
    return list(AuditRecord.objects.order_by("sequence").values_list("action", "outcome"))


@pytest.mark.parametrize("kind", ["protected", "legal_hold"])
def test_a_hold_without_a_reason_is_refused_by_the_action_itself(admin, kind):
    with pytest.raises(Refused) as refused:
        place_hold(
            admin, org_id=ORG.id, person_id="p", person_name="x", kind=kind, reason="  ", review_on=date(2099, 1, 1)
        )
    assert refused.value.code == "form"
    assert not Hold.objects.exists()


def test_asking_stores_the_request_with_frozen_names_and_wakes_the_planner(staff):
    request = ask(staff, ticket=" HR-7 ", urgent=True)
    assert (request.person_name, request.person_email, request.ticket) == (PERSON.name, PERSON.email, "HR-7")
    assert request.requested_by_name == "Sam (sam)"
    assert trail() == [("request.opened", "done")]
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize("name", ["approver", "manager", "auditor", "admin"])
def test_only_staff_may_ask(name, request):
    with pytest.raises(Refused, match="role"):
        ask(request.getfixturevalue(name))
    assert not DeprovisionRequest.objects.exists()
    assert trail() == [("request.refused", "refused")]


def test_a_second_request_for_the_same_person_is_refused_and_names_the_first(staff):
    first = ask(staff)
    with pytest.raises(Refused, match=f"Request {first.pk}") as refused:
        ask(staff)
    assert refused.value.code == "already_open"
    assert DeprovisionRequest.objects.count() == 1
    assert trail()[-1] == ("request.refused", "refused")


def test_the_database_itself_allows_one_live_request_a_person(staff):
    first = ask(staff)
    first.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)


def test_after_a_cancellation_the_person_can_be_asked_for_again(staff):
    cancel_request(staff, request_id=ask(staff).pk)
    assert ask(staff).is_live


def test_another_reason_needs_a_note(staff):
    with pytest.raises(Refused, match="nobody is told what it is"):
        ask(staff, reason="Unknown", note=" ")
    assert ask(staff, reason="Unknown", note="Moves to another country").note


def test_nobody_asks_for_themselves(staff):
    staff.email = PERSON.email.upper()
    staff.save()
    with pytest.raises(Refused, match="their own") as refused:
        ask(staff)
    assert refused.value.code == "oneself"


def test_nobody_decides_about_themselves(staff, approver):
    request = ask(staff)
    stored = planned(request)
    approver.email = PERSON.email
    approver.save()
    with pytest.raises(Refused, match="about you"):
        approve(approver, request, stored)
    assert not Decision.objects.exists()


def test_a_deleted_person_is_refused(staff):
    with pytest.raises(Refused, match="already deleted"):
        ask(staff, person=replace(PERSON, state="deleted"))


def test_a_protected_person_is_refused(staff, admin):
    place_hold(
        admin,
        org_id=ORG.id,
        person_id=PERSON.id,
        person_name=PERSON.name,
        kind="protected",
        reason="Case 12",
    )
    with pytest.raises(Refused, match="Case 12"):
        ask(staff)


def test_a_plan_is_stored_with_its_digest_and_waits_for_a_decision(staff):
    request = ask(staff)
    stored = planned(request)
    assert stored.digest == plan.digest_of(stored.document)
    assert request.state == "awaiting_decision"


def test_a_second_planner_stores_nothing(staff):
    request = ask(staff)
    planned(request)
    assert planned(request) is None
    assert Plan.objects.count() == 1


def test_a_failed_plan_says_why_and_can_be_read_again(staff):
    request = ask(staff)
    fail_plan(None, request_id=request.pk, problem="No answer.", remedy="Look.", code="unreachable")
    request.refresh_from_db()
    assert (request.state, request.problem, request.remedy) == ("plan_failed", "No answer.", "Look.")
    read_plan_again(staff, request_id=request.pk)
    request.refresh_from_db()
    assert (request.state, request.problem) == ("planning", "")


def test_approving_stores_the_decision_the_run_and_the_wake_up(staff, approver):
    request = ask(staff)
    stored = planned(request)
    before = OrmQ.objects.count()
    run = approve(approver, request, stored, confirmation=f"  {PERSON.email.upper()} ")
    decision = Decision.objects.get()
    assert (decision.digest, decision.verdict, decision.decided_by) == (stored.digest, "approved", approver)
    assert run.plan == stored
    assert run.state == "queued"
    assert OrmQ.objects.count() == before + 1
    assert trail()[-1] == ("request.approved", "done")


def test_nobody_decides_their_own_request(make_actor):
    both = make_actor("both", "staff", "approver")
    request = ask(both)
    stored = planned(request)
    with pytest.raises(Refused, match="somebody else"):
        approve(both, request, stored)
    assert not Run.objects.exists()
    assert trail()[-1] == ("decision.refused", "refused")


def test_the_database_itself_refuses_a_decision_by_the_requester(staff):
    request = ask(staff)
    stored = planned(request)
    with pytest.raises(IntegrityError, match="nobody_decides_their_own_request"), transaction.atomic():
        Decision.objects.create(
            request=request,
            plan=stored,
            digest=stored.digest,
            verdict="approved",
            requested_by=staff,
            decided_by=staff,
            decided_by_name="x",
            decided_at=timezone.now(),
        )


def test_a_stale_digest_decides_nothing(staff, approver):
    request = ask(staff)
    stale = planned(request)
    read_plan_again(staff, request_id=request.pk)
    request.refresh_from_db()
    planned(request, holdings(items=()))
    with pytest.raises(Refused, match="not the one you saw"):
        approve(approver, request, stale)
    assert not Decision.objects.exists()


def test_approving_twice_is_refused_and_says_by_whom(staff, approver, make_actor):
    request = ask(staff)
    stored = planned(request)
    approve(approver, request, stored)
    with pytest.raises(Refused, match=r"already approved by Ada \(ada\)"):
        approve(make_actor("eve", "approver"), request, stored)
    assert Decision.objects.count() == Run.objects.count() == 1


@pytest.mark.parametrize("typed", ["", "zoe", "zoe.ohara2@example.test"])
def test_a_wrong_confirmation_decides_nothing(typed, staff, approver):
    request = ask(staff)
    stored = planned(request)
    with pytest.raises(Refused, match="is not"):
        approve(approver, request, stored, confirmation=typed)
    assert not Decision.objects.exists()


def test_a_protection_placed_meanwhile_stops_the_approval(staff, approver, admin):
    request = ask(staff)
    stored = planned(request)
    place_hold(admin, org_id=ORG.id, person_id=PERSON.id, person_name="Z", kind="protected", reason="CEO")
    with pytest.raises(Refused, match="protected now"):
        approve(approver, request, stored)


def test_rejecting_needs_a_reason_and_ends_the_request(staff, approver):
    request = ask(staff)
    stored = planned(request)
    with pytest.raises(Refused, match="No reason"):
        reject_request(approver, request_id=request.pk, digest=stored.digest, reason="  ")
    reject_request(approver, request_id=request.pk, digest=stored.digest, reason="Wrong person")
    request.refresh_from_db()
    assert (request.state, request.end_reason) == ("rejected", "Wrong person")
    assert request.ended_at is not None
    assert not Run.objects.exists()


@pytest.mark.parametrize("name", ["staff", "manager", "auditor", "admin"])
def test_only_an_approver_decides(name, request, make_actor):
    asked = ask(make_actor("una", "staff"))
    stored = planned(asked)
    with pytest.raises(Refused):
        approve(request.getfixturevalue(name), asked, stored)
    assert not Decision.objects.exists()


def test_a_role_taken_away_counts_at_once(staff, approver):
    request = ask(staff)
    stored = planned(request)
    approver.groups.clear()
    with pytest.raises(Refused):
        approve(approver, request, stored)


def test_an_approved_request_cannot_be_cancelled_once_its_time_has_come(staff, approver):
    request = ask(staff)
    approve(approver, request, planned(request))
    with pytest.raises(Refused, match="has not begun"):
        cancel_request(staff, request_id=request.pk)


@pytest.mark.parametrize("who", ["staff", "approver"])
def test_an_approved_request_that_waits_for_its_time_can_be_cancelled_and_is_never_begun(staff, approver, who):
    request = ask(staff, not_before=timezone.now() + timedelta(days=2))
    run = approve(approver, request, planned(request))
    cancel_request({"staff": staff, "approver": approver}[who], request_id=request.pk, reason="Stays")
    DeprovisionRequest.objects.filter(pk=request.pk).update(not_before=timezone.now() - timedelta(days=1))
    assert lease.due_runs() == []
    assert lease.claim_run(run_id=run.pk, owner="one", steps=("check_compliance",)) is None
    request.refresh_from_db()
    assert (request.state, request.run.document, request.deliveries.count()) == ("cancelled", None, 0)
    assert AuditRecord.objects.filter(action="request.cancelled").count() == 1
    assert ask(staff).is_live, "the person can be asked for again"


def test_a_later_start_is_kept(staff):
    at = timezone.now() + timedelta(days=2)
    assert ask(staff, not_before=at).not_before == at
