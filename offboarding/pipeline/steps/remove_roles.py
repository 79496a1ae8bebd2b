"""Every role granted to the person directly is taken away: one bulk removal, single ones where that fails."""

from __future__ import annotations

from offboarding.genesys.errors import NotThere, Refused
from offboarding.models.run import StepState
from offboarding.pipeline.emptying import Emptying, ends_elsewhere
from offboarding.pipeline.settle import until_gone
from offboarding.pipeline.step import Outcome, Work
from offboarding.plan import Action, counted


class RemoveRoles(Emptying):
    key = "remove_roles"
    lies_in_divisions = True

    def empty(self, work: Work) -> Outcome:
        held = {item.id for item in work.look().of("role") if item.is_direct}
        wanted = [action for action in work.of("role") if action.id in held]
        touched = {action.id: action.name for action in work.with_asked(wanted)}
        told = ends_elsewhere([action for action in work.actions if action.id not in held], "inherited role")
        if not touched:
            return Outcome(StepState.NOTHING_TO_DO, f"No direct role is held.{told}")
        if wanted:
            self._remove(work, wanted)
        until_gone(
            lambda: [touched[id] for id in _direct_grants(work) if id in touched],
            what="roles",
            remedy="Remove these roles in Genesys Cloud admin, then retry.",
        )
        return Outcome(
            StepState.OBSERVED,
            f"{counted(len(touched), 'role grant')} taken away, seen in the person's grants.{told}",
            {"removed": sorted(touched.values())},
        )

    def _remove(self, work: Work, wanted: list[Action]) -> None:
        work.progress(0, len(wanted), "all at once")
        work.asks(wanted)
        try:
            work.client.post_authorization_subject_bulkremove(work.person_id, [_pair(action.id) for action in wanted])
        except (NotThere, Refused):
            self._one_by_one(work, wanted)
        work.progress(len(wanted), len(wanted), "")

    def _one_by_one(self, work: Work, wanted: list[Action]) -> None:
        """The bulk call "returns failure if any roles/divisions no longer exist"; singly such a one counts as done."""
        for done, action in enumerate(wanted):
            work.progress(done, len(wanted), action.name)
            role, division = _pair(action.id)
            try:
                work.client.delete_authorization_subject_division_role(work.person_id, division, role)
            except NotThere:
                continue


def _pair(id: str) -> tuple[str, str]:
    role, _, division = id.partition(":")
    return role, division


def _direct_grants(work: Work) -> set[str]:
    return {
        f"{grant.role.id}:{grant.division.id}"
        for grant in work.client.get_authorization_subject(work.person_id, include_duplicates=True)
        if grant.subject_id == work.person_id
    }


STEP = RemoveRoles()
