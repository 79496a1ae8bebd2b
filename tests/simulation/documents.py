"""The audit log document of a run says what is so. Looked at when a seed has come to rest."""

from __future__ import annotations

from collections.abc import Iterator

from offboarding.models import Archive, Run
from offboarding.models.run import RunState, StepState
from tests.simulation.held import still_held
from tests.simulation.rest import Rest

# The steps whose end the flag about references stands for, and the outcomes that say something of the org.
ENDS_REFERENCES = ("leave_queues", "remove_roles", "leave_groups", "clear_skills")
SEEN = (StepState.OBSERVED, StepState.NOTHING_TO_DO)


def documents_are_true(rest: Rest) -> Iterator[str]:
    """Completed means deleted in the org, and nothing is held that the document says is gone."""
    for run in Run.objects.select_related("request").exclude(document=None):
        document = run.document or {}
        person = rest.org.people[run.request.person_id]
        told = {**document["compliance"], **document["actions"]}
        completed = document["status"] == "COMPLETED"
        if completed != (run.state == RunState.COMPLETED):
            yield f"request {run.request_id}: the document says {document['status']}, the run is {run.state}"
        if (completed or told["scimDelete"] or told["softDeleteEnabled"]) and person.state != "deleted":
            yield f"request {run.request_id}: said to be deleted, and is {person.state}"
        if not completed:
            continue
        archive = Archive.objects.filter(request=run.request, verified_at__isnull=False).first()
        if told["historyArchived"] and archive is None:
            yield f"request {run.request_id}: said to be archived, and there is no archive"
        claimed = set(ENDS_REFERENCES) if told["foreignKeysResolved"] else set()
        if run.request.person_id in rest.deletions:  # others may give back what a step took, before they delete
            claimed |= {step["step"] for step in document["steps"] if step["outcome"] in SEEN}
        for key in sorted(claimed):
            for what in still_held(rest.org, key, person):
                yield f"request {run.request_id}: {key} is said to be done, and there is still: {what}"
        if told["sessionsRevoked"] and person.sessions:
            yield f"request {run.request_id}: said to be signed out, and {person.sessions} sessions are open"


def documents_claim_only_what_was_seen(rest: Rest) -> Iterator[str]:
    """Of ends that are no success: each true flag has its row. A run that goes on again may undo what was seen."""
    ended = (RunState.COMPLETED, RunState.FAILED, RunState.STOPPED)
    for run in Run.objects.select_related("request").filter(state__in=ended).exclude(document=None):
        told = {**(run.document or {})["compliance"], **(run.document or {})["actions"]}
        seen = {step.key for step in run.steps.all() if step.is_finished}
        if told["sessionsRevoked"] and "revoke_sessions" not in seen:
            yield f"request {run.request_id}: sessions said to be gone, and the step has not ended"
        if told["foreignKeysResolved"] and not set(ENDS_REFERENCES) <= seen:
            yield f"request {run.request_id}: holdings said to be gone, and the steps have not ended"
        if told["historyArchived"] and "archive_history" not in seen:
            yield f"request {run.request_id}: history said to be kept, and the step has not ended"
