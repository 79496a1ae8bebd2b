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
from offboarding.plan import Action, Holdings, counted, difference, planned

TRIES = 3


class DeletePerson(Step):
    key = "delete_person"
    marks = "deleted_at"

    def apply(self, work: Work) -> Outcome:
        if find_person(work.client, work.person_id).state == "deleted":
            return _observed("The person was deleted already, read back as deleted.", [])
        must_be_allowed(work)
        _archive_must_be_whole(work)
        left = self._inspect_and_delete(work)
        if find_person(work.client, work.person_id).state != "deleted":
            raise NotYet(
                "The deletion was sent, and Genesys does not show the person as deleted yet: not confirmed.",
                after=timedelta(seconds=5),
                remedy="Look at the person in Genesys Cloud admin. Retry reads again before anything is sent.",
            )
        told = f" {counted(len(left), 'holding')} ended only with the deletion." if left else ""
        return _observed(f"Deleted through SCIM (soft), and read back as deleted.{told}", left)

    def _inspect_and_delete(self, work: Work) -> list[str]:
        """Look at everything once more and delete with the ETag of that look; what was left over then.

        Whoever changes the person in between makes the ETag stale (400 invalidVers), which leads back to the look,
        three times at most.
        """
        for _ in range(TRIES):
            seen = work.look(fresh=True)
            if seen.person.state == "deleted":
                return []
            must_be_the_same_person(seen.person, work.plan)
            _sessions_must_be_gone(work, seen)
            left = _left_over(work, seen)
            if self._delete(work, seen.scim.etag if seen.scim else ""):
                return left
        raise StepFailed(
            f"{seen.person.name} was changed by somebody else each time between the last look and the deletion.",
            "Find out in Genesys Cloud's audit trail what changes the account, then retry.",
            "stale",
        )

    def _delete(self, work: Work, etag: str) -> bool:
        """Send the DELETE; False when the ETag was stale. Sent is not yet done: the caller reads back."""
        try:
            work.client.delete_scim_v2_user(work.plan.scim_id, etag=etag)
        except ReadAgain:
            return False
        except NotThere:
            return True
        except Unreachable as error:
            if not error.outcome_unknown:
                raise
        except StillHeld as error:
            raise StepFailed(
                f"Genesys refuses the deletion: {error}",
                "The person still has queues or roles. Retry: they are read again and removed before the delete. "
                "Check for hidden assignments if it stays so.",
                "still_held",
            ) from error
        return True


def _archive_must_be_whole(work: Work) -> None:
    archive = Archive.objects.filter(request=work.request, verified_at__isnull=False).first()
    if archive is None:
        raise StepFailed("There is no verified archive.", "Retry: the archive is written again first.", "no_archive")
    verify(absolute(archive.path), Manifest.from_dict(archive.manifest), progress=work.sign_of_life)


def _sessions_must_be_gone(work: Work, seen: Holdings) -> None:
    """HeldAgain when the account is active, or a token or a session is seen that is later than the sign-out."""
    revoked = work.run.steps.get(key="revoke_sessions").evidence.get("last_token_issued", "")
    later = seen.person.last_token_issued not in (None, "", revoked)
    if seen.person.state == "active" or work.run.locked_out_at is None or later or seen.of("live_session"):
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
