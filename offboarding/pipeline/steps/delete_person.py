"""The SCIM DELETE: the last write, only on proof, and only done when the deletion is read back.

Soft by nature: Genesys has no hard delete. Source: DELETE /api/v2/scim/v2/users/{userId}, 204, optional If-Match.
"""

from __future__ import annotations

from datetime import timedelta

from offboarding.archives.manifest import Manifest
from offboarding.archives.storage import absolute
from offboarding.archives.verify import verify
from offboarding.genesys.errors import NotThere, ReadAgain, StillHeld, Unreachable
from offboarding.models import Archive
from offboarding.models.run import StepState
from offboarding.people import find_person
from offboarding.pipeline.step import (
    HeldAgain,
    NotYet,
    Outcome,
    PlanChanged,
    Step,
    StepFailed,
    Work,
)
from offboarding.pipeline.steps.check_compliance import must_be_allowed, must_be_the_same_person
from offboarding.pipeline.steps.suspend_sign_in import state_of
from offboarding.plan import Action, Holdings, counted, difference, planned, same_person

TRIES = 3


class DeletePerson(Step):
    key = "delete_person"
    marks = "deleted_at"

    def apply(self, work: Work) -> Outcome:
        if find_person(work.client, work.person_id).state == "deleted":
            return _observed("The person was deleted already, read back as deleted.", [])
        must_be_allowed(work)
        _archive_must_be_whole(work)
        _sessions_must_be_gone(work)
        seen = work.look(fresh=True)
        must_be_the_same_person(seen.person, work.plan)
        left = _left_over(work, seen)
        self._delete(work)
        if find_person(work.client, work.person_id).state != "deleted":
            raise NotYet(
                "The deletion was sent, and Genesys does not show the person as deleted yet: not confirmed.",
                after=timedelta(seconds=5),
                remedy="Look at the person in Genesys Cloud admin. Retry reads again before anything is sent.",
            )
        told = f" {counted(len(left), 'holding')} ended only with the deletion." if left else ""
        return _observed(f"Deleted through SCIM (soft), and read back as deleted.{told}", left)

    def _delete(self, work: Work) -> None:
        """At most three times, each with the ETag just read. 404 is not yet success: the caller reads back."""
        for attempt in range(TRIES):
            try:
                resource = work.client.get_scim_v2_user(work.plan.scim_id)
            except NotThere:
                return
            if not same_person(find_person(work.client, work.person_id), resource):
                raise StepFailed(
                    "The SCIM resource that was approved belongs to another e-mail now.",
                    "Close the request and ask again, so that the right resource is approved.",
                    "another_resource",
                )
            try:
                work.client.delete_scim_v2_user(work.plan.scim_id, etag=resource.etag)
                return
            except NotThere:
                return
            except Unreachable as error:
                if not error.outcome_unknown:
                    raise
                return
            except StillHeld as error:
                raise StepFailed(
                    f"Genesys refuses the deletion: {error}",
                    "The person still has queues or roles. Retry: they are read again and removed before the delete. "
                    "Check for hidden assignments if it stays so.",
                    "still_held",
                ) from error
            except ReadAgain:
                if attempt == TRIES - 1:
                    raise


def _archive_must_be_whole(work: Work) -> None:
    archive = Archive.objects.filter(request=work.request, verified_at__isnull=False).first()
    if archive is None:
        raise StepFailed("There is no verified archive.", "Retry: the archive is written again first.", "no_archive")
    verify(absolute(archive.path), Manifest.from_dict(archive.manifest), progress=work.sign_of_life)


def _sessions_must_be_gone(work: Work) -> None:
    if state_of(work.client, work.person_id) == "active" or work.run.locked_out_at is None:
        raise HeldAgain(tuple(a for a in work.approved if a.step in ("suspend_sign_in", "revoke_sessions")))


def _left_over(work: Work, seen: Holdings) -> list[str]:
    """What is still held and only the deletion ends. PlanChanged for something new, HeldAgain for something emptied."""
    now = planned(seen)
    added = difference(work.approved, now).added
    if added:
        raise PlanChanged(seen, added)
    direct: list[Action] = []
    through: list[str] = []
    for action in now:
        if action.kind in ("queue", "role", "group", "team", "skill", "language"):
            if action.ended_by == "step":
                direct.append(action)
            else:
                through.append(action.name)
    if direct:
        raise HeldAgain(tuple(direct))
    return through


def _observed(sentence: str, left: list[str]) -> Outcome:
    return Outcome(StepState.OBSERVED, sentence, {"state": "deleted", "references_left": left})


STEP = DeletePerson()
