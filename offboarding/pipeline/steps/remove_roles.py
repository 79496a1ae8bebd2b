"""Every role granted to the person directly is taken away: one bulk removal, single ones where that fails."""

from __future__ import annotations

from offboarding.genesys.errors import NotThere, Refused
from offboarding.models.run import StepState
from offboarding.pipeline.settle import until_gone
from offboarding.pipeline.step import Outcome, Step, Work
from offboarding.plan import counted, ending


class RemoveRoles(Step):
    key = "remove_roles"

    def apply(self, work: Work) -> Outcome:
        held = {item.id for item in work.look().of("role") if item.is_direct}
        wanted = {action.id: action.name for action in work.of("role") if action.id in held}
        inherited = [action for action in work.actions if action.ended_by != "step" and action.id not in held]
        told = f" {ending(len(inherited), 'inherited role')} with the groups." if inherited else ""
        if not wanted:
            return Outcome(StepState.NOTHING_TO_DO, f"No direct role is held.{told}")
        work.progress(0, len(wanted), "all at once")
        pairs = [_pair(id) for id in wanted]
        try:
            work.client.post_authorization_subject_bulkremove(work.person_id, pairs)
        except (NotThere, Refused):
            self._one_by_one(work, wanted)
        work.progress(len(wanted), len(wanted), "")
        until_gone(
            lambda: [wanted[id] for id in _direct_grants(work) if id in wanted],
            what="roles",
            remedy="Remove these roles in Genesys Cloud admin, then retry.",
        )
        return Outcome(
            StepState.OBSERVED,
            f"{counted(len(wanted), 'role grant')} taken away, seen in the person's grants.{told}",
            {"removed": sorted(wanted.values())},
        )

    def _one_by_one(self, work: Work, wanted: dict[str, str]) -> None:
        """The bulk call "returns failure if any roles/divisions no longer exist"; singly such a one counts as done."""
        for done, (id, name) in enumerate(wanted.items()):
            work.progress(done, len(wanted), name)
            role, division = _pair(id)
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
        for grant in work.client.get_authorization_subject(work.person_id)
        if grant.subject_id == work.person_id
    }


STEP = RemoveRoles()
