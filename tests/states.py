"""A request in each of its states, built through the actions alone: what these rows say is what the product writes."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone

from offboarding import plan
from offboarding.actions import decisions, lease, plans, requests, run_control, run_steps, runs
from offboarding.actions.archives import store_archive
from offboarding.actions.holds import place_hold
from offboarding.archives.storage import absolute, folder_for
from offboarding.models import DeprovisionRequest, Plan, Run
from offboarding.models.run import NOT_CONFIRMED
from offboarding.plan import Holding, Holdings
from offboarding.steps import PIPELINE
from tests.builders import INTERVAL, ORG, PERSON, holdings

KEYS = tuple(PIPELINE)
MARKS = {"settle_conversations": "locked_out_at", "delete_person": "deleted_at"}
CONVERSATION = b'{"conversationId": "c-1"}\n'


def planning(staff: Any, *, number: int = 1, **changes: Any) -> DeprovisionRequest:
    """Asked for, the plan not read yet. `number` makes another person."""
    who = replace(PERSON, id=PERSON.id[:-1] + str(number)) if number != 1 else PERSON
    given = {"org": ORG, "person": who, "reason": "Voluntary", **changes}
    return requests.open_request(staff, **given)


def put_off(staff: Any, *, wait: timedelta = timedelta(minutes=3), **changes: Any) -> DeprovisionRequest:
    """The plan could not be read yet, and a worker reads it again by itself after the wait."""
    request = planning(staff, **changes)
    problem = "The rate limit of Genesys Cloud is used up."
    until = timezone.now() + wait
    plans.put_off_plan(None, request_id=request.pk, until=until, problem=problem, remedy="Nothing has to be done.")
    return fresh(request)


def plan_failed(staff: Any, **changes: Any) -> DeprovisionRequest:
    request = planning(staff, **changes)
    plans.fail_plan(None, request_id=request.pk, problem="No answer.", remedy="Look at the network.", code="x")
    return fresh(request)


def awaiting_decision(staff: Any, held: Holdings | None = None, **changes: Any) -> DeprovisionRequest:
    request = planning(staff, **changes)
    read_plan(request, held)
    return fresh(request)


def read_plan(request: DeprovisionRequest, held: Holdings | None = None) -> Plan:
    """Store a plan as the planner would."""
    held = held or holdings()
    held = replace(held, person=replace(held.person, id=request.person_id))
    stored = plans.store_plan(
        None,
        request_id=request.pk,
        document=plan.document_of(held, interval=INTERVAL, approximate_count=9, reason="Voluntary", order=PIPELINE),
        holdings=plan.to_json(held),
        scim_id="scim-1",
        read_at=timezone.now(),
    )
    assert stored is not None
    return stored


def rejected(staff: Any, approver: Any, **changes: Any) -> DeprovisionRequest:
    request = awaiting_decision(staff, **changes)
    decisions.reject_request(approver, request_id=request.pk, digest=digest(request), reason="Wrong person")
    return fresh(request)


def cancelled(staff: Any, **changes: Any) -> DeprovisionRequest:
    request = awaiting_decision(staff, **changes)
    requests.cancel_request(staff, request_id=request.pk, reason="Stays after all")
    return fresh(request)


def queued(staff: Any, approver: Any, **changes: Any) -> DeprovisionRequest:
    """Approved; no worker has started."""
    request = awaiting_decision(staff, **changes)
    decisions.approve_request(
        approver, request_id=request.pk, digest=digest(request), confirmation=request.person_email
    )
    return fresh(request)


def running(staff: Any, approver: Any, *, ended: int = 4, **changes: Any) -> DeprovisionRequest:
    """Held by a worker that has ended the first `ended` steps and is in the next."""
    request = queued(staff, approver, **changes)
    run = claimed(request)
    for key in KEYS[:ended]:
        end_step(run, key)
    run_steps.begin_step(run_id=run.pk, fence=run.fence, key=KEYS[ended])
    run_steps.save_progress(run_id=run.pk, fence=run.fence, key=KEYS[ended], done=1, total=2, item="Billing")
    return fresh(request)


def parked(staff: Any, approver: Any, *, wait: timedelta = timedelta(minutes=3), **changes: Any) -> DeprovisionRequest:
    request = running(staff, approver, **changes)
    runs.park_run(
        **place(request.run, "leave_queues"),
        why="The rate limit was reached.",
        remedy="Wait: it goes on by itself.",
        at=timezone.now() + wait,
        calls={},
        code="too.many.requests",
    )
    return fresh(request)


def not_confirmed(
    staff: Any, approver: Any, *, wait: timedelta = timedelta(minutes=3), **changes: Any
) -> DeprovisionRequest:
    """The deletion was accepted, and Genesys Cloud does not show it yet."""
    request = before_the_deletion(staff, approver, **changes)
    runs.park_run(
        **place(request.run, "delete_person"),
        why="The deletion was sent, and Genesys does not show the person as deleted yet: not confirmed.",
        remedy="Look at the person in Genesys Cloud admin. Retry reads again before anything is sent.",
        at=timezone.now() + wait,
        calls={},
        code=NOT_CONFIRMED,
    )
    return fresh(request)


def failed(staff: Any, approver: Any, **changes: Any) -> DeprovisionRequest:
    request = running(staff, approver, **changes)
    runs.fail_run(
        **place(request.run, "leave_queues"),
        title=PIPELINE["leave_queues"],
        problem="403 from Genesys.",
        remedy="Add the permission.",
        code="missing.permission",
        correlation_id="corr-1",
    )
    return fresh(request)


def stopped(staff: Any, approver: Any, **changes: Any) -> DeprovisionRequest:
    request = queued(staff, approver, **changes)
    run_control.ask_stop(approver, request_id=request.pk)
    return fresh(request)


def plan_changed(staff: Any, approver: Any, **changes: Any) -> DeprovisionRequest:
    """The person joined a queue, left a queue, and the new plan waits."""
    request = running(staff, approver, **changes)
    held = holdings(Holding("queue", "q9", "Retention"))
    person = replace(held.person, id=request.person_id)
    held = replace(held, person=person, items=tuple(item for item in held.items if item.id != "q2"))
    runs.change_plan(
        run_id=request.run.pk,
        fence=request.run.fence,
        document=plan.document_of(held, interval=INTERVAL, approximate_count=9, reason="Voluntary", order=PIPELINE),
        holdings=plan.to_json(held),
        scim_id="scim-1",
        read_at=timezone.now(),
        added=["Retention"],
    )
    return fresh(request)


def before_the_deletion(staff: Any, approver: Any, **changes: Any) -> DeprovisionRequest:
    """Everything is done but the deletion, which has begun."""
    request = queued(staff, approver, **changes)
    run = claimed(request)
    for key in KEYS[: KEYS.index("delete_person")]:
        if key == "archive_history":
            keep_archive(run)
        end_step(run, key)
    run_steps.begin_step(**place(run, "delete_person"))
    return fresh(request)


def counsel() -> User:
    """Who places legal holds here."""
    account, _ = User.objects.get_or_create(username="counsel", first_name="Root")
    account.groups.add(Group.objects.get_or_create(name="admin")[0])
    return account


def held(staff: Any, approver: Any, **changes: Any) -> DeprovisionRequest:
    """Everything is done but the deletion, which a legal hold forbids."""
    request = before_the_deletion(staff, approver, **changes)
    who = {"org_id": request.org_id, "person_id": request.person_id, "person_name": request.person_name}
    place_hold(counsel(), kind="legal_hold", reason="Case 12", review_on=date(2099, 3, 31), **who)
    runs.hold_run(
        **place(request.run, "delete_person"),
        why=f"{request.person_name} is under a legal hold: Case 12",
        remedy="Placed by Root. When somebody else releases it, the run goes on by itself.",
        calls={},
    )
    return fresh(request)


def closed(staff: Any, approver: Any, **changes: Any) -> DeprovisionRequest:
    request = failed(staff, approver, **changes)
    requests.close_request(approver, request_id=request.pk, reason="Done by hand")
    return fresh(request)


def completed(staff: Any, approver: Any, **changes: Any) -> DeprovisionRequest:
    """Everything observed, with an archive of one conversation on the disk."""
    request = queued(staff, approver, **changes)
    run = claimed(request)
    for key in KEYS[:-1]:
        if key == "archive_history":
            keep_archive(run)
        end_step(run, key)
    run_steps.begin_step(run_id=run.pk, fence=run.fence, key=KEYS[-1])
    runs.finish_run(
        **place(run, KEYS[-1]), title=PIPELINE[KEYS[-1]], state="sent", sentence="queued", evidence={}, calls={}
    )
    return fresh(request)


# Every state by its status word; each takes staff, approver and what open_request takes.
STATES: dict[str, Callable[..., DeprovisionRequest]] = {
    "planning": lambda staff, approver, **changes: planning(staff, **changes),
    "put_off": lambda staff, approver, **changes: put_off(staff, **changes),
    "plan_failed": lambda staff, approver, **changes: plan_failed(staff, **changes),
    "awaiting_decision": lambda staff, approver, **changes: awaiting_decision(staff, **changes),
    "queued": queued,
    "running": running,
    "parked": parked,
    "failed": failed,
    "stopped": stopped,
    "plan_changed": plan_changed,
    "held": held,
    "completed": completed,
    "rejected": rejected,
    "cancelled": lambda staff, approver, **changes: cancelled(staff, **changes),
    "closed": closed,
}


def claimed(request: DeprovisionRequest) -> Run:
    run = lease.claim_run(run_id=request.run.pk, owner="worker", steps=KEYS)
    assert run is not None
    return run


def end_step(run: Run, key: str) -> None:
    run_steps.begin_step(run_id=run.pk, fence=run.fence, key=key)
    run_steps.end_step(
        **place(run, key),
        title=PIPELINE[key],
        state="observed",
        sentence="Seen done.",
        evidence={"left": 0},
        calls={"GET /api/v2/users": 1},
        marks=MARKS.get(key, ""),
    )


def keep_archive(run: Run) -> None:
    """An archive file of one conversation, and its row."""
    request = run.request
    path = folder_for(request.org_id, request.person_id, request.pk) / "conversations.jsonl.gz"
    content = gzip.compress(CONVERSATION)
    absolute(path).parent.mkdir(parents=True, exist_ok=True)
    absolute(path).write_bytes(content)
    store_archive(
        run_id=run.pk,
        fence=run.fence,
        path=str(path),
        manifest={"gaps": []},
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        count=1,
        first_at=INTERVAL[0],
        last_at=INTERVAL[0],
        interval=INTERVAL,
    )


def place(run: Run, key: str) -> dict[str, Any]:
    return {"run_id": run.pk, "fence": run.fence, "key": key}


def digest(request: DeprovisionRequest) -> str:
    """The digest of the plan that waits for a decision."""
    return request.plans.latest("number").digest


def fresh(request: DeprovisionRequest) -> DeprovisionRequest:
    """The row as it stands in the database now, with nothing remembered of its run."""
    return DeprovisionRequest.objects.get(pk=request.pk)
