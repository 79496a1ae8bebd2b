"""What somebody has to take over after a run: asked by its document and its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from offboarding.actions.references import references_unseen
from offboarding.audit.times import utc_words
from offboarding.models import Plan, Run
from offboarding.models.request import Verdict
from offboarding.plan import own_duties


@dataclass(frozen=True, slots=True)
class HandOver:
    """Sentences. `planned` is as of `planned_at`; `seen` as of `seen_at`, the last look before the deletion.

    `seen_at` is None, and everything planned, until there was such a look. `unseen` is what nobody saw end.
    """

    planned: tuple[str, ...]
    planned_at: datetime
    seen: tuple[str, ...] = ()
    seen_at: datetime | None = None
    unseen: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """One list of all, where what is older than the end says so."""
        as_of = f"(as of {utc_words(self.planned_at)})"
        return [*self.seen, *(f"{line} {as_of}" for line in self.planned), *self.unseen]


def hand_over_of(run: Run) -> HandOver:
    """What was read for the plan, and instead of its reports and backups those of the last look, if there was one.

    Groups that were owned by the plan stay as planned: only those of a member are read, and the run leaves them.
    """
    first, unseen = _read_for(run), references_unseen(run)
    planned = tuple(first.document.get("hand_over", ()))
    look = _last_look(run)
    if look is None:
        return HandOver(planned, first.read_at, unseen=unseen)
    plans = [plan.holdings for plan in run.request.plans.order_by("number")]
    names = {each["id"]: each["name"] for held in plans for each in held["backs_up"]}
    owned = dict.fromkeys(group for held in (*plans, look) for group in held["owned_groups"])
    before = own_duties(direct_reports=first.holdings["direct_reports"], backs_up=_named(first.holdings, names))
    return HandOver(
        planned=tuple(line for line in planned if line not in before),
        planned_at=first.read_at,
        seen=own_duties(
            owned_groups=[group for group in owned if group not in first.holdings["owned_groups"]],
            direct_reports=look["direct_reports"],
            backs_up=_named(look, names),
        ),
        seen_at=datetime.fromisoformat(look["at"]),
        unseen=unseen,
    )


def _read_for(run: Run) -> Plan:
    """The plan that the duties were read for: the first that was approved. A run that stops copies them to the next."""
    approvals = run.request.decisions.select_related("plan").filter(verdict=Verdict.APPROVED)
    first = approvals.order_by("id").first()
    return first.plan if first else run.plan


def _last_look(run: Run) -> dict[str, Any] | None:
    evidence = run.steps.filter(key="delete_person").values_list("evidence", flat=True).first() or {}
    look: dict[str, Any] | None = evidence.get("last_look")
    return look


def _named(held: Mapping[str, Iterable[Mapping[str, str]]], names: Mapping[str, str]) -> list[str]:
    """A look that is not for a plan brings ids; the names are those of the plans."""
    return [each["name"] or names.get(each["id"]) or each["id"] for each in held["backs_up"]]
