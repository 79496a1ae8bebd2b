"""The SCIM DELETE: the last write, only on proof, and only done when the deletion is read back.

Soft by nature: Genesys has no hard delete. Source: DELETE /api/v2/scim/v2/users/{userId}, 204, optional If-Match.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from offboarding.audit.holds import holds_met
from offboarding.genesys.errors import MissingPermission, NotThere, ReadAgain, Refused, StillHeld, Unreachable
from offboarding.models.run import StepState
from offboarding.people import find_person
from offboarding.pipeline.last_look import archive_must_be_whole, ask_again, left_over, sessions_must_be_gone
from offboarding.pipeline.leftovers import Left, after_deletion, unseen
from offboarding.pipeline.planner import NotPlannable
from offboarding.pipeline.standing import must_be_allowed, must_not_be_held, why_expired
from offboarding.pipeline.step import NotConfirmed, Outcome, Step, StepFailed, Work
from offboarding.plan import Holdings

TRIES = 3
SHOWN_BY_THEN = timedelta(minutes=10)  # no lag of a deletion is documented: longer than a worker needs to be replaced
# Why no plan can be made of somebody whose deletion is under way; every other reason would forbid it as well.
HALF_SHOWN = ("unknown_section", "scim_id")


class DeletePerson(Step):
    key = "delete_person"
    marks = "deleted_at"
    asks_itself = True

    def apply(self, work: Work) -> Outcome:
        archive_must_be_whole(work)
        if _is_deleted(work):
            return _observed("The person was deleted already, read back as deleted.", work, _kept(work))
        _may_delete(work)
        try:
            left = self._inspect_and_delete(work)
        except (NotThere, NotPlannable) as error:
            half_shown = isinstance(error, NotThere) or error.code in HALF_SHOWN
            if not (half_shown and _evidence(work).get("sent")):
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
            seen = _last_look(work)
            if seen.person.state == "deleted":
                return _kept(work)
            sessions_must_be_gone(work, seen)
            left = left_over(work, seen)
            _keep(work, **_told(left), last_look=_of_others(seen))
            if self._delete(work, _etag_of(seen)):
                return left
        raise StepFailed(
            f"{seen.person.name} was changed by somebody else each time between the last look and the deletion.",
            "Find out in Genesys Cloud's audit trail what changes the account, then retry.",
            "stale",
        )

    def _delete(self, work: Work, etag: str) -> bool:
        """Send the DELETE; False when the ETag was stale. Sent is not yet done: the caller reads back.

        One that was refused at its first sending was not done, and what somebody else deletes later is no work of
        this run; before a repeat, what was sent first may have been.
        """
        sendings: list[None] = []

        def right_before() -> None:
            _right_before(work)
            sendings.append(None)

        try:
            work.client.delete_scim_v2_user(work.plan.scim_id, etag=etag, right_before=right_before)
        except ReadAgain:
            if len(sendings) == 1:
                _keep(work, sent=False)
            return False
        except NotThere:
            return True
        except Unreachable as error:
            if not error.outcome_unknown:
                raise
        except (Refused, MissingPermission) as error:
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


def _last_look(work: Work) -> Holdings:
    """Whoever is seen there was not deleted by what was sent: a deletion that comes later may be somebody else's.

    Nor was somebody who is there and may not be deleted any more, by another e-mail for example.
    """
    try:
        seen = work.look(fresh=True)
    except (StepFailed, NotPlannable) as error:
        if error.code not in HALF_SHOWN:
            _was_not_done(work)
        raise
    if seen.person.state != "deleted":
        _was_not_done(work)
    return seen


def _was_not_done(work: Work) -> None:
    if _evidence(work).get("sent"):
        _keep(work, sent=False)


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
    _must_not_be_forbidden(work)
    _must_not_be_expired(work)


def _must_not_be_forbidden(work: Work) -> None:
    must_be_allowed(work.request, work.plan)
    must_not_be_held(work.request)


def _must_not_be_expired(work: Work) -> None:
    """Takes a look when it is, and so has no place in a transaction."""
    if why := why_expired(work.request, work.plan):
        raise ask_again(work, why=why)


def _right_before(work: Work) -> None:
    """The last moment: questions and mark are one transaction, and nothing may lie between that and the sending."""
    _must_not_be_expired(work)

    def may_still() -> None:
        _must_not_be_forbidden(work)
        work.still_ours()

    work.keep({**_evidence(work), "sent": True, "sent_at": timezone.now().isoformat()}, if_still=may_still)


def _kept(work: Work) -> tuple[Left, ...]:
    """What was left over at the last look before a deletion that this run sent; else what is unseen.

    So it is where it sent none, and where nobody looked for long after it: what was accepted may have done nothing,
    and somebody else may have given the person something and deleted them since.
    """
    evidence = _evidence(work)
    if not evidence.get("sent") or timezone.now() > datetime.fromisoformat(evidence["sent_at"]) + SHOWN_BY_THEN:
        return unseen(work)
    return tuple(Left(*each) for each in evidence["left"])


def _evidence(work: Work) -> dict[str, Any]:
    """What the step kept, in earlier attempts too."""
    found: dict[str, Any] = work.run.steps.values_list("evidence", flat=True).get(key=STEP.key)
    return found


def _keep(work: Work, **more: Any) -> None:
    """For a crash after the write that follows. What was kept before stays."""
    work.keep({**_evidence(work), **more})


def _told(left: tuple[Left, ...]) -> dict[str, Any]:
    return {"references_left": [each.name for each in left], "left": [list(each) for each in left]}


def _of_others(seen: Holdings) -> dict[str, Any]:
    """What somebody takes over, as it is at this look: what was read for the plan may be days old."""
    return {
        "at": seen.read_at,
        "owned_groups": list(seen.owned_groups),
        "direct_reports": list(seen.direct_reports),
        "backs_up": [asdict(each) for each in seen.backs_up],
    }


def _observed(sentence: str, work: Work, left: tuple[Left, ...]) -> Outcome:
    """What only the deletion could end is looked for once more, where the API can still tell."""
    ended, still = after_deletion(work.client, work.person_id, left)
    told = f" Ended with it: {', '.join(ended)}." if ended else ""
    told += f" Not seen to have ended: {', '.join(still)}." if still else ""
    told += _until_released(work)
    looked = {key: value for key, value in _evidence(work).items() if key == "last_look"}
    evidence = {**_told(left), **looked, "state": "deleted", "references_left": still, "ended_with_it": ended}
    return Outcome(StepState.OBSERVED, sentence + told, evidence)


def _until_released(work: Work) -> str:
    """What kept the run from deleting before; empty when no legal hold did. They follow one another."""
    last = next((hold for hold in reversed(holds_met(work.request)) if not hold.forbids_all), None)
    if last is None or last.released_at is None:
        return ""
    day = timezone.localtime(last.released_at)
    return f" A legal hold forbade the deletion until {last.released_by_name} released it on {day:%d %b %Y}."


STEP = DeletePerson()
