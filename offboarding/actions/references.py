"""Whether anything that referred to the person may still be there after a run; asked by its document and its page."""

from __future__ import annotations

from offboarding.models import Run
from offboarding.plan import sight_of


def references_unseen(run: Run) -> tuple[str, ...]:
    """Why nobody may say that every reference is gone, in sentences; empty when nothing is known against it.

    What only the deletion ends, and was not seen to have ended with it; and whatever lies in a division that the
    console did not see when the approved plan was read.
    """
    left = [name for evidence in _evidence(run) for name in evidence.get("references_left", ())]
    unseen = sight_of(run.plan.document).hand_over
    return (*(f"Not seen to have ended with the deletion: {name}" for name in left), *([unseen] if unseen else []))


def _evidence(run: Run) -> list[dict[str, list[str]]]:
    return list(run.steps.order_by("ordinal").values_list("evidence", flat=True))
