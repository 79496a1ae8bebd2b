"""Every queue the person is a direct member of is really left, one call a queue, read back from the person's queues."""

from __future__ import annotations

from offboarding.genesys.errors import NotThere, Refused
from offboarding.models.run import StepState
from offboarding.people import is_direct_member
from offboarding.pipeline.emptying import Emptying, ends_elsewhere
from offboarding.pipeline.settle import until_gone
from offboarding.pipeline.step import Outcome, Work
from offboarding.plan import counted


class LeaveQueues(Emptying):
    key = "leave_queues"
    lies_in_divisions = True

    def empty(self, work: Work) -> Outcome:
        seen = work.look()
        held = {item.id for item in seen.of("queue") if item.is_direct}
        also_through_others = {item.id for item in seen.of("queue") if item.inherited_from}
        wanted = [action for action in work.of("queue") if action.id in held]
        told = ends_elsewhere([action for action in work.actions if action.id not in held], "queue")
        touched = work.with_asked(wanted)
        if not touched:
            return Outcome(StepState.NOTHING_TO_DO, f"No direct queue is held.{told}")
        through_a_group = set()
        for done, action in enumerate(wanted):
            work.progress(done, len(wanted), action.name)
            work.asks([action])
            try:
                work.client.delete_routing_queue_member(action.id, work.person_id)
            except NotThere:
                continue
            except Refused as error:
                # 400 invalid.type: "Group-type queue members cannot be individually deleted".
                if error.code != "invalid.type":
                    raise
                through_a_group.add(action.id)
        work.progress(len(wanted), len(wanted), "")
        left_on_purpose = {action.id: action.name for action in touched if action.id not in through_a_group}

        def still_there() -> list[str]:
            """A queue that a group or team is in stays in the person's list: there only `memberBy=user` tells."""
            listed = _queues_of(work)
            return [
                name
                for id, name in left_on_purpose.items()
                if id in listed
                and (id not in also_through_others or is_direct_member(work.client, id, seen.person, listed[id]))
            ]

        until_gone(
            still_there,
            what="membership of",
            remedy="Remove the person from these queues in Genesys Cloud admin, then retry.",
        )
        return Outcome(
            StepState.OBSERVED,
            f"Out of {counted(len(left_on_purpose), 'queue')}: none of them is in the person's list any more.{told}",
            {"left": sorted(left_on_purpose.values()), "through_a_group": sorted(through_a_group)},
        )


def _queues_of(work: Work) -> dict[str, int | None]:
    """The ids of the person's queues, each with how many members it has; None where that is not believed.

    A queue that has the person has a member: a 0 is late, and would spare the reading of its members altogether.
    """
    return {
        queue.queue.id: queue.member_count or None
        for joined in (True, False)
        for queue in work.client.get_user_queues(work.person_id, joined=joined)
    }


STEP = LeaveQueues()
