"""The rules that protect people by e-mail, group or role: making and ending them, and which one fits somebody."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from offboarding.access import Actor, may
from offboarding.actions.errors import Refused, recording_refusals
from offboarding.audit.record import name_of, record
from offboarding.models import Plan, ProtectionRule
from offboarding.models.policy import RuleKind
from offboarding.plan import Rule, rule_for


def rules_of(org_id: str) -> tuple[Rule, ...]:
    """The rules in force, the oldest first."""
    in_force = ProtectionRule.objects.filter(org_id=org_id, ended_at__isnull=True)
    return tuple(Rule(row.kind, row.value, row.reason, row.made_by_name) for row in in_force)


def rule_on(plan: Plan) -> Rule | None:
    """The rule that fits the person as they were read for this plan; None when none does."""
    person: dict[str, Any] = plan.holdings["person"]
    items = [(item["kind"], item["id"], item["name"]) for item in plan.holdings["items"]]
    return rule_for(rules_of(plan.request.org_id), person["email"], items)


def refuse_by(rule: Rule, person: tuple[str, str, str]) -> Refused:
    """The refusal that names the rule."""
    remedy = f"Ask {rule.made_by}, or an administrator, whether the rule should end."
    return Refused(rule.sentence, remedy, "protected", person=person)


@recording_refusals("action.refused", "make a rule of protection")
def make_rule(actor: Actor, *, org_id: str, kind: str, value: str, reason: str) -> ProtectionRule:
    """Protect everybody whom the rule fits, now and later; a running deprovisioning meets it before its next step."""
    if not may(actor, "configure"):
        raise Refused("Your role does not let you do this.", "Ask an administrator.", "role")
    value, reason = value.strip(), reason.strip()
    if kind not in RuleKind.values or not value or not reason:
        raise Refused("The rule is not complete.", "Choose a kind, name what it looks at, and say why.", "form")
    if kind == RuleKind.EMAIL and not _is_address(value):
        raise Refused(
            f"{value} is no e-mail address.",
            "Give one whole address; for many people name a group or a role.",
            "form",
        )
    try:
        with transaction.atomic():
            rule = ProtectionRule.objects.create(
                org_id=org_id,
                kind=kind,
                value=value[:320],
                reason=reason[:500],
                made_by_name=name_of(actor),
                made_at=timezone.now(),
            )
    except IntegrityError as error:
        raise Refused("There is such a rule already.", "Nothing is left to do.", "already") from error
    record(actor, "rule.made", org_id=org_id, data={"kind": kind, "value": rule.value, "reason": rule.reason})
    return rule


def _is_address(text: str) -> bool:
    """An asterisk may stand in an address, but whoever types one means many: no pattern is understood here."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return "*" not in text


@recording_refusals("action.refused", "end a rule of protection")
def end_rule(actor: Actor, *, rule_id: int, reason: str) -> None:
    """End a rule, with a reason. One that has ended stays as it is."""
    if not may(actor, "configure"):
        raise Refused("Your role does not let you do this.", "Ask an administrator.", "role")
    rule = ProtectionRule.objects.select_for_update().get(pk=rule_id)
    if rule.ended_at is not None:
        return
    if not reason.strip():
        raise Refused("No reason was given.", "Say why the rule ends.", "form")
    rule.ended_at, rule.ended_by_name = timezone.now(), name_of(actor)
    rule.save(update_fields=["ended_at", "ended_by_name"])
    data = {"kind": rule.kind, "value": rule.value, "reason": reason.strip()[:500]}
    record(actor, "rule.ended", org_id=rule.org_id, data=data)
