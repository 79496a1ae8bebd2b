"""The conversation detail jobs of one person, as the archive asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from offboarding.archives.jobs import JobLost
from offboarding.archives.keep import Keep
from offboarding.archives.windows import Window
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import MissingPermission, NotThere, Refused

# What the service answers when it will not do this at all; whatever else goes wrong is worth another try.
WILL_NOT = (MissingPermission, NotThere, Refused)
# Model AsyncQueryStatus; of FULFILLED, FAILED, CANCELLED and EXPIRED only the first has results.
RUNNING, DONE = ("QUEUED", "PENDING"), "FULFILLED"


class HistoryJobs:
    """`archives.jobs.Jobs` over the API. Raises JobLost, and the GenesysErrors that are waited out."""

    def __init__(self, client: GenesysClient, person_id: str, keep: Keep) -> None:
        self._client = client
        self._person_id = person_id
        self._keep = keep

    def available(self) -> datetime | None:
        try:
            return self._client.get_analytics_conversations_details_jobs_availability()
        except WILL_NOT:
            return None

    def submit(self, window: Window) -> str:
        try:
            return self._client.post_analytics_conversations_details_jobs(
                person_id=self._person_id, start=window.start, end=window.end, starts_inside=True
            )
        except WILL_NOT as error:
            raise JobLost from error

    def is_done(self, job_id: str) -> bool:
        try:
            state = self._client.get_analytics_conversations_details_job(job_id).state
        except WILL_NOT as error:
            raise JobLost from error
        if state not in (*RUNNING, DONE):
            raise JobLost
        return state == DONE

    def results(self, job_id: str, cursor: str | None) -> tuple[Sequence[Any], str | None]:
        try:
            page = self._client.get_analytics_conversations_details_job_results(job_id, cursor=cursor)
        except WILL_NOT as error:
            raise JobLost from error
        return [self._keep.of(each) for each in page.conversations], page.cursor

    def forget(self, job_id: str) -> None:
        """A job that cannot be deleted goes away by itself."""
        try:
            self._client.delete_analytics_conversations_details_job(job_id)
        except WILL_NOT:
            return
