"""What the page of a request says, read from its rows: plan, difference, steps, verdicts, what may be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from offboarding import access, plan
from offboarding.access import Actor
from offboarding.models import Archive, Decision, DeprovisionRequest, Plan, Run, StepRun
from offboarding.models.request import RequestState, Verdict
from offboarding.models.run import RUNNABLE, StepState
from offboarding.steps import PIPELINE

MOVING = {str(RequestState.PLANNING), *(str(state) for state in RUNNABLE)}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step as shown: its title from the table, and its row once a worker has laid it out."""

    key: str
    title: str
    state: str
    row: StepRun | None

    @property
    def percent(self) -> int | None:
        """How far a counted step is, 0 to 100; None when nothing is counted."""
        if self.row is None or not self.row.total:
            return None
        return min(100, 100 * self.row.done // self.row.total)


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One of the three final questions: `state` is yes, not_yet or no, `seen_at` when it was seen."""

    title: str
    state: str
    seen_at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PlanView:
    """A stored plan for reading: sentences first, the raw actions behind, and what changed since another plan."""

    stored: Plan
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    actions: tuple[dict[str, str], ...]
    base: Plan | None = None
    base_approved: bool = False
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def facts_of(actor: Actor, asked: DeprovisionRequest) -> dict[str, Any]:
    """The context of the page and of its polled part."""
    decisions = list(asked.decisions.select_related("plan").order_by("id"))
    plans = list(asked.plans.order_by("number"))
    run = Run.objects.filter(request=asked).select_related("plan").first()
    archive = Archive.objects.filter(request=asked).first()
    status = asked.current_status
    steps = step_lines(run)
    return {
        "asked": asked,
        "status": status,
        "moving": status in MOVING,
        "decisions": decisions,
        "plan": plan_view(plans, decisions),
        "run": run,
        "steps": steps if run else [],
        "now_at": next((line for line in steps if line.state not in _DONE), None) if run else None,
        "done_count": sum(line.state in _DONE for line in steps),
        "step_count": len(steps),
        "archive": archive,
        "may_download": archive is not None and access.may(actor, "download_archive"),
        "verdicts": verdicts(asked, run, archive),
        "may": answers(actor, asked),
        "seen": seen_mark(status, steps),
    }


_DONE = (StepState.OBSERVED, StepState.NOTHING_TO_DO, StepState.SENT)


def answers(actor: Actor, asked: DeprovisionRequest) -> dict[str, access.Answer]:
    """What this actor may do with the request now, and if not, why."""
    return {
        "decide": access.may_decide(actor, asked),
        "cancel": access.may_cancel(actor, asked),
        "replan": access.may_plan_again(actor, asked),
        "retry": access.may_retry(actor, asked),
        "stop": access.may_stop(actor, asked),
        "close": access.may_close(actor, asked),
    }


def seen_mark(status: str, steps: list[StepLine]) -> str:
    """A short mark of where the request stands: when it changes, there is something to announce."""
    at = next((line.key for line in steps if line.state not in _DONE), "")
    return f"{status}:{at}"


def step_lines(run: Run | None) -> list[StepLine]:
    """Every step of the pipeline in order; those that no worker has laid out yet are pending."""
    rows = {row.key: row for row in run.steps.all()} if run else {}
    return [
        StepLine(key, title, rows[key].state if key in rows else str(StepState.PENDING), rows.get(key))
        for key, title in PIPELINE.items()
    ]


def verdicts(asked: DeprovisionRequest, run: Run | None, archive: Archive | None) -> list[VerdictLine]:
    """Access cut, history kept, person deleted: yes only for what was seen; no once it can no longer come."""
    pending = "not_yet" if asked.is_live else "no"
    kept = archive is not None and archive.verified_at is not None and not archive.manifest.get("gaps")
    cut_at = run.locked_out_at if run else None
    deleted_at = run.deleted_at if run else None
    kept_detail = plan.counted(archive.count, "conversation") if archive is not None else ""
    return [
        VerdictLine("Access cut", "yes" if cut_at else pending, cut_at),
        VerdictLine(
            "History kept",
            "yes" if kept else pending,
            archive.verified_at if kept and archive is not None else None,
            kept_detail,
        ),
        VerdictLine("Person deleted", "yes" if deleted_at else pending, deleted_at),
    ]


def plan_view(plans: list[Plan], decisions: list[Decision]) -> PlanView | None:
    """The latest plan, and what changed since the last approved one, or else since the one read before it."""
    if not plans:
        return None
    latest = plans[-1]
    approved = next((d.plan for d in reversed(decisions) if d.verdict == Verdict.APPROVED), None)
    base = approved or (plans[-2] if len(plans) > 1 else None)
    actions = plan.actions_of(latest.document)
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    if base is not None and base.pk != latest.pk:
        change = plan.difference(plan.actions_of(base.document), actions)
        added = tuple(_in_words(action) for action in change.added)
        gone = tuple(_in_words(action) for action in change.gone)
    return PlanView(
        stored=latest,
        sentences=plan.sentences(latest.document),
        warnings=tuple(latest.document["warnings"]),
        actions=tuple(_raw(action) for action in actions),
        base=base if base is not None and base.pk != latest.pk else None,
        base_approved=approved is not None,
        added=added,
        gone=gone,
    )


def _in_words(action: plan.Action) -> str:
    return f"{PIPELINE.get(action.step, action.step)}: {action.name}"


def _raw(action: plan.Action) -> dict[str, str]:
    call = action.call
    if not call and action.ended_by == "group":
        call = f"ended by leaving {action.via}"
    return {
        "step": PIPELINE.get(action.step, action.step),
        "name": action.name,
        "call": call or "no call to Genesys",
    }
