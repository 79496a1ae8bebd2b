"""Storing what was read of a person as the plan to decide on, or why there is none; and having it read again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from offboarding import queue
from offboarding.access import Actor, may_plan_again
from offboarding.actions.errors import need, recording_refusals
from offboarding.audit.record import record, utc_text
from offboarding.models import DeprovisionRequest, Plan
from offboarding.models.request import RequestState
from offboarding.plan import digest_of


@transaction.atomic
def store_plan(
    actor: Actor | None,
    *,
    request_id: int,
    document: dict[str, Any],
    holdings: dict[str, Any],
    scim_id: str,
    read_at: datetime,
) -> Plan | None:
    """Keep a plan that was read, and let the request wait for a decision. None when nobody waits for a plan any more.

    Idempotent: a second planner that finds the request past `planning` stores nothing.
    """
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    if request.state != RequestState.PLANNING:
        return None
    plan = next_plan(request, document, holdings, scim_id, read_at)
    request.state = RequestState.AWAITING_DECISION
    request.problem = request.remedy = ""
    request.person_name = document["person"]["name"]
    request.person_email = document["person"]["email"]
    request.save(update_fields=["state", "problem", "remedy", "person_name", "person_email"])
    record(
        actor,
        "plan.read",
        request=request,
        data={"plan": plan.number, "digest": plan.digest, "count": len(document["actions"])},
    )
    return plan


@transaction.atomic
def begin_plan(*, request_id: int) -> int | None:
    """Count a try before the work, so that a plan which kills its worker is seen to have been tried; which one it is.

    None when nobody waits for a plan any more, or the time to read it has not come.
    """
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    if request.state != RequestState.PLANNING or (request.plan_after and request.plan_after > timezone.now()):
        return None
    request.plan_tries += 1
    request.save(update_fields=["plan_tries"])
    return request.plan_tries


@transaction.atomic
def put_off_plan(actor: Actor | None, *, request_id: int, until: datetime, problem: str, remedy: str) -> None:
    """Keep why the plan cannot be read now, and from when on a worker reads it again by itself."""
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    if request.state != RequestState.PLANNING:
        return
    request.problem, request.remedy, request.plan_after = problem, remedy, until
    request.save(update_fields=["problem", "remedy", "plan_after"])
    told = {"problem": problem, "until": utc_text(until.replace(microsecond=0))}
    record(actor, "plan.put_off", request=request, data=told)


@transaction.atomic
def fail_plan(actor: Actor | None, *, request_id: int, problem: str, remedy: str, code: str) -> None:
    """Keep why the plan could not be read. The request stays open, so that it can be planned again or cancelled."""
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    if request.state != RequestState.PLANNING:
        return
    request.state = RequestState.PLAN_FAILED
    request.problem, request.remedy = problem, remedy
    request.save(update_fields=["state", "problem", "remedy"])
    record(actor, "plan.failed", outcome="failed", request=request, data={"problem": problem, "code": code})


@recording_refusals("action.refused", "read the plan again")
def read_plan_again(actor: Actor, *, request_id: int) -> None:
    """Have the holdings read again, after a failure or to refresh a plan that nobody has decided."""
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    need(may_plan_again(actor, request), request)
    request.state, request.plan_tries, request.plan_after = RequestState.PLANNING, 0, None
    request.problem = request.remedy = ""
    request.save(update_fields=["state", "problem", "remedy", "plan_tries", "plan_after"])
    record(actor, "plan.asked_again", request=request)
    queue.wake_planner(request.pk)


def next_plan(
    request: DeprovisionRequest,
    document: dict[str, Any],
    holdings: dict[str, Any],
    scim_id: str,
    read_at: datetime,
) -> Plan:
    """Store the plan read after the last one, whose digest is then the one to decide. Inside a transaction."""
    last = request.plans.order_by("-number").first()
    return Plan.objects.create(
        request=request,
        number=last.number + 1 if last else 1,
        digest=digest_of(document),
        document=document,
        holdings=holdings,
        scim_id=scim_id,
        read_at=read_at,
    )
