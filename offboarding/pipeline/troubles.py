"""What each error means for a run: wait until a time, or ask a human. One table; nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from offboarding.archives.errors import ArchiveError, NotReady
from offboarding.genesys.errors import GenesysError, ReadAgain, RetryLater, Unreachable
from offboarding.pipeline.planner import NotPlannable
from offboarding.pipeline.step import GoesOn, NotYet, StepFailed

LONGEST_WAIT = timedelta(minutes=5)
# The waits of the official Java SDK while Genesys Cloud answers 5xx. It goes on to the next after five minutes each; a
# step does after four tries, because a dozen waits in a row end with a question to a human.
TROUBLE_WAITS = (timedelta(seconds=3), timedelta(seconds=9), timedelta(seconds=27))
TRIES_EACH = 4


@dataclass(frozen=True, slots=True)
class Fail:
    """The run waits for a human."""

    problem: str
    remedy: str
    code: str
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class Park:
    """The step is tried again at a time. One that does not count may follow itself however often."""

    problem: str
    remedy: str
    code: str
    at: datetime
    correlation_id: str = ""
    counts: bool = True


def what_to_do(error: Exception, failures: int) -> Fail | Park:
    """The verdict on whatever a step raised, after `failures` waits in a row.

    An unexpected error says only its kind: its text may hold what must not stand in a row or a document.
    """
    if isinstance(error, NotYet):
        return Park(error.why, error.remedy, error.code, error.at, counts=not isinstance(error, GoesOn))
    if isinstance(error, NotReady):
        return Park(error.problem, error.remedy, "not_yet", timezone.now() + error.after)
    if isinstance(error, RetryLater):
        return Park(str(error), error.remedy, error.code, _again_at(error, failures), error.correlation_id)
    if isinstance(error, (Unreachable, ReadAgain)):
        wait = min(timedelta(seconds=5 * 2**failures), LONGEST_WAIT)
        return Park(str(error), error.remedy, error.code, timezone.now() + wait, error.correlation_id)
    if isinstance(error, GenesysError):
        return Fail(str(error), error.remedy, error.code, error.correlation_id)
    if isinstance(error, (StepFailed, NotPlannable)):
        return Fail(error.problem, error.remedy, error.code)
    if isinstance(error, ArchiveError):
        return Fail(error.problem, error.remedy, type(error).__name__)
    if isinstance(error, (OperationalError, InterfaceError)):  # a lock, a deadlock, a restart: its text may hold values
        return Park(
            f"The database did not take what this step wrote ({type(error).__name__}).",
            "It is tried again by itself. If it lasts, look at the database and at the worker's log.",
            "database",
            timezone.now() + min(timedelta(seconds=2**failures), LONGEST_WAIT),
        )
    return Fail(
        f"An unexpected error ({type(error).__name__}) stopped this step.",
        "Nothing that was done is lost. The worker's log has the details; retry once the cause is mended.",
        "unexpected",
    )


def _again_at(error: RetryLater, failures: int) -> datetime:
    """The time that was given, and while Genesys Cloud has trouble of its own no sooner than patience has it."""
    if (error.status or 0) < 500:
        return error.at
    wait = TROUBLE_WAITS[min(failures // TRIES_EACH, len(TROUBLE_WAITS) - 1)]
    return max(error.at, timezone.now() + wait)
