"""Who is protected by what they are or hold, and by having made our OAuth client: each refusal names the rule."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from offboarding.actions.decisions import approve_request
from offboarding.actions.errors import Refused
from offboarding.actions.protections import end_rule, make_rule
from offboarding.actions.run_control import retry_run
from offboarding.genesys import connect
from offboarding.models import AuditRecord, ProtectionRule, Run
from tests.flows import approved, drive, once, request_for, states
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db


def rule(admin: Any, kind: str, value: str) -> ProtectionRule:
    return make_rule(admin, org_id=connect.org().id, kind=kind, value=value, reason="Board and works council")


def test_an_e_mail_is_refused_when_it_is_asked_for(sandbox, staff, admin):
    person = sandbox.person("plain agent")
    rule(admin, "email", person["email"].upper())
    with pytest.raises(Refused, match="is protected: Board and works council") as refused:
        request_for(staff, person["id"])
    assert refused.value.code == "protected"


@pytest.mark.parametrize(
    ("kind", "value"),
    [("group", "night shift"), ("group", "the id"), ("role", "Communicate - User"), ("role", "EMPLOYEE")],
)
def test_a_group_or_a_role_is_met_when_the_plan_is_read(sandbox, staff, admin, kind, value):
    """Who is in a group only Genesys can tell, so that the request is open, and cannot be planned."""
    value = sandbox.name_id("group", "Night Shift") if value == "the id" else value
    rule(admin, kind, value)
    request = request_for(staff, sandbox.person("plain agent")["id"])
    assert request.state == "plan_failed"
    assert request.problem == f"Everybody with the {kind} {value} is protected: Board and works council."


def test_who_holds_something_else_is_not_met(sandbox, staff, approver, admin):
    rule(admin, "group", "Book Club")
    rule(admin, "role", "admin")
    rule(admin, "email", "somebody@sandbox.example")
    assert drive(approved(staff, approver, sandbox.person("plain agent")["id"])).state == "completed"


def test_a_rule_made_after_the_plan_stops_the_approval(sandbox, staff, approver, admin):
    request = request_for(staff, sandbox.person("plain agent")["id"])
    rule(admin, "group", "Night Shift")
    digest = request.plans.get().digest
    with pytest.raises(Refused, match="Night Shift is protected"):
        approve_request(approver, request_id=request.pk, digest=digest, confirmation=request.person_email)
    assert not Run.objects.exists()


def test_a_rule_made_after_the_approval_stops_before_anything_is_done(sandbox, staff, approver, admin, agent):
    run = approved(staff, approver, agent)
    made = rule(admin, "group", "Night Shift")
    once(run)
    assert (run.state, run.error_code) == ("failed", "protected")
    assert sandbox.state(agent)["state"] == "active"
    assert "Ask Root" in run.remedy
    end_rule(admin, rule_id=made.pk, reason="Left the council")
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"


def test_whoever_comes_into_a_protected_group_meanwhile_is_met_at_the_next_look(sandbox, staff, approver, admin):
    person = sandbox.person("plain agent")["id"]
    rule(admin, "group", "Book Club")
    run = approved(staff, approver, person)
    groups = sandbox.state(person)["groups"]
    sandbox.change(person, groups=[*groups, sandbox.name_id("group", "Book Club")])
    run = drive(run)
    assert (run.state, run.error_code) == ("failed", "protected")
    assert states(run)["leave_queues"] == "failed"
    assert sandbox.state(person)["queues"]


def test_the_page_of_somebody_who_fits_a_rule_says_so_and_offers_nothing(sandbox, staff, admin, client):
    person = sandbox.person("plain agent")["id"]
    rule(admin, "group", "Night Shift")
    client.force_login(staff)
    page = client.get(reverse("person", args=[person]))
    assert "Protected by a rule: not to be deprovisioned Everybody with the group Night Shift" in words_of(page)
    assert f"/people/{person}/request/" not in page.content.decode()


def test_what_is_no_address_protects_nobody_and_is_refused(admin, sandbox):
    with pytest.raises(Refused, match="is no e-mail address"):
        rule(admin, "email", "*@sandbox.example")
    assert not ProtectionRule.objects.exists()


def test_one_rule_of_a_kind_and_value(sandbox, admin, staff):
    made = rule(admin, "role", "admin")
    with pytest.raises(Refused, match="such a rule already"):
        rule(admin, "role", "admin")
    with pytest.raises(Refused, match="Your role"):
        rule(staff, "role", "Supervisor")
    end_rule(admin, rule_id=made.pk, reason="Not needed")
    assert rule(admin, "role", "admin").pk != made.pk
    kept = AuditRecord.objects.filter(action__startswith="rule.").values_list("action", "data__value")
    assert list(kept) == [("rule.made", "admin"), ("rule.ended", "admin"), ("rule.made", "admin")]


def made_admin(sandbox: Any, kind: str = "plain agent") -> str:
    """Somebody who was given the role of the administrators."""
    person = sandbox.person(kind)["id"]
    grants = sandbox.state(person)["grants"]
    role, home = sandbox.name_id("role", "admin"), sandbox.name_id("division", "Home")
    sandbox.change(person, grants=[*grants, [role, home, "2026-01-01T00:00:00.000Z"]])
    return str(person)


def test_one_administrator_of_two_can_leave(sandbox, staff):
    assert request_for(staff, made_admin(sandbox)).state == "awaiting_decision"


def test_the_last_active_administrator_cannot(sandbox, staff):
    person = made_admin(sandbox)
    sandbox.change(sandbox.person("admin")["id"], state="inactive")
    request = request_for(staff, person)
    assert request.state == "plan_failed"
    assert "is the last active person who can give roles to others" in request.problem
    assert "authorization:grant:add" in request.remedy


def test_of_the_last_two_administrators_only_one_leaves(sandbox, staff, approver):
    """In each plan the other one was there still."""
    first, second = made_admin(sandbox), made_admin(sandbox, "supervisor")
    sandbox.change(sandbox.person("admin")["id"], state="inactive")
    runs = [approved(staff, approver, person) for person in (first, second)]
    assert drive(runs[0]).state == "completed"
    drive(runs[1])
    assert (runs[1].state, runs[1].error_code, sandbox.state(second)["state"]) == ("failed", "last_admin", "active")


def test_of_two_that_begin_at_the_same_moment_none_is_cut_off_while_the_other_may_be(sandbox, staff, approver):
    first, second = made_admin(sandbox), made_admin(sandbox, "supervisor")
    sandbox.change(sandbox.person("admin")["id"], state="inactive")
    runs = [approved(staff, approver, person) for person in (first, second)]
    Run.objects.filter(pk=runs[0].pk).update(let_in_at=timezone.now())
    drive(runs[1])
    assert (runs[1].state, runs[1].error_code, sandbox.state(second)["state"]) == ("failed", "last_admin", "active")
    drive(runs[0])
    assert runs[0].state == "completed", "it may, as the other one has stopped and stays"


def test_that_nobody_can_tell_who_else_gives_roles_is_said_in_the_plan(sandbox, staff):
    sandbox.faults({"path": "/authorization/roles/.*/users", "status": 403, "code": "missing.permissions"})
    request = request_for(staff, made_admin(sandbox))
    warnings = request.plans.get().document["warnings"]
    assert "It is not known whether this is the last person who can give roles to others." in warnings


def test_who_made_our_oauth_client_is_protected(sandbox, staff):
    made_admin(sandbox)
    request = request_for(staff, sandbox.person("admin")["id"])
    assert request.state == "plan_failed"
    assert "made the OAuth client that this console signs in with" in request.problem
    assert "GENESYS_CLIENT_ID" in request.remedy


def test_that_nobody_can_tell_who_made_it_is_said_in_the_plan(sandbox, staff):
    sandbox.remove_permissions("oauth:client:view")
    request = request_for(staff, sandbox.person("plain agent")["id"])
    warnings = request.plans.get().document["warnings"]
    assert "It is not known whether this person made the OAuth client that this console signs in with." in warnings
