"""The three final questions of a run: access cut, history kept, person deleted. Each "yes" is for what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from offboarding.actions.references import references_unseen
from offboarding.archives.kept import harm_at_a_glance
from offboarding.archives.reader import FROM_BACKUP
from offboarding.models import Archive, DeprovisionRequest, Run
from offboarding.models.archive import Harm
from offboarding.models.run import FINISHED, StepState
from offboarding.plan import counted, period, sight_of

# Why the step that settles conversations waits or stopped while one goes on.
TALKS = ("not_yet", "live")


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One of the three final questions: `answer` is yes, partly, not_yet, no or sent; `at` is when it was seen."""

    title: str
    answer: str
    sentence: str = ""
    at: datetime | None = None


def verdicts(asked: DeprovisionRequest, run: Run | None, archive: Archive | None) -> list[VerdictLine]:
    """Access cut, history kept, person deleted: yes only for what was seen, no once it can no longer come."""
    pending = "not_yet" if asked.is_live else "no"
    deleted_at = run.deleted_at if run else None
    return [
        _access_cut(run, pending),
        _history_kept(archive, pending, run),
        VerdictLine(
            "Person deleted",
            "yes" if deleted_at else pending,
            _deleted(run) if run and deleted_at else "",
            deleted_at,
        ),
    ]


def _deleted(run: Run) -> str:
    """With what may be left behind, so that this yes is not read as "and nothing is held any more"."""
    told = ("Genesys Cloud said so when it was asked again", *references_unseen(run))
    return " ".join(f"{sentence.rstrip('.')}." for sentence in told)


def _access_cut(run: Run | None, pending: str) -> VerdictLine:
    title = "Access cut"
    if run is None:
        return VerdictLine(title, pending)
    if run.locked_out_at is None:
        told = _cut_so_far(run)
        return VerdictLine(title, "partly" if told and pending == "no" else pending, told)
    if not run.sign_out_was_seen:
        told = "Sign-in is suspended, and the sign-out was accepted: Genesys Cloud did not show what it did."
        return VerdictLine(title, "sent", told, run.locked_out_at)
    return VerdictLine(
        title, "yes", "Sign-in is suspended, and no session was seen after the sign-out.", run.locked_out_at
    )


def _cut_so_far(run: Run) -> str:
    """What of the access is cut while not all of it is; empty while nothing is."""
    done = dict(run.steps.filter(state__in=FINISHED).values_list("key", "state"))
    if "suspend_sign_in" not in done:
        return ""
    if "revoke_sessions" not in done:
        return "Sign-in is suspended; the person was not seen signed out."
    signed_out = (
        "the sign-out was accepted" if done["revoke_sessions"] == StepState.SENT else "the person is signed out"
    )
    talks = run.steps.filter(key="settle_conversations", error_code__in=TALKS).exists()
    left = "a live conversation was not seen to end" if talks else "whether a conversation goes on was not seen"
    return f"Sign-in is suspended, and {signed_out}; {left}."


def waits_for_a_talk(run: Run | None) -> bool:
    """Whether the run waits by itself until the person is in no conversation any more."""
    waiting = {"key": "settle_conversations", "state": StepState.WAITING, "error_code": "not_yet"}
    return run is not None and run.steps.filter(**waiting).exists()


def is_suspended(run: Run | None) -> bool:
    """Whether the run was seen to suspend sign-in of somebody who is not deleted: who stays has to be let in again."""
    if run is None or run.deleted_at is not None:
        return False
    return run.steps.filter(key="suspend_sign_in", state__in=FINISHED).exists()


def harm_to(archive: Archive | None) -> Harm:
    """What befell a verified archive's file since, as far as shows without reading it; none where there is none."""
    return Harm.NONE if archive is None or archive.verified_at is None else harm_at_a_glance(archive)


def _history_kept(archive: Archive | None, pending: str, run: Run | None) -> VerdictLine:
    title = "History kept"
    ended = run is not None and run.steps.filter(key="archive_history", state__in=FINISHED).exists()
    if run is None or archive is None or archive.verified_at is None or not ended:
        return VerdictLine(title, pending)
    harm, days = harm_to(archive), period(archive.interval_start, archive.interval_end)
    amount = f"{counted(archive.count, 'conversation')} of {days}"
    if harm:
        return VerdictLine(
            title, "no", f"The archive was whole when it was written, but it {harm.label}. {FROM_BACKUP}"
        )
    if archive.manifest.get("gaps"):
        return VerdictLine(title, pending, f"{amount}, with an accepted gap: not the whole history.")
    told = f"{amount}; verified by reading the file again. Older conversations are not archived."
    evidence = run.steps.values_list("evidence", flat=True).get(key="archive_history")
    told = f"{told} {evidence.get('without_attributes', '')}".strip()
    if missing := sight_of(run.plan.document).history:
        return VerdictLine(title, "partly", f"{told} {missing}", archive.verified_at)
    return VerdictLine(title, "yes", told, archive.verified_at)
