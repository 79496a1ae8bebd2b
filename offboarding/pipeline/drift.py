"""What is held now against the approved plan: more stops for a decision, less is noted, hidden is not gone.

Each write is an action; what a step does is elsewhere.
"""

from __future__ import annotations

from offboarding import people, plan
from offboarding.actions import runs
from offboarding.models import StepRun
from offboarding.pipeline.slice import Drive
from offboarding.pipeline.step import PlanChanged, StepFailed
from offboarding.plan import Action

ENDED_BY_THE_SIGN_OUT = ("station", "associated")  # by kind and id of its action


def compare(slice_: Drive, row: StepRun) -> None:
    """Read the holdings once a slice and hold them against the approved plan: more than approved stops here.

    Less is noted, and the run goes on. What is gone from a step that was tried before may be our own doing.
    """
    first = slice_.seen is None
    seen = slice_.look()
    if not first or seen.person.state == "deleted":
        return
    found = plan.difference(plan.actions_of(slice_.run.plan.document), plan.planned(seen))
    gone = _gone_without_us(slice_, row, found.gone)
    if found.added or gone:
        _must_see_as_much(slice_)
    if found.added:
        ask_again(slice_, found.added)
        return
    if gone:
        names = [action.told for action in gone]
        runs.note_gone(run_id=slice_.run.pk, fence=slice_.run.fence, names=names)


def _gone_without_us(slice_: Drive, row: StepRun, gone: tuple[Action, ...]) -> list[Action]:
    """What no step was at yet, and of this one what no attempt has asked Genesys to end."""
    untried = set(slice_.run.steps.filter(attempt=0).values_list("key", flat=True))
    ours = {ENDED_BY_THE_SIGN_OUT, *((kind, id) for kind, id, _ in row.asked)}
    return [action for action in gone if action.step in {*untried, row.key} and (action.kind, action.id) not in ours]


def _must_see_as_much(slice_: Drive) -> None:
    """StepFailed when our own role was narrowed since the plan was read: what seems to be gone may only be hidden."""
    then = plan.sight_of(slice_.run.plan.document)
    if then.unknown:  # so nothing is called gone in any case
        return
    now = people.blind_spots(slice_.client, raise_waits=True)
    if now.unknown or not set(now.unseen) <= set(then.unseen):
        raise StepFailed(
            "This console sees less than when the plan was read, so what seems to be gone may only be hidden. "
            f"{now.beyond}",
            "Give this console's OAuth client its role in every division again, then retry; or close the request.",
            "sees_less",
        )


def ask_again(slice_: Drive, added: tuple[Action, ...] = (), *, why: str = "") -> None:
    """PlanChanged with a look for a plan; nothing when the person was deleted before that: no decision is left then."""
    seen = slice_.look(for_a_plan=True)
    if seen.person.state != "deleted":
        raise PlanChanged(seen, added, why)
