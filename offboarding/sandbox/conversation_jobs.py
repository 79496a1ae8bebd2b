"""Asynchronous conversation detail jobs: Genesys Cloud API, .../analytics/conversations/details/jobs.

A job is a few numbers: its results are a range of conversation numbers, computed when a page is fetched. It
finds every conversation whose lifetime overlaps the interval, as documented; with startOfDayIntervalMatching
it finds what the detail query finds. Not documented, and inferred: that results before the end of a job are
refused with 400 and expired ones with 404, that an empty page has no `conversations`, as in the query, that too
long an interval is refused as the query refuses it (option `job_interval_days`), and one job too many (option
`jobs_at_once`) with the 429 that is declared for every operation.
"""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, field
from typing import Any

from . import recent
from .clock import ms_of, now_ms, text_of_ms
from .conversation_filters import Wanted, filters_of, interval_of, user_id_of, wants_open
from .conversation_record import LONGEST_MS, with_attributes
from .conversations import DAY_MS
from .errors import Refusal, api_error, bad_request, not_found
from .ids import stable_id
from .state import Org

Json = dict[str, Any]
_HOUR_MS = 3_600_000
_RUNNING = ("QUEUED", "PENDING")


@dataclass(frozen=True)
class _Job:
    """What the state keeps of a job. Times are milliseconds since 1970."""

    person: str
    filters: list[Json]
    descending: bool
    limit: int | None
    submitted: int
    done: int
    expires: int
    fails: bool
    available: int  # what started later is not seen
    low: int = 0
    high: int = 0  # the numbers of the conversations that started inside the interval: low up to high
    early: list[int] = field(default_factory=list)  # those that started before it and were still going on
    live: list[Json] = field(default_factory=list)  # the recent ones, as they were when it was submitted

    def state_at(self, now: int) -> str:
        if now < self.done:
            return "QUEUED" if now < (self.submitted + self.done) // 2 else "PENDING"
        if self.fails:
            return "FAILED"
        return "FULFILLED" if now < self.expires else "EXPIRED"

    @property
    def places(self) -> int:
        return len(self.early) + self.high - self.low + len(self.live)


def available_ms(org: Org) -> int:
    """Until when conversations have arrived where the jobs look."""
    return now_ms() - round(org.options.jobs_lag_hours * _HOUR_MS)


def submit(org: Org, body: Json) -> str:
    """The id of a new job; raises the API's errors. The body has neither paging nor aggregations."""
    if unknown := {"paging", "aggregations"} & body.keys():
        raise bad_request(f"A detail job takes no {' and no '.join(sorted(unknown))}.")
    first, end = interval_of(body.get("interval"))
    limit = body.get("limit")
    if limit is not None and (type(limit) is not int or limit < 1):
        raise bad_request("limit must be a number of at least 1.")
    filters, only_open = filters_of(body, "segmentFilters"), wants_open(filters_of(body, "conversationFilters"))
    user_id, whole_days = user_id_of(filters), body.get("startOfDayIntervalMatching") is True
    now, options, available = now_ms(), org.options, available_ms(org)
    if options.job_interval_days and end - first > options.job_interval_days * DAY_MS:
        raise bad_request(f"The interval is too long: {options.job_interval_days} days at most.")
    done = now + round(options.job_delay * 1000)
    job: Json = {
        "person": user_id,
        "filters": filters,
        "descending": body.get("order") == "desc",
        "limit": limit,
        "submitted": now,
        "done": done,
        "expires": done + round(options.job_life * 1000),
        "fails": options.job_fails,
        "available": available,
    }
    with org.lock:
        person = org.people.get(user_id)
        late = recent.of(person) if person else []
    if person:
        wanted = Wanted(org, person, filters)
        if only_open is not True:
            job |= _numbers(wanted, first, end, available, whole_days)
        late = [each for each in late if only_open in (None, recent.is_open(each)) and each["start"] < available]
        job["live"] = [each for each in late if _shows(wanted, each, first, end, whole_days)]
    with org.lock:
        if too_many := _one_too_many(org, now):
            raise too_many
        org.job_count += 1
        job_id = stable_id(org.seed, "detail-job", org.job_count)
        org.jobs[job_id] = asdict(_Job(**job))
        org.save()
    return job_id


def _one_too_many(org: Org, now: int) -> Refusal | None:
    """The 429 for one more job than may run at once: to be tried again when the first of them ends."""
    jobs = [_Job(**stored) for stored in org.jobs.values()]
    ends = [job.done for job in jobs if job.state_at(now) in _RUNNING]
    if not org.options.jobs_at_once or len(ends) < org.options.jobs_at_once:
        return None
    refusal = api_error(429, "too.many.requests", f"{len(ends)} jobs are running, as many as may at once.")
    refusal.headers["Retry-After"] = str(max(1, -(-(min(ends) - now) // 1000)))
    return refusal


def _shows(wanted: Wanted, each: Json, first: int, end: int, whole_days: bool) -> bool:
    if whole_days:
        return wanted.shows_recent(each, first, end - 1)
    over_before = not recent.is_open(each) and each["end"] <= first
    return each["start"] < end and not over_before and wanted.fits_recent(each)


def _numbers(wanted: Wanted, first: int, end: int, available: int, whole_days: bool) -> Json:
    past = wanted.past
    if whole_days:
        days = past.between_days(first, end - 1)
        return {"low": days.start, "high": max(days.start, min(days.stop, past.before(available)))}
    low = past.before(min(first, available))
    before = range(past.before(min(first, available) - LONGEST_MS), low)
    early = [k for k in before if ms_of(wanted.past_record(k)["conversationEnd"]) > first]
    return {"low": low, "high": past.before(min(end, available)), "early": early}


def _job_of(org: Org, job_id: str) -> _Job:
    with org.lock:
        stored = org.jobs.get(job_id)
    if stored is None:
        raise not_found()
    return _Job(**stored)


def status(org: Org, job_id: str) -> Json:
    """AsyncQueryStatus."""
    job = _job_of(org, job_id)
    found: Json = {"state": job.state_at(now_ms()), "submissionDate": text_of_ms(job.submitted)}
    if found["state"] not in _RUNNING:
        found |= {"completionDate": text_of_ms(job.done), "expirationDate": text_of_ms(job.expires)}
    if found["state"] == "FAILED":
        found["errorMessage"] = "The query could not be completed."
    return found


def forget(org: Org, job_id: str) -> None:
    """Cancels a job that is running, forgets one that is done; afterwards it is unknown (inferred)."""
    _job_of(org, job_id)
    with org.lock:
        org.jobs.pop(job_id, None)
        org.save()


def results(org: Org, job_id: str, cursor: str, size: int) -> Json:
    """One page; without a `cursor` in it, it was the last one."""
    job = _job_of(org, job_id)
    state = job.state_at(now_ms())
    if state == "EXPIRED":
        raise not_found("The results of the job have expired.")
    if state != "FULFILLED":
        raise bad_request(f"The job is {state}; there are results once it is FULFILLED.")
    place, taken = _read(job_id, cursor)
    with org.lock:
        person = org.people.get(job.person)
    rows: list[Json] = []
    if person:
        page = _Page(job, Wanted(org, person, job.filters))
        place = page.next_from(place)
        while place < job.places and len(rows) < size and not page.is_full(taken + len(rows)):
            rows.append(with_attributes(page.record(place)))
            place = page.next_from(place + 1)
    found: Json = {"dataAvailabilityDate": text_of_ms(job.available)}
    if rows:
        found["conversations"] = rows
    if person and place < job.places and not page.is_full(taken + len(rows)):
        found["cursor"] = _cursor(job_id, place, taken + len(rows))
    return found


class _Page:
    """Looks through the places of a job, one conversation at a time."""

    def __init__(self, job: _Job, wanted: Wanted) -> None:
        self.job, self.wanted = job, wanted

    def is_full(self, taken: int) -> bool:
        return self.job.limit is not None and taken >= self.job.limit

    def _at(self, place: int) -> int | Json:
        """The number of a conversation, or a recent one."""
        job = self.job
        place = job.places - 1 - place if job.descending else place
        if place < len(job.early):
            return job.early[place]
        place -= len(job.early)
        return job.low + place if place < job.high - job.low else job.live[place - (job.high - job.low)]

    def next_from(self, place: int) -> int:
        """The first place from this one on that fits the filters; past the end when there is none."""
        while place < self.job.places and not self._fits(self._at(place)):
            place += 1
        return place

    def _fits(self, found: int | Json) -> bool:
        return self.wanted.only_person or not isinstance(found, int) or self.wanted.fits_past(found)

    def record(self, place: int) -> Json:
        found = self._at(place)
        return self.wanted.past_record(found) if isinstance(found, int) else self.wanted.recent_record(found)


def _cursor(job_id: str, place: int, taken: int) -> str:
    return base64.urlsafe_b64encode(f"{job_id} {place} {taken}".encode()).decode()


def _read(job_id: str, cursor: str) -> tuple[int, int]:
    """Where a page starts and how many conversations came before it. The cursor is opaque to the client."""
    if not cursor:
        return 0, 0
    try:
        of, place, taken = base64.b64decode(cursor, altchars=b"-_", validate=True).decode().split(" ")
        if of != job_id:
            raise ValueError("the cursor of another job")
        return int(place), int(taken)
    except ValueError as error:
        raise bad_request("Invalid cursor.", "invalid.query.param.value") from error
