"""What a request leaves to take away: the audit log document, what Genesys answered, the archive of the history."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from offboarding.access import get_request_for, require
from offboarding.actions.archives import note_download, note_look
from offboarding.actions.notes import note_evidence
from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.kept import harm_of
from offboarding.archives.reader import open_for_download
from offboarding.audit.record import utc_text
from offboarding.models import Archive, DeprovisionRequest, Run, StepReading
from offboarding.models.archive import Harm
from offboarding.views.request import show


@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """The audit log document as it was written when the run last ended; 404 before that. Taking it is recorded."""
    require(request.user, "take_evidence")
    asked = get_request_for(request.user, pk)
    run = Run.objects.filter(request=asked, document__isnull=False).first()
    if run is None:
        return _nothing(request, asked, "audit log document", "It is written when the work ends or stops for somebody.")
    answer = JsonResponse(run.document, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer.headers["Content-Disposition"] = f'inline; filename="deprovisioning-{asked.pk}.json"'
    note_evidence(request.user, "document.downloaded", request=asked, content=answer.content)
    return answer


@require_safe
def answers(request: HttpRequest, pk: int) -> HttpResponse:
    """What each step asked and Genesys Cloud answered, as it came; 404 where no step has looked. It is recorded."""
    require(request.user, "take_evidence")
    asked = get_request_for(request.user, pk)
    readings = StepReading.objects.filter(step__run__request=asked).select_related("step").order_by("read_at", "id")
    if not readings:
        return _nothing(request, asked, "answer of Genesys Cloud", "The steps note them when the work has begun.")
    told = [
        {
            "step": reading.step.key,
            "attempt": reading.attempt,
            "readAt": utc_text(reading.read_at),
            "method": reading.method,
            "path": reading.path,
            "asked": reading.asked,
            "status": reading.status,
            "size": reading.size,
            "sha256": reading.sha256,
            "bodyKept": bool(reading.body),
            "body": reading.body,
        }
        for reading in readings
    ]
    answer = JsonResponse(
        {"request": asked.pk, "answers": told}, json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="answers-request-{asked.pk}.json"'
    note_evidence(request.user, "answers.downloaded", request=asked, content=answer.content)
    return answer


@require_safe
def archive(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The archive file, streamed; who takes it home is recorded before the first byte leaves."""
    require(request.user, "download_archive")
    asked = get_request_for(request.user, pk)
    kept = Archive.objects.filter(request=asked).select_related("request").first()
    if kept is None:
        return _nothing(request, asked, "archive", "The work writes it before it deletes the person.")
    try:
        download = open_for_download(kept)
    except ArchiveBroken as broken:
        note_look(kept, harm_of(kept))
        return show(request, asked, status=409, problem=broken.problem, remedy=broken.remedy)
    note_look(kept, Harm.NONE)
    note_download(request.user, archive=kept)
    answer = FileResponse(
        download.file,
        as_attachment=True,
        filename=download.filename,
        content_type="application/gzip",
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _nothing(request: HttpRequest, asked: DeprovisionRequest, what: str, comes: str) -> HttpResponse:
    """404 with the page of the request, which says whether there will be such a thing, and when."""
    if asked.is_live:
        problem, remedy = f"There is no {what} of this request yet.", f"{comes} Look again then."
    else:
        problem, remedy = f"There is no {what} of this request.", "It has ended: what happened stands below."
    return show(request, asked, status=404, problem=problem, remedy=remedy)
