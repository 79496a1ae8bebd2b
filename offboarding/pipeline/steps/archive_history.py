"""The conversation history is on disk, complete and verified by reading it again, before anything may be deleted."""

from __future__ import annotations

from offboarding.actions.archives import store_archive
from offboarding.archives.storage import archive_root, folder_for
from offboarding.archives.verify import verify
from offboarding.archives.windows import Window
from offboarding.archives.writer import Page, write_archive
from offboarding.models.run import StepState
from offboarding.people import interval_of
from offboarding.pipeline.step import Outcome, Step, Work
from offboarding.plan import counted


class ArchiveHistory(Step):
    key = "archive_history"

    def apply(self, work: Work) -> Outcome:
        interval = interval_of(work.plan.document["archive"])
        folder = folder_for(work.request.org_id, work.request.person_id, work.request.pk)

        def fetch(window: Window, page: int, size: int) -> Page:
            found = work.client.post_analytics_conversations_details_query(
                person_id=work.person_id, start=window.start, end=window.end, page=page, page_size=size
            )
            return Page(found.conversations, found.total_hits)

        manifest = write_archive(
            folder=folder,
            query={
                "person_id": work.person_id,
                "operation": "POST /api/v2/analytics/conversations/details/query",
            },
            interval=interval,
            fetch=fetch,
            progress=work.progress,
        )
        path = folder / manifest.file_name
        verify(path, manifest)
        archive = store_archive(
            run_id=work.run.pk,
            fence=work.run.fence,
            path=str(path.relative_to(archive_root())),
            manifest=manifest.to_dict(),
            sha256=manifest.sha256,
            size=manifest.size,
            count=manifest.count,
            first_at=manifest.first_at,
            last_at=manifest.last_at,
            interval=interval,
        )
        if not archive.count:
            sentence = "No conversation was found: an empty archive was written and verified."
        else:
            sentence = (
                f"{counted(archive.count, 'conversation')} archived, and verified by reading the file again."
            )
        return Outcome(
            StepState.OBSERVED,
            sentence,
            {"count": archive.count, "bytes": archive.size, "sha256": archive.sha256},
        )


STEP = ArchiveHistory()
