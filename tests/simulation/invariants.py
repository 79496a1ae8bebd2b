"""What must hold when a seed has come to rest: one function each, which yields what it saw wrong.

What can only be seen at its moment (a deletion being sent, a transaction about to commit) is in witness.py, what is
about the audit log document in documents.py.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from offboarding.archives.storage import absolute
from offboarding.audit.chain import check_chain
from offboarding.audit.readings import problems_of_readings
from offboarding.models import Archive, AuditRecord, Decision, Delivery, DeprovisionRequest, Plan, Run, StepRun
from offboarding.models.request import RequestState
from offboarding.models.run import NEEDS_A_HUMAN, RunState, StepState
from offboarding.models.webhook import DeliveryState
from tests.simulation.documents import documents_are_true, documents_claim_only_what_was_seen
from tests.simulation.rest import Rest
from tests.simulation.testimony import Violation
from tests.simulation.truth import conversations_of

HOUR = timedelta(hours=1)


def no_approved_run_is_forgotten(rest: Rest) -> Iterator[str]:
    """I1: an approved run is completed, or says what a human has to do, or until when it waits."""
    for run in Run.objects.select_related("request").filter(request__state=RequestState.APPROVED):
        if run.state in NEEDS_A_HUMAN:
            if not run.problem or not run.remedy:
                yield f"run {run.pk} is {run.state} and does not say why, or what to do"
        elif not (run.state == RunState.PARKED and run.not_before and run.not_before > timezone.now()):
            yield f"run {run.pk} is left {run.state}"
    for run in Run.objects.select_related("request"):
        if (run.state == RunState.COMPLETED) != (run.request.state == RequestState.COMPLETED):
            yield f"run {run.pk} is {run.state}, its request {run.request.state}"


def decided_by_somebody_else(rest: Rest) -> Iterator[str]:
    """I2, the part in rows: every decision is another person's, of the digest of its plan."""
    for decision in Decision.objects.select_related("request", "plan"):
        if decision.decided_by_id == decision.request.requested_by_id:
            yield f"request {decision.request_id} was decided by who asked"
        if decision.digest != decision.plan.digest:
            yield f"decision {decision.pk} is on another digest than its plan's"
    for run in Run.objects.select_related("plan"):
        first = run.steps.order_by("ordinal").first()
        if first is None or first.attempt == 0:
            continue
        if not Decision.objects.filter(plan=run.plan, verdict="approved").exists():
            yield f"run {run.pk} works on a plan that nobody approved"


def caps_are_kept(rest: Rest) -> Iterator[str]:
    """The circuit breaker: within no hour more runs begin than the settings allow, in the org and in a division."""
    begun: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for run in Run.objects.select_related("plan").filter(let_in_at__isnull=False).order_by("let_in_at"):
        assert run.let_in_at is not None
        begun["DEPROVISION_MOST_AN_HOUR", ""].append(run.let_in_at)
        if division := run.plan.holdings["person"]["division"]:
            begun["DEPROVISION_MOST_AN_HOUR_IN_A_DIVISION", division["id"]].append(run.let_in_at)
    for (name, _), times in begun.items():
        most = getattr(settings, name)
        for first, last in zip(times, times[most:], strict=False):
            if last - first < HOUR:
                yield f"{most + 1} runs began within {last - first}, and {name} is {most}"


def every_change_is_recorded_once(rest: Rest) -> Iterator[str]:
    """I4: the chain holds, and what the rows say happened stands in it exactly as often."""
    report = check_chain()
    if not report.ok:
        yield f"the chain: {report.problem}"
    actions = Counter(AuditRecord.objects.values_list("action", flat=True))
    requests = Counter(DeprovisionRequest.objects.values_list("state", flat=True))
    verdicts = Counter(Decision.objects.values_list("verdict", flat=True))
    expected = {
        "requests opened": (DeprovisionRequest.objects.count(), actions["request.opened"]),
        "plans": (
            Plan.objects.count(),
            actions["plan.read"] + actions["run.plan_changed"] + actions["run.approval_ended"],
        ),
        "approvals": (verdicts["approved"], actions["request.approved"]),
        "rejections": (verdicts["rejected"], actions["request.rejected"]),
        "completed": (requests["completed"], actions["run.completed"]),
        "cancelled": (requests["cancelled"], actions["request.cancelled"]),
        "closed": (requests["closed"], actions["request.closed"]),
        "runs started": (Run.objects.filter(started_at__isnull=False).count(), actions["run.started"]),
    }
    for what, (rows, records) in expected.items():
        if rows != records:
            yield f"{what}: {rows} in rows, {records} in the audit trail"
    ends: Counter[tuple[int, str, int]] = Counter()
    for number, action, data in AuditRecord.objects.filter(action__startswith="step.").values_list(
        "request_number", "action", "data"
    ):
        if action != "step.reopened":
            ends[(number, data["key"], data["attempt"])] += 1
    for (number, key, attempt), times in ends.items():
        if times > 1:
            yield f"attempt {attempt} of {key} of request {number} ended {times} times"
    for step in StepRun.objects.select_related("run"):
        if step.is_finished and not ends[(step.run.request_id, step.key, step.attempt)]:
            yield f"{step.key} of request {step.run.request_id} is {step.state} without a record"


def evidence_is_what_was_recorded(rest: Rest) -> Iterator[str]:
    """I4 as well: what a step read is kept once, with the digest of its record; nothing observed goes without."""
    yield from problems_of_readings()[1]
    looks = ("suspend_sign_in", "revoke_sessions", "remove_roles", "delete_person")
    for step in StepRun.objects.filter(state=StepState.OBSERVED, key__in=looks, readings=None):
        yield f"{step.key} of run {step.run_id} was observed, and no answer is kept"


def every_end_is_delivered(rest: Rest) -> Iterator[str]:
    """I5: each end has its message; it was delivered, given up or overtaken, and its id means one text."""
    ended = ("run.completed", "run.failed", "run.stopped", "run.stopped_within", "request.closed")
    rejected = AuditRecord.objects.filter(
        action="request.rejected", request_number__in=Run.objects.values("request_id")
    ).count()
    ends = AuditRecord.objects.filter(action__in=ended).count() + rejected
    deliveries = {str(row.message_id): row for row in Delivery.objects.all()}
    if len(deliveries) != ends:
        yield f"{ends} ends, {len(deliveries)} messages"
    taken: set[str] = set()
    for message in rest.messages:
        row = deliveries.get(message.id)
        if row is None or row.body.encode() != message.body:
            yield f"the receiver got a message {message.id} that the outbox does not know"
        elif message.status in (0, 200):
            taken.add(message.id)
    for id, row in deliveries.items():
        if rest.came_to_rest and row.state == DeliveryState.PENDING:
            yield f"message {row.pk} still waits"
        if row.state == DeliveryState.DELIVERED and id not in taken:
            yield f"message {row.pk} counts as delivered, and the receiver never took it"


def archives_hold_the_history(rest: Rest) -> Iterator[str]:
    """I6: the archive of a completed run holds exactly the conversations of its interval, none of them twice."""
    for archive in Archive.objects.filter(request__state=RequestState.COMPLETED):
        try:
            with gzip.open(absolute(archive.path)) as lines:
                ids = Counter(json.loads(line)["conversationId"] for line in lines)
        except (OSError, EOFError, ValueError, zlib.error) as error:
            yield f"request {archive.request_id}: the archive cannot be read: {error}"
            continue
        doubled = [id for id, times in ids.items() if times > 1]
        true = conversations_of(rest.org, archive.person_id, archive.interval_start, archive.interval_end)
        if doubled or set(ids) != true or archive.count != len(true):
            lacks, foreign = len(true - set(ids)), len(set(ids) - true)
            yield f"request {archive.request_id}: {lacks} missing, {foreign} foreign, {len(doubled)} doubled"


def no_secret_is_kept(rest: Rest) -> Iterator[str]:
    """I8: neither the client's secret, nor a token, nor the receiver's secret is in the database or the log."""
    log = "\n".join(rest.log).encode()
    secrets = {settings.GENESYS_CLIENT_SECRET, settings.DEPROVISION_WEBHOOK_SECRET, *rest.tokens}
    for secret in secrets:
        if rest.database.holds(secret):
            yield f"{secret[:8]}… is in the database"
        if secret.encode() in log:
            yield f"{secret[:8]}… is in the log"


def nobody_is_named_in_the_log(rest: Rest) -> Iterator[str]:
    """I8: a line of the log says which run or request it is about, and nobody's name, e-mail address or number."""
    log = "\n".join(rest.log)
    for person in rest.org.people.values():
        if told := [what for what in (person.name, person.email, person.phone) if what and what in log]:
            yield f"{', '.join(told)} of {person.id} is in the log"


def comes_to_rest(rest: Rest) -> Iterator[str]:
    """I10: once nothing goes wrong any more, everything ends within a bounded time."""
    if not rest.came_to_rest:
        yield "there was still something to do when the time was up"


ALL: tuple[Callable[[Rest], Iterator[str]], ...] = (
    no_approved_run_is_forgotten,
    decided_by_somebody_else,
    caps_are_kept,
    every_change_is_recorded_once,
    evidence_is_what_was_recorded,
    every_end_is_delivered,
    archives_hold_the_history,
    no_secret_is_kept,
    nobody_is_named_in_the_log,
    documents_are_true,
    documents_claim_only_what_was_seen,
    comes_to_rest,
)


def check(rest: Rest) -> list[Violation]:
    """Every violation of every invariant above."""
    return [Violation(invariant.__name__, what) for invariant in ALL for what in invariant(rest)]
