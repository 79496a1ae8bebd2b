"""What is remembered of the job under way, so that a restarted worker asks for the same one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from offboarding.archives.windows import Window


@dataclass(frozen=True, slots=True)
class Counted:
    """A window, and how many conversations the query announced for it before the job was submitted."""

    window: Window
    total: int


@dataclass(frozen=True, slots=True)
class JobNote:
    """The job, submitted at `since` as the one of number `tries`, for the windows `counted`, which follow each other.

    Up to `query_until` the query is asked instead: a window came short, or jobs were given up.
    """

    counted: tuple[Counted, ...]
    since: datetime
    query_until: datetime
    job_id: str = ""
    tries: int = 0

    @property
    def window(self) -> Window:
        return Window(self.counted[0].window.start, self.counted[-1].window.end)

    def ahead(self, at: datetime) -> list[Counted]:
        """The windows that are not finished when the history is read up to `at`."""
        return [one for one in self.counted if one.window.start >= at]

    def to_dict(self) -> dict[str, Any]:
        """JSON types only."""
        return {
            "job_id": self.job_id,
            "tries": self.tries,
            "since": self.since.isoformat(),
            "query_until": self.query_until.isoformat(),
            "counted": [[one.window.start.isoformat(), one.window.end.isoformat(), one.total] for one in self.counted],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> JobNote:
        """Read `to_dict` back."""
        moment = datetime.fromisoformat
        return cls(
            job_id=data["job_id"],
            tries=data["tries"],
            since=moment(data["since"]),
            query_until=moment(data["query_until"]),
            counted=tuple(Counted(Window(moment(start), moment(end)), total) for start, end, total in data["counted"]),
        )
