"""Every group and the team are left; with them end the queues and roles that came through them.

An owner stays in a group that includes its owners, and may not be shown in it on the person (`groups` comes by expand,
"best effort"): such a group is handed over.
"""

from __future__ import annotations

from offboarding.genesys.errors import NotThere
from offboarding.models.run import StepState
from offboarding.people import is_team_member
from offboarding.pipeline.emptying import Emptying
from offboarding.pipeline.settle import until_gone
from offboarding.pipeline.step import Outcome, StepFailed, Work
from offboarding.plan import Action, ending


class LeaveGroups(Emptying):
    key = "leave_groups"

    def empty(self, work: Work) -> Outcome:
        seen = work.look()
        held = {(item.kind, item.id): item for kind in ("group", "team") for item in seen.of(kind)}
        mine = [action for action in work.actions if (action.kind, action.id) in held]
        owned = [action for action in mine if held[action.kind, action.id].is_as_owner]
        kept = [action for action in mine if action.ended_by == "deletion" and action not in owned]
        wanted = [action for action in mine if action not in (*owned, *kept)]
        told = f" {ending(len(kept), 'group')} only with the deletion." if kept else ""
        told += "".join(f" Stays in {action.name} as its owner: give it another owner." for action in owned)
        touched = [action for action in work.with_asked(wanted) if action.key not in {each.key for each in owned}]
        if not touched:
            return Outcome(StepState.NOTHING_TO_DO, f"No group and no team can be left.{told}")
        for done, action in enumerate(wanted):
            work.progress(done, len(wanted), action.name)
            work.asks([action])
            leave = work.client.delete_group_members if action.kind == "group" else work.client.delete_team_members
            try:
                leave(action.id, [work.person_id])
            except NotThere:
                continue
        work.progress(len(wanted), len(wanted), "")
        names = {action.id: action.name for action in touched}
        until_gone(
            lambda: [names[id] for id in _held(work, touched)],
            what="membership of",
            remedy="Remove the person from these groups in Genesys Cloud admin (an owner stays a member of a group "
            "that includes its owners; a dynamic group needs its rule changed), then retry.",
        )
        return Outcome(
            StepState.OBSERVED,
            f"Left, seen on the person: {', '.join(sorted(names.values()))}.{told}",
            {"left": sorted(names.values())},
        )


def _held(work: Work, touched: list[Action]) -> set[str]:
    """The ids of what is still shown. The team itself is asked, too: the person may be sent without their team."""
    person = work.client.get_user(work.person_id, expand=("groups", "team"))
    if person.groups is None:
        raise StepFailed(
            "Genesys did not tell which groups are left.",
            "Retry; if it stays so, look at the person's groups in Genesys Cloud admin.",
            "groups_unknown",
        )
    shown = {group.id for group in person.groups} | ({person.team.id} if person.team else set())
    return {
        action.id
        for action in touched
        if action.id in shown or (action.kind == "team" and is_team_member(work.client, action.id, work.person_id))
    }


STEP = LeaveGroups()
