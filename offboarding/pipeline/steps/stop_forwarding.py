"""No call reaches a private number or a stand-in any more: call forwarding is off, and the backup is taken away."""

from __future__ import annotations

from offboarding.genesys.errors import NotThere
from offboarding.models.run import StepState
from offboarding.pipeline.emptying import Emptying
from offboarding.pipeline.settle import until_gone
from offboarding.pipeline.step import Outcome, Work


class StopForwarding(Emptying):
    key = "stop_forwarding"

    def empty(self, work: Work) -> Outcome:
        if not work.actions:
            return Outcome(StepState.NOTHING_TO_DO, "Nothing was forwarded.")
        seen = work.look()
        wanted = [action for action in work.actions if seen.of(action.kind)]
        touched = work.with_asked(wanted)
        if not touched:
            return Outcome(StepState.NOTHING_TO_DO, "Nothing is forwarded.")
        for done, action in enumerate(wanted):
            work.progress(done, len(wanted), action.name)
            work.asks([action])
            if action.kind == "forwarding":
                work.client.patch_user_callforwarding(work.person_id, enabled=False)
            else:
                _take_backup_away(work)
        work.progress(len(wanted), len(wanted), "")
        kinds = {action.kind for action in touched}
        until_gone(
            lambda: _left(work, kinds),
            what="a forwarding",
            remedy="Switch it off in Genesys Cloud admin, then retry.",
        )
        names = sorted(action.name for action in touched)
        return Outcome(StepState.OBSERVED, f"Off, seen in Genesys: {', '.join(names)}.", {"stopped": names})


def _take_backup_away(work: Work) -> None:
    try:
        work.client.delete_routing_user_directroutingbackup_settings(work.person_id)
    except NotThere:
        return


def _left(work: Work, kinds: set[str]) -> list[str]:
    left = []
    if "forwarding" in kinds and work.client.get_user_callforwarding(work.person_id).enabled:
        left.append("call forwarding")
    if "backup" in kinds:
        backup = work.client.get_routing_user_directroutingbackup_settings(work.person_id)
        if backup is not None and (backup.queue_id or backup.user_id):
            left.append("the backup for direct calls")
    return left


STEP = StopForwarding()
