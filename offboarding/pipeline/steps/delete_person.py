"""The SCIM DELETE: the last write, only on proof, and only done when the deletion is read back.

Soft by nature: Genesys has no hard delete. Source: DELETE /api/v2/scim/v2/users/{userId}, 204, optional If-Match.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.manifest import Manifest
from offboarding.archives.storage import absolute
from offboarding.archives.verify import verify
from offboarding.audit.holds import holds_met
from offboarding.genesys.errors import NotThere, ReadAgain, Refused, StillHeld, Unreachable
from offboarding.models import Archive
from offboarding.models.run import StepState
from offboarding.people import find_person
from offboarding.pipeline.leftovers import Left, after_deletion, unseen
from offboarding.pipeline.planner import NotPlannable
from offboarding.pipeline.standing import must_be_allowed, must_not_be_held, why_expired
from offboarding.pipeline.step import (
    NotConfirmed,
    NotYet,
    Outcome,
    PlanChanged,
    Step,
    StepFailed,
    Undone,
    Work,
)
from offboarding.pipeline.steps.archive_history import accepted_gaps, access_cut
from offboarding.pipeline.steps.suspend_sign_in import state_of
from offboarding.plan import ENDED_BY, Action, Holdings, difference, planned

TRIES = 3


class DeletePerson(Step):
    key = "delete_person"
    marks = "deleted_at"
    asks_itself = True

    def apply(self, work: Work) -> Outcome:
        _archive_must_be_whole(work)
        if _is_deleted(work):
            return _observed("The person was deleted already, read back as deleted.", work, _kept(work))
        _may_delete(work)
        try:
            left = self._inspect_and_delete(work)
        except (NotThere, NotPlannable) as error:
            if not _evidence(work).get("sent"):
                raise
            raise _not_confirmed(f" What is shown of the person is half of it: {error}") from error
        if not _is_deleted(work):
            raise _not_confirmed()
        return _observed("Deleted through SCIM (soft), and read back as deleted.", work, left)

    def _inspect_and_delete(self, work: Work) -> tuple[Left, ...]:
        """Look at everything once more and delete with the ETag of that look; what was left over then.

        Whoever changes the person in between makes the ETag stale (400 invalidVers), which leads back to the look,
        three times at most. Lease, stop, approval and holds are asked again right before each sending: a look, or the
        wait before a repeat, may take long, and the deletion cannot be taken back by a fence.
        """
        for _ in range(TRIES):
            seen = work.look(fresh=True)
            if seen.person.state == "deleted":
                return _kept(work)
            if _evidence(work).get("sent"):
                _keep(work, sent=False)  # seen not to have done it, so that a later deletion may be somebody else's
            _sessions_must_be_gone(work, seen)
            left = _left_over(work, seen)
            _keep(work, **_told(left))
            if self._delete(work, _etag_of(seen)):
                return left
        raise StepFailed(
            f"{seen.person.name} was changed by somebody else each time between the last look and the deletion.",
            "Find out in Genesys Cloud's audit trail what changes the account, then retry.",
            "stale",
        )

    def _delete(self, work: Work, etag: str) -> bool:
        """Send the DELETE; False when the ETag was stale. Sent is not yet done: the caller reads back."""
        try:
            work.client.delete_scim_v2_user(work.plan.scim_id, etag=etag, right_before=lambda: _right_before(work))
        except ReadAgain:
            return False
        except NotThere:
            return True
        except Unreachable as error:
            if not error.outcome_unknown:
                raise
        except Refused as error:  # so it was not done, and what somebody else deletes later is no work of this run
            _keep(work, sent=False)
            if not isinstance(error, StillHeld):
                raise
            raise StepFailed(
                f"Genesys refuses the deletion: {error}",
                "The person still has queues or roles. Retry: they are read again and removed before the delete. "
                "Check for hidden assignments if it stays so.",
                "still_held",
            ) from error
        return True


def _is_deleted(work: Work) -> bool:
    """Read back. Once the deletion was sent, deleted people are asked first: an old copy may still be shown as well."""
    if _evidence(work).get("sent"):
        try:
            return work.client.get_user(work.person_id, state="deleted").state == "deleted"
        except NotThere:
            return False
    return find_person(work.client, work.person_id).state == "deleted"


def _not_confirmed(more: str = "") -> NotConfirmed:
    return NotConfirmed(
        f"The deletion was sent, and Genesys does not show the person as deleted yet: not confirmed.{more}",
        after=timedelta(seconds=5),
        remedy="Look at the person in Genesys Cloud admin. Retry reads again before anything is sent.",
    )


def _etag_of(seen: Holdings) -> str:
    """StepFailed without one: a deletion that no ETag binds to the last look could hit somebody changed since."""
    etag = seen.scim.etag if seen.scim else ""
    if not etag:
        raise StepFailed(
            "SCIM shows no version (ETag) of this person, so that the deletion cannot be bound to what was just seen.",
            "Nothing was deleted. Look at the SCIM server (GENESYS_SCIM_URL): it must send an ETag header or "
            "meta.version (RFC 7644 section 3.14). Then retry.",
            "no_etag",
        )
    return etag


def _may_delete(work: Work) -> None:
    must_be_allowed(work.request, work.plan)
    must_not_be_held(work.request)
    if why := why_expired(work.request, work.plan):
        raise _ask_again(work, why=why)


def _ask_again(work: Work, added: tuple[Action, ...] = (), *, why: str = "") -> PlanChanged | NotYet:
    """PlanChanged, by a look for a plan; NotYet when the person was deleted before that, and nothing is left to decide.

    Then the deletion is read back at the next try.
    """
    seen = work.look(for_a_plan=True)
    if seen.person.state != "deleted":
        return PlanChanged(seen, added, why)
    told = f"{why} The person was deleted meanwhile.".strip()
    return NotYet(told, after=timedelta(seconds=1), remedy="Retry.")


def _right_before(work: Work) -> None:
    """The last moment: nothing may lie between these questions and the sending."""
    _may_delete(work)
    _keep(work, sent=True)
    work.still_ours()


def _archive_must_be_whole(work: Work) -> None:
    """Undone, so that the archive is written again, unless it is there, unharmed, and read after access was cut."""
    archive = Archive.objects.filter(request=work.request, verified_at__isnull=False).first()
    if archive is None:
        raise _unarchived("there is no verified archive")
    if archive.manifest["query"].get("accessCutAt") != access_cut(work):
        raise _unarchived("the archive was read before access was cut")
    try:
        manifest = Manifest.from_dict(archive.manifest)
        verify(absolute(archive.path), manifest, accepted=accepted_gaps(work), progress=work.sign_of_life)
    except ArchiveBroken as error:
        raise _unarchived(error.problem) from error


def _unarchived(why: str) -> Undone:
    return Undone(
        ("archive_history",),
        why,
        problem=f"The archive was written again and again, and still: {why}",
        remedy="Look at the disk and at what else writes to the folder of the archives, then retry.",
        code="archive_lost",
    )


def _sessions_must_be_gone(work: Work, seen: Holdings) -> None:
    """Undone when the account is active, or a token or a session is seen that is later than the sign-out.

    What was said since belongs to the history, so the archive is read again too.
    """
    if (
        seen.person.state == "active"
        or work.run.locked_out_at is None
        or seen.of("live_session")
        or _came_back(work, seen.person.last_token_issued)
    ):
        raise Undone(
            ("suspend_sign_in", "revoke_sessions", "settle_conversations", "archive_history"),
            "the account was active again, or something signed in",
            problem="The account became active again, or something signed in, each time access had been cut.",
            remedy="Find out what gives access back (an identity provider, a colleague), then retry.",
            code="active_again",
        )


def _came_back(work: Work, last_token: str | None) -> bool:
    """Whether the account may have been active since the sign-out: by its last token, and by the date of its state.

    NotYet where Genesys tells neither: both come or are left out ("expand" is best effort), and nothing is no answer.
    """
    told = dict(work.run.steps.values_list("key", "evidence"))
    revoked = told["revoke_sessions"].get("last_token_issued", "")
    inactive_since = told["suspend_sign_in"].get("inactive_since", "")
    since = state_of(work.client, work.person_id).changed_at if inactive_since else None
    if (revoked or inactive_since) and not (last_token or since):
        raise NotYet(
            "Genesys tells neither the last token nor since when the account is inactive.",
            after=timedelta(seconds=30),
            remedy="Look at the person in Genesys Cloud admin, then retry.",
        )
    return last_token not in (None, "", revoked) or since not in (None, "", inactive_since)


def _left_over(work: Work, seen: Holdings) -> tuple[Left, ...]:
    """What is still held and only the deletion ends. PlanChanged for something new, Undone for something emptied."""
    now = planned(seen)
    added = difference(work.approved, now).added
    if added:
        raise _ask_again(work, added)
    by_rule = {action.key for action in work.approved if action.ended_by == "deletion"}
    held = [action for action in now if action.kind in ENDED_BY]
    undone = [action for action in held if action.ended_by == "step" and action.key not in by_rule]
    if undone:
        names = ", ".join(action.told for action in undone)
        raise Undone(
            tuple(sorted({action.step for action in undone})),
            names,
            problem=f"Held again each time it was removed: {names}.",
            remedy="Find out what gives it back (an identity provider, a rule, a colleague), then retry.",
            code="held_again",
        )
    return tuple(Left(action.kind, action.id, action.name) for action in held)


def _kept(work: Work) -> tuple[Left, ...]:
    """What was left over at the last look before a deletion that this run sent; where it sent none, what is unseen."""
    evidence = _evidence(work)
    return tuple(Left(*each) for each in evidence["left"]) if evidence.get("sent") else unseen(work)


def _evidence(work: Work) -> dict[str, Any]:
    """What the step kept, in earlier attempts too."""
    found: dict[str, Any] = work.run.steps.values_list("evidence", flat=True).get(key=STEP.key)
    return found


def _keep(work: Work, **more: Any) -> None:
    """For a crash after the write that follows. What was kept before stays."""
    work.keep({**_evidence(work), **more})


def _told(left: tuple[Left, ...]) -> dict[str, Any]:
    return {"references_left": [each.name for each in left], "left": [list(each) for each in left]}


def _observed(sentence: str, work: Work, left: tuple[Left, ...]) -> Outcome:
    """What only the deletion could end is looked for once more, where the API can still tell."""
    ended, still = after_deletion(work.client, work.person_id, left)
    told = f" Ended with it: {', '.join(ended)}." if ended else ""
    told += f" Not seen to have ended: {', '.join(still)}." if still else ""
    told += _until_released(work)
    evidence = {**_told(left), "state": "deleted", "references_left": still, "ended_with_it": ended}
    return Outcome(StepState.OBSERVED, sentence + told, evidence)


def _until_released(work: Work) -> str:
    """What kept the run from deleting before; empty when no legal hold did. They follow one another."""
    last = next((hold for hold in reversed(holds_met(work.request)) if not hold.forbids_all), None)
    if last is None or last.released_at is None:
        return ""
    day = timezone.localtime(last.released_at)
    return f" A legal hold forbade the deletion until {last.released_by_name} released it on {day:%d %b %Y}."


STEP = DeletePerson()
