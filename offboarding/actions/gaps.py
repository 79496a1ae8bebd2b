"""Accepting that an archive lacks conversations which Genesys announced and does not hand out."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from offboarding.access import Actor, may_accept_gap, signed_in
from offboarding.actions.errors import Refused, need, recording_refusals
from offboarding.actions.run_control import let_go_on
from offboarding.audit.record import name_of, record
from offboarding.models import AcceptedGap, DeprovisionRequest, Run


@recording_refusals("decision.refused", "accept the gap")
def accept_gap(actor: Actor, *, request_id: int, window: str, lacks: int, reason: str) -> None:
    """Accept the gap that a run failed for, as it was shown, and let the run go on: the archive is written without it.

    The gap stands in the manifest and the document, and the history never counts as archived. Refused: the
    requester's own hand, a gap that is not the one on the page any more, no reason.
    """
    request = DeprovisionRequest.objects.select_for_update().get(pk=request_id)
    need(may_accept_gap(actor, request), request)
    run = Run.objects.select_for_update().get(request=request)
    gap = run.gap
    if gap is None or (gap["window"], gap["lacks"]) != (window, lacks):
        raise Refused(
            "The gap is not the one you saw: the history was read again since you opened the page.",
            "Nothing was accepted. Look at the gap as it is now, and decide on that.",
            "stale_gap",
            request=request,
        )
    if not reason.strip():
        raise Refused("No reason was given.", "Say why the archive may lack this.", "reason", request=request)
    start, end = map(datetime.fromisoformat, window.split("/"))
    AcceptedGap.objects.create(
        request=request,
        window_start=start,
        window_end=end,
        announced=gap["announced"],
        sent=gap["sent"],
        reason=reason.strip(),
        requested_by_id=request.requested_by_id,
        accepted_by=signed_in(actor),
        accepted_by_name=name_of(actor),
        accepted_at=timezone.now(),
    )
    told = {name: gap[name] for name in ("label", "window", "announced", "sent", "lacks")}
    record(actor, "gap.accepted", request=request, data={**told, "reason": reason.strip()})
    let_go_on(run)
