"""The last look before the deletion: what has to hold of the archive, of the sign-out and of what is still held.

Nothing here is sent but reads; `delete_person` sends the deletion.
"""

from __future__ import annotations

from datetime import timedelta

from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.manifest import Manifest
from offboarding.archives.storage import absolute
from offboarding.archives.verify import verify
from offboarding.models import Archive
from offboarding.pipeline.leftovers import Left
from offboarding.pipeline.step import NotYet, PlanChanged, Undone, Work
from offboarding.pipeline.steps.archive_history import accepted_gaps, access_cut
from offboarding.pipeline.steps.suspend_sign_in import state_of
from offboarding.plan import ENDED_BY, Action, Holdings, difference, planned


def archive_must_be_whole(work: Work) -> None:
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


def sessions_must_be_gone(work: Work, seen: Holdings) -> None:
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


def left_over(work: Work, seen: Holdings) -> tuple[Left, ...]:
    """What is still held and only the deletion ends. PlanChanged for something new, Undone for something emptied."""
    now = planned(seen)
    added = difference(work.approved, now).added
    if added:
        raise ask_again(work, added)
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


def ask_again(work: Work, added: tuple[Action, ...] = (), *, why: str = "") -> PlanChanged | NotYet:
    """PlanChanged, by a look for a plan; NotYet when the person was deleted before that, and nothing is left to decide.

    Then the deletion is read back at the next try.
    """
    seen = work.look(for_a_plan=True)
    if seen.person.state != "deleted":
        return PlanChanged(seen, added, why)
    told = f"{why} The person was deleted meanwhile.".strip()
    return NotYet(told, after=timedelta(seconds=1), remedy="Retry.")
