"""The first page: what waits for me, runs, needs somebody or rests, how long it takes, whether all is well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.timesince import timesince
from django.views.decorators.http import require_safe

from offboarding.access import permissions_of, requests_for, roles_of
from offboarding.genesys.connect import ANSWERED, FAILED, last_heard
from offboarding.models import Archive, AuditHead, DeprovisionRequest, Run, WorkerHeartbeat
from offboarding.models.archive import Harm
from offboarding.models.request import RequestState
from offboarding.models.run import RunState, StepState
from offboarding.plan import counted
from offboarding.steps import PIPELINE
from offboarding.views.health import WORKER_MAY_BE_SILENT
from offboarding.views.request import STOP_POLLING
from offboarding.views.worklist import HELD, PARKED, RUNNING, TROUBLED, waiting_for

LINES = 10
WEEKS = 12
MEDIAN_OF = timedelta(days=90)
ANSWER_IS_OLD = timedelta(minutes=5)
VERIFIERS = frozenset({"export", "configure"})  # auditors and administrators
NEXT_STEPS: dict[str, str] = {
    RequestState.AWAITING_DECISION: "Decide on the plan",
    RunState.PLAN_CHANGED: "Decide on what changed",
    RequestState.PLAN_FAILED: "Read the plan again, or cancel",
}


@dataclass(frozen=True, slots=True)
class HealthItem:
    """One part of the health line; `key` is good, bad or unknown. `only_for`: the permissions of who can mend it."""

    title: str
    key: str
    sentence: str
    only_for: frozenset[str] = frozenset()


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """For everybody signed in; an account without a role learns whom to ask. The polled part answers alone to htmx."""
    held = permissions_of(request.user)
    if not held:
        return render(request, "home/no_role.html", {"roles": roles_of(request.user)})
    if request.htmx and request.GET.get("part") == "running":  # type: ignore[attr-defined]
        running = _running(request)
        return render(request, "home/running.html", {"running": running}, status=200 if running else STOP_POLLING)
    waiting = waiting_for(request.user, held).with_status().select_related("run")
    context = {
        "sees_requests": "see_requests" in held,
        "waiting": [_with_next_step(asked) for asked in waiting[:LINES]],
        "running": _running(request),
        "troubled": _with_words(request, TROUBLED),
        "resting": _with_words(request, PARKED | HELD),
        "weeks": deprovisions_a_week(timezone.now()),
        "times": median_times(timezone.now()),
        "health": [item for item in health(timezone.now()) if not item.only_for or item.only_for & held],
    }
    return render(request, "home/home.html", context)


def deprovisions_a_week(now: datetime) -> list[tuple[str, int]]:
    """For each of the last twelve weeks (Monday to Sunday, UTC): its first day, and how many deletions were seen."""
    this_week = _monday(now)
    first = this_week - timedelta(weeks=WEEKS - 1)
    counts = {first + timedelta(weeks=week): 0 for week in range(WEEKS)}
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    for at in Run.objects.filter(deleted_at__gte=since).values_list("deleted_at", flat=True).iterator():
        if at is not None:
            counts[_monday(at)] += 1
    return [(f"{day.day} {day:%b}", count) for day, count in counts.items()]


def median_times(now: datetime) -> dict[str, Any]:
    """Median seconds from approval to lock-out and to the end, of what completed in the last 90 days; or None."""
    ended = Run.objects.filter(state=RunState.COMPLETED, ended_at__gte=now - MEDIAN_OF)
    times = list(ended.values_list("approved_at", "locked_out_at", "ended_at"))
    to_lock_out = [(cut - approved).total_seconds() for approved, cut, _ in times if cut]
    to_done = [(end - approved).total_seconds() for approved, _, end in times if end]
    return {
        "lock_out": median(to_lock_out) if to_lock_out else None,
        "done": median(to_done) if to_done else None,
        "runs": len(times),
    }


def health(now: datetime) -> list[HealthItem]:
    """What is known without asking anybody: the worker's last sign, Genesys' last answer, the last verification."""
    return [_worker(now), _genesys(now), _audit(now)]


def _worker(now: datetime) -> HealthItem:
    seen = WorkerHeartbeat.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    if seen is None:
        return HealthItem("Worker", "bad", "never seen: start it with manage.py worker")
    if now - seen > WORKER_MAY_BE_SILENT:
        return HealthItem("Worker", "bad", f"not seen for {_silence(seen, now)}: start it with manage.py worker")
    return HealthItem("Worker", "good", "at work")


def _genesys(now: datetime) -> HealthItem:
    answered, failed = last_heard(ANSWERED), last_heard(FAILED)
    if failed is not None and (answered is None or failed > answered):
        before = f"; before that it answered {_since(answered, now)}" if answered else ""
        return HealthItem("Genesys Cloud", "bad", f"gave no usable answer {_since(failed, now)}{before}")
    if answered is None:
        return HealthItem("Genesys Cloud", "unknown", "nobody has asked it yet")
    if now - answered > ANSWER_IS_OLD:
        return HealthItem("Genesys Cloud", "unknown", f"last answered {_since(answered, now)}, not asked since")
    return HealthItem("Genesys Cloud", "good", f"answered {_since(answered, now)}")


def _audit(now: datetime) -> HealthItem:
    head = AuditHead.objects.get(pk=1)
    harmed = Archive.objects.exclude(harm=Harm.NONE).count()
    if harmed:
        told = f"{counted(harmed, 'archive')} of people's history lost or changed: manage.py verify_audit names each"
        return HealthItem("Audit trail", "bad", told)
    if head.verified_at is None:
        return HealthItem("Audit trail", "unknown", "never verified: run manage.py verify_audit", VERIFIERS)
    return HealthItem(
        "Audit trail", "good", f"verified {_since(head.verified_at, now)}, to record {head.verified_sequence}"
    )


def _silence(seen: datetime, now: datetime) -> str:
    """In seconds below a minute: the worker counts as lost before a minute is over."""
    span = now - seen
    return f"{span.seconds} seconds" if span < timedelta(minutes=1) else timesince(seen, now, depth=1)


def _since(at: datetime, now: datetime) -> str:
    return "just now" if now - at < timedelta(minutes=1) else f"{timesince(at, now, depth=1)} ago"


def _monday(at: datetime) -> date:
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def _running(request: HttpRequest) -> list[dict[str, Any]]:
    """What moves by itself now, each with the step it is at."""
    found = requests_for(request.user).filter(RUNNING).with_status().select_related("run")
    lines = []
    for asked in found.prefetch_related("run__steps").order_by("id")[:LINES]:
        run = getattr(asked, "run", None)
        steps = list(run.steps.all()) if run else []
        done = sum(step.is_finished for step in steps)
        at = next((step for step in steps if not step.is_finished), None)
        lines.append(
            {
                "asked": asked,
                "run": run,
                "step": PIPELINE.get(at.key, at.key) if at else "",
                "done": done,
                "total": len(PIPELINE),
            }
        )
    return lines


def _with_words(request: HttpRequest, which: Q) -> list[dict[str, Any]]:
    """Requests that do not go on now, with the words for what happened and what to do."""
    found = requests_for(request.user).filter(which).with_status().select_related("run")
    return [_trouble(asked) for asked in found.prefetch_related("run__steps").order_by("-urgent", "id")[:LINES]]


def _trouble(asked: DeprovisionRequest) -> dict[str, Any]:
    run = getattr(asked, "run", None)
    if run is None:
        return {"asked": asked, "problem": asked.problem, "remedy": asked.remedy}
    waiting = next((step for step in run.steps.all() if step.state == StepState.WAITING), None)
    told = waiting if run.state == RunState.PARKED and waiting else run
    return {"asked": asked, "problem": told.problem, "remedy": told.remedy}


def _with_next_step(asked: DeprovisionRequest) -> dict[str, Any]:
    return {"asked": asked, "next_step": NEXT_STEPS[asked.current_status]}
