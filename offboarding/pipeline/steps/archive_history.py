"""The conversation history is on disk, complete and verified by reading it again, before anything may be deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from offboarding.actions.archives import store_archive
from offboarding.archives.errors import HistoryIncomplete
from offboarding.archives.gap import Gap
from offboarding.archives.keep import Keep, without_attributes
from offboarding.archives.manifest import ARCHIVE_NAME, Manifest
from offboarding.archives.storage import absolute, folder_for
from offboarding.archives.verify import verify
from offboarding.archives.windows import Window
from offboarding.archives.writer import Page, write_archive
from offboarding.audit.record import utc_text
from offboarding.models.run import GAP, StepState
from offboarding.people import history_interval, interval_of
from offboarding.pipeline.history_jobs import HistoryJobs
from offboarding.pipeline.step import Outcome, Step, StepFailed, Work
from offboarding.plan import counted, sight_of

OPERATION = "POST /api/v2/analytics/conversations/details/query"
# Up to here the query costs fewer calls than jobs do: 20 and a page a month, against a count a month, a job and pages.
JOBS_ABOVE = 2_000


class ArchiveHistory(Step):
    key = "archive_history"
    # A part of the archive is at most 5,000 conversations, 50 pages, and what a job brings at most 20,000, 20 pages;
    # what is under way when a slice ends is thrown away.
    longest_item = 150.0
    resumes = True

    def apply(self, work: Work) -> Outcome:
        planned = work.plan.document["archive"]
        interval = _interval(work)
        relative = folder_for(work.request.org_id, work.request.person_id, work.request.pk)
        folder = absolute(relative)
        about = int(planned["approximate_count"])
        keep = _keep(work)

        def fetch(window: Window, page: int, size: int) -> Page:
            found = work.client.post_analytics_conversations_details_query(
                person_id=work.person_id, start=window.start, end=window.end, page=page, page_size=size
            )
            return Page([keep.of(each) for each in found.conversations], found.total_hits)

        def progress(done: int, total: int | None, item: str) -> None:
            work.progress(done, max(about, done + 1), item)

        accepted = accepted_gaps(work)
        try:
            manifest = write_archive(
                folder=folder,
                query=_query(work),
                interval=interval,
                fetch=fetch,
                progress=progress,
                jobs=HistoryJobs(work.client, work.person_id, keep) if _by_jobs(about, keep) else None,
                accepted=accepted,
                between=work.between,
                settles=_settles(work),
            )
        except HistoryIncomplete as error:
            work.keep({"gap": _told(error.gap)})
            raise StepFailed(error.problem, error.remedy, GAP) from error
        verify(folder / ARCHIVE_NAME, manifest, accepted=accepted, progress=work.sign_of_life)
        archive = store_archive(
            run_id=work.run.pk,
            fence=work.run.fence,
            path=str(relative / ARCHIVE_NAME),
            manifest=manifest.to_dict(),
            sha256=manifest.sha256,
            size=manifest.size,
            count=manifest.count,
            first_at=manifest.first_at,
            last_at=manifest.last_at,
            interval=interval,
        )
        work.progress(archive.count, archive.count, "")
        bare = without_attributes(manifest)
        return Outcome(
            StepState.OBSERVED,
            f"{_sentence(manifest)} {bare}".strip(),
            {"count": archive.count, "bytes": archive.size, "sha256": archive.sha256, "without_attributes": bare},
        )


def _sentence(manifest: Manifest) -> str:
    if manifest.gaps:
        labels = ", ".join(window.label for window in manifest.gaps)
        lacks = sum(window.lacks for window in manifest.windows)
        return f"{counted(manifest.count, 'conversation')} archived. {lacks:,} are missing, as was accepted: {labels}."
    if not manifest.count:
        return "No conversation was found: an empty archive was written and verified."
    return f"{counted(manifest.count, 'conversation')} archived, and verified by reading the file again."


def accepted_gaps(work: Work) -> tuple[Gap, ...]:
    """What an approver accepted as missing from the archive of this request."""
    return tuple(
        Gap(Window(row.window_start, row.window_end), row.announced, row.sent)
        for row in work.request.accepted_gaps.order_by("id")
    )


def _told(gap: Gap) -> dict[str, Any]:
    """A gap as the step keeps it, for the approver who decides on it."""
    return {
        "window": gap.window.interval,
        "label": gap.window.label,
        "announced": gap.announced,
        "sent": gap.sent,
        "lacks": gap.lacks,
    }


def _by_jobs(about: int, keep: Keep) -> bool:
    """Only jobs bring participants' attributes. The article's dialect knows the query only."""
    return bool(settings.GENESYS_API_STYLE != "article") and (about > JOBS_ABOVE or keep.attributes)


def _settles(work: Work) -> timedelta:
    """In the article's order the first archive comes before the sign-out, which nothing may delay."""
    settles: timedelta = settings.HISTORY_SETTLES_IN
    return settles if work.run.locked_out_at else timedelta(0)


def _interval(work: Work) -> tuple[datetime, datetime]:
    """The planned interval, up to the end of the day on which access was cut: nothing said since is lost.

    The day is that of Genesys Cloud's clock, which may be past midnight when ours is not. In the article's order
    access is cut later; there it is the day on which the work started.

    The same in every time slice, so that an archive under way goes on instead of starting anew.
    """
    start, end = interval_of(work.plan.document["archive"])
    if work.run.locked_out_at:
        evidence = work.run.steps.values_list("evidence", flat=True).get(key="settle_conversations")
        cut = work.run.locked_out_at + timedelta(seconds=evidence.get("clock_ahead_seconds", 0))
    elif work.run.started_at:
        cut = work.run.started_at + work.client.clock_ahead
    else:
        return start, end
    return start, max(end, history_interval(cut)[1])


def _query(work: Work) -> dict[str, Any]:
    """What is asked of Genesys in every window, as the manifest keeps it, and after which sign-out it was asked.

    An archive is told from an older one by this: somebody who came back after it was read may have worked since.
    """
    predicate = {"type": "dimension", "dimension": "userId", "operator": "matches", "value": work.person_id}
    missing = sight_of(work.plan.document).history
    return {
        **({"mayLack": missing} if missing else {}),
        "operation": OPERATION,
        "accessCutAt": access_cut(work),
        "kept": _keep(work).to_dict(),
        "order": "asc",
        "orderBy": "conversationStart",
        "segmentFilters": [{"type": "and", "predicates": [predicate]}],
    }


def _keep(work: Work) -> Keep:
    """As approved; plans from before there was a choice keep what came then."""
    archive = work.plan.document["archive"]
    return Keep(attributes=archive.get("attributes") == "kept", masked=archive.get("addresses") == "masked")


def access_cut(work: Work) -> str:
    """When access was cut, as the manifest names it; empty in the article's order until it is."""
    return utc_text(work.run.locked_out_at) if work.run.locked_out_at else ""


STEP = ArchiveHistory()
