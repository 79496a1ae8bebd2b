"""What can go wrong with an archive. Each error says what happened, and the next action in `remedy`."""

from __future__ import annotations

from datetime import timedelta

from offboarding.archives.gap import Gap


class ArchiveError(Exception):
    """`problem` and `remedy` are sentences for people; they hold ids, times and counts, no more."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


class HistoryIncomplete(ArchiveError):
    """Genesys announced more conversations in a window than it handed out, also when read again some minutes later.

    `gap` is what lacks; it may be accepted, and the archive is then written without.
    """

    def __init__(self, problem: str, remedy: str, gap: Gap) -> None:
        super().__init__(problem, remedy)
        self.gap = gap


class HistoryNotUnderstood(ArchiveError):
    """Genesys answered with something that is not a conversation of the window that was asked for."""


class NotReady(ArchiveError):
    """Not an error: Genesys needs time. What is there is kept, and the same call goes on `after` that time."""

    def __init__(self, problem: str, remedy: str, *, after: timedelta) -> None:
        super().__init__(problem, remedy)
        self.after = after


class NoRoom(ArchiveError):
    """The disk is full, or a quota or a file size limit is reached. Finished windows are kept."""


class ArchiveBroken(ArchiveError):
    """The stored file and its manifest do not agree, or one of them is missing: nothing may rely on it."""
