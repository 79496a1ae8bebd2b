"""Tag Analytics: the asynchronous conversation detail jobs."""

from __future__ import annotations

from .. import conversation_jobs
from ..call import Answer, Call
from ..clock import text_of_ms
from . import PLATFORM

_JOBS = "/api/v2/analytics/conversations/details/jobs"
_VIEW = ("analytics:conversationDetail:view", "analytics:agentConversationDetail:view")


@PLATFORM.on("GET", f"{_JOBS}/availability", any_of=("analytics:conversationDetail:view",))
def availability(call: Call) -> Answer:
    return Answer(200, {"dataAvailabilityDate": text_of_ms(conversation_jobs.available_ms(call.org))})


@PLATFORM.on("POST", _JOBS, any_of=_VIEW, locked=False)
def submit_job(call: Call) -> Answer:
    return Answer(202, {"jobId": conversation_jobs.submit(call.org, call.json())})


@PLATFORM.on("GET", _JOBS + "/{jobId}", any_of=_VIEW)
def job_status(call: Call) -> Answer:
    """202 as long as the job is running, 200 afterwards, however it ended."""
    body = conversation_jobs.status(call.org, call.params["jobId"])
    return Answer(202 if body["state"] in ("QUEUED", "PENDING") else 200, body)


@PLATFORM.on("GET", _JOBS + "/{jobId}/results", any_of=_VIEW, locked=False)
def job_results(call: Call) -> Answer:
    """1000 a page unless `pageSize` says otherwise, 10,000 at most (inferred: neither number is documented)."""
    size = call.number("pageSize", 1000, most=10_000)
    return Answer(200, conversation_jobs.results(call.org, call.params["jobId"], call.text("cursor"), size))


@PLATFORM.on("DELETE", _JOBS + "/{jobId}", any_of=_VIEW)
def forget_job(call: Call) -> Answer:
    conversation_jobs.forget(call.org, call.params["jobId"])
    return Answer(204)
