"""The audit log document of a run, and the outbox rows that carry it: written in the transaction that ends the run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import Max
from django.utils import timezone

from offboarding import queue
from offboarding.actions.hand_over import hand_over_of
from offboarding.audit.holds import hold_as_told, holds_met
from offboarding.audit.record import utc_text
from offboarding.models import Archive, Delivery, Run, StepRun
from offboarding.models.run import FINISHED, RunState
from offboarding.models.webhook import DeliveryState
from offboarding.plan import sight_of
from offboarding.webhooks.endpoints import receivers
from offboarding.webhooks.flight import end_unsent, in_flight

EVENT = "USER_DEPROVISIONING_SCIM"
ENDS_REFERENCES = ("leave_queues", "remove_roles", "leave_groups", "clear_skills")


def end_with_document(run: Run) -> dict[str, Any]:
    """Build the document from the rows as they stand, keep it on the run, and queue it for every endpoint.

    An older document must not arrive after this one and be taken for the end: it is not sent any more, and where an
    attempt is in flight, this one waits until that has ended or its lease is over. Inside a transaction that has
    recorded the end, and so has locked the head of the chain: no attempt begins to be in flight, or ends, unseen.
    """
    run.document = document_of(run)
    run.save(update_fields=["document"])
    told, now = receivers(), timezone.now()
    end_unsent(run.request.deliveries.filter(state=DeliveryState.PENDING), now, state=DeliveryState.SUPERSEDED)
    flying = in_flight(now).filter(request=run.request).values_list("endpoint")
    leases = dict(flying.annotate(Max("next_try_at")))
    for address, endpoint in told:
        Delivery.objects.create(
            request=run.request,
            endpoint=address,
            receiver=endpoint,
            event=EVENT,
            body=json.dumps(run.document, ensure_ascii=False),
            next_try_at=leases.get(address, now),
            created_at=now,
        )
    if told:
        queue.wake_deliveries()
    return run.document


def document_of(run: Run) -> dict[str, Any]:
    """The article's document with true values: a flag is true only when the rows say that it was observed.

    A person without history counts as archived: the archive was written, verified, and holds nothing. One that is
    written, and whose step did not come to its end, does not count yet.
    """
    request = run.request
    steps = list(run.steps.order_by("ordinal"))
    finished = {step.key: step.state in FINISHED for step in steps}
    archive = Archive.objects.filter(request=request, verified_at__isnull=False).first()
    may_lack = sight_of(run.plan.document).history
    is_whole = archive is not None and not archive.manifest.get("gaps") and not may_lack
    kept = is_whole and finished.get("archive_history", False)
    deleted = run.deleted_at is not None
    signed_out = run.sign_out_was_seen
    handed_over = hand_over_of(run)
    references_gone = all(finished.get(key, False) for key in ENDS_REFERENCES) and not handed_over.unseen
    decisions = [
        {
            "verdict": decision.verdict,
            "by": decision.decided_by_name,
            "at": utc_text(decision.decided_at),
            "planDigest": decision.digest,
        }
        for decision in request.decisions.order_by("id")
    ]
    document: dict[str, Any] = {
        "event": EVENT,
        "timestamp": utc_text(timezone.now()),
        "userId": request.person_id,
        "actions": {
            "foreignKeys": references_gone,
            "archiveCount": archive.count if archive else 0,
            "sessionsRevoked": signed_out,
            "scimDelete": deleted,
        },
        "status": "COMPLETED" if run.state == RunState.COMPLETED else "FAILED",
        "compliance": {
            "softDeleteEnabled": deleted,
            "historyArchived": kept,
            "sessionsRevoked": signed_out,
            "foreignKeysResolved": references_gone,
        },
        "request": {
            "number": request.pk,
            "reason": request.reason,
            "ticket": request.ticket,
            "requestedBy": request.requested_by_name,
            "requestedAt": utc_text(request.requested_at),
            "decisions": decisions,
        },
        "person": {"id": request.person_id, "name": request.person_name, "scimId": run.plan.scim_id},
        "organization": {"id": request.org_id, "name": request.org_name},
        "holds": [hold_as_told(hold) for hold in holds_met(request)],
        "steps": [_step(step) for step in steps],
        "handOver": handed_over.lines,
    }
    if archive is not None:
        document["archive"] = {
            "count": archive.count,
            "bytes": archive.size,
            "sha256": archive.sha256,
            "from": utc_text(archive.interval_start),
            "to": utc_text(archive.interval_end),
            "gaps": archive.manifest.get("gaps", []),
            **({"mayLack": may_lack} if may_lack else {}),
            **({"withoutAttributes": bare} if (bare := _without_attributes(steps)) else {}),
        }
    if run.state != RunState.COMPLETED:
        document["error"] = run.problem or "The run did not finish."
    return document


def _without_attributes(steps: Iterable[StepRun]) -> str:
    kept: str = next(
        (step.evidence.get("without_attributes", "") for step in steps if step.key == "archive_history"), ""
    )
    return kept


def _step(step: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"step": step.key, "outcome": step.outcome, "attempts": step.attempt}
    if step.asked:
        told["asked"] = step.asked_names
    if step.sentence:
        told["sentence"] = step.sentence
    if step.ended_at:
        told["at"] = utc_text(step.ended_at)
    if step.problem and step.state not in FINISHED:
        told["error"] = step.problem
        told["correlationId"] = step.correlation_id
    return told
