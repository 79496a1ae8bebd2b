"""What the page of a request says, read from its rows: plan, difference, steps, verdicts, what may be done."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from offboarding import access, plan
from offboarding.access import Actor, Answer
from offboarding.actions.hand_over import hand_over_of
from offboarding.actions.in_force import holds_on
from offboarding.models import Archive, Decision, DeprovisionRequest, Plan, Run, StepReading, StepRun
from offboarding.models.request import PUT_OFF, LivePolicy, RequestState, Verdict
from offboarding.models.run import RUNNABLE, RunState
from offboarding.people.warnings import as_it_was
from offboarding.plan import Action
from offboarding.status import STOP_ASKED
from offboarding.steps import PIPELINE
from offboarding.views.forecast import forecast
from offboarding.views.health import worker_is_seen
from offboarding.views.verdicts import harm_to, is_suspended, verdicts, waits_for_a_talk

LATEST_DELIVERIES = 10
MOVING = {str(RequestState.PLANNING), PUT_OFF, *(str(state) for state in RUNNABLE)}
UNDECIDED = {str(RequestState.AWAITING_DECISION), str(RunState.PLAN_CHANGED)}
HAND_BACK = (
    "To have them handed back instead: close this request, and ask for a new one with "
    f"“{LivePolicy.TRANSFER.label}”. What was done stays done."
)
ASK: dict[str, Callable[[Actor, DeprovisionRequest], Answer]] = {
    "decide": access.may_decide,
    "replan": access.may_plan_again,
    "cancel": access.may_cancel,
    "retry": access.may_retry,
    "stop": access.may_stop,
    "close": access.may_close,
    "accept_gap": access.may_accept_gap,
}
# What can be done in which status, by somebody who may. A button that cannot be used by this actor says why.
OFFERED = {
    "planning": ("cancel",),
    PUT_OFF: ("cancel",),
    "plan_failed": ("replan", "cancel"),
    "awaiting_decision": ("decide", "replan", "cancel"),
    "scheduled": ("cancel",),
    "queued": ("stop",),
    "running": ("stop",),
    "parked": ("retry", "stop"),
    "failed": ("retry", "accept_gap", "close"),
    "stopped": ("retry", "close"),
    "plan_changed": ("decide", "close"),
    "held": ("close",),
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step as shown: its title from the table, and its row, or a pending one that no worker has laid out yet.

    `told_above`: its problem is that of the whole run, which the page says first.
    """

    title: str
    row: StepRun
    told_above: bool = False

    @property
    def evidence(self) -> str:
        """What was seen and how many calls it took, as indented JSON; empty when there is none."""
        told = {"evidence": self.row.evidence, "calls": self.row.calls}
        kept = {key: value for key, value in told.items() if value}
        return json.dumps(kept, indent=2, ensure_ascii=False, sort_keys=True) if kept else ""


@dataclass(frozen=True, slots=True)
class RawAction:
    """An action for the expert view, under the title of its step."""

    step: str
    name: str
    call: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """A stored plan for reading. `warnings` stand under `know`.

    `base` is the plan that `added` and `gone` compare with; None when there is none.
    `live` is what would now be done about a live conversation, where that is another thing than in `base`.
    """

    stored: Plan
    lines: tuple[plan.Line, ...]
    lasting: tuple[str, ...]
    know: str
    warnings: tuple[dict[str, str], ...]
    actions: tuple[RawAction, ...]
    hand_over: tuple[str, ...] = ()
    base: Plan | None = None
    base_is_approved: bool = False
    added: tuple[RawAction, ...] = ()
    gone: tuple[RawAction, ...] = ()
    live: str = ""


def facts_of(actor: Actor, asked: DeprovisionRequest) -> dict[str, Any]:
    """The context of the page and of its polled part."""
    decisions = list(asked.decisions.select_related("plan", "request").order_by("id"))
    run = getattr(asked, "run", None)
    archive = Archive.objects.filter(request=asked).first()
    status = asked.current_status
    steps = step_lines(run) if run else []
    gap = run.gap if run else None
    holds = holds_on(asked.org_id, asked.person_id) if asked.is_live else []
    current = next((line.row.key for line in steps if not line.row.is_finished), "")
    return {
        "asked": asked,
        "status": status,
        "moving": status in MOVING,
        "nobody_works": status in MOVING and not _somebody_works(run),
        "due": bool(run and run.not_before and run.not_before <= timezone.now()),
        "seen": f"{status}:{current}",
        "decisions": decisions,
        "plan": plan_view(list(asked.plans.order_by("number")), decisions, undecided=status in UNDECIDED),
        "handed_over": hand_over_of(run) if run else None,
        "run": run,
        "stop_asked": STOP_ASKED if run and run.stop_asked else "",
        "gap": gap,
        "steps": steps,
        "waited": any(line.row.attempt > 1 for line in steps),
        "finished": sum(line.row.is_finished for line in steps),
        "kept": _kept_of_the_work(steps),
        "archive": archive,
        "harm": harm_to(archive),
        "answers": StepReading.objects.filter(step__run=run).count() if run else 0,
        "verdicts": verdicts(asked, run, archive) if run else [],
        "suspended": is_suspended(run),
        "in_a_talk": waits_for_a_talk(run),
        "holds": holds,
        "forecast": forecast(run, holds) if run and status == "scheduled" else None,
        "protected": any(hold.forbids_all for hold in holds),
        "deliveries": list(
            asked.deliveries.select_related("receiver").prefetch_related("tries").order_by("-id")[:LATEST_DELIVERIES]
        ),
        "may": {name: ASK[name](actor, asked) for name in OFFERED.get(status, ()) if gap or name != "accept_gap"},
    }


def _somebody_works(run: Run | None) -> bool:
    """Whether a worker gave a sign of life, or somebody else, a command perhaps, holds the run."""
    held = run is not None and run.lease_until is not None and run.lease_until > timezone.now()
    return held or worker_is_seen()


def step_lines(run: Run) -> list[StepLine]:
    """Every step of the pipeline in order; those that no worker has laid out yet are pending."""
    rows = {row.key: row for row in run.steps_as_they_stand()}
    told = run.problem if run.request.is_live else ""
    shown = [(title, rows.get(key) or StepRun(run=run, key=key)) for key, title in PIPELINE.items()]
    return [StepLine(title, row, bool(told) and row.problem == told) for title, row in shown]


def _kept_of_the_work(steps: list[StepLine]) -> str:
    """What was not lost when the work stopped. The first step only looks: until another has begun, nothing is done."""
    if any(line.row.attempt for line in steps if line.row.key != "check_compliance"):
        return "What was done so far is kept, and is not repeated."
    return "Nothing had been done: nothing was changed in Genesys Cloud."


def plan_view(plans: list[Plan], decisions: list[Decision], *, undecided: bool) -> PlanView | None:
    """The latest plan, and what changed since the last approved one, or else since the one read before it.

    What was to know counts as now only while it is undecided; after that, it is what was so when the plan was read.
    """
    if not plans:
        return None
    latest = plans[-1]
    approved = next((d.plan for d in reversed(decisions) if d.verdict == Verdict.APPROVED), None)
    base = approved or (plans[-2] if len(plans) > 1 else None)
    actions = plan.actions_of(latest.document)
    change = None
    if base is not None and base.pk != latest.pk:
        change = plan.difference(plan.actions_of(base.document), actions)
    return PlanView(
        stored=latest,
        lines=plan.lines_of(latest.document),
        lasting=plan.lasting(latest.document),
        know="Know this first" if undecided else "Known when the plan was read",
        warnings=tuple({"sentence": told if undecided else as_it_was(told)} for told in latest.document["warnings"]),
        actions=tuple(_raw(action) for action in actions),
        hand_over=plan.handed_over(latest.document),
        base=base if change else None,
        base_is_approved=approved is not None,
        added=tuple(_raw(action) for action in change.added) if change else (),
        gone=tuple(_raw(action) for action in change.gone) if change else (),
        live=_other_live(base, latest, undecided=undecided) if base else "",
    )


def _other_live(base: Plan, latest: Plan, *, undecided: bool) -> str:
    """What is done now about live conversations, where that changed; while undecided, also how to have another way."""
    before, now = (each.document.get("live_conversations", LivePolicy.WAIT) for each in (base, latest))
    if before == now:
        return ""
    told = f"{plan.LIVE[now]}."
    return f"{told} {HAND_BACK}" if undecided else told


def _raw(action: Action) -> RawAction:
    without = {
        "group": f"none of its own: ended by leaving {action.via}",
        "deletion": "none of its own: only the deletion ends it",
    }
    call = action.call or without.get(action.ended_by, "none to Genesys")
    return RawAction(PIPELINE.get(action.step, action.step), action.told, call)
