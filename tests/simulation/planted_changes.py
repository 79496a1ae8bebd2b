"""The changed code of planted.py where a line does not say it: the real function with one thing left out."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import wraps
from typing import Any
from unittest import mock

from django.db import transaction
from django.utils import timezone

from offboarding.access import YES, may_decide
from offboarding.actions import decisions, heartbeat, lease, outbox, run_control, run_steps
from offboarding.actions.archives import store_archive
from offboarding.archives import files, pages
from offboarding.archives.files import NewFile
from offboarding.archives.storage import absolute
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import NotThere, Unreachable
from offboarding.genesys.transport import exchange
from offboarding.models import Archive, Decision, DeprovisionRequest, Run, StepRun
from offboarding.models.run import RunState, StepState
from offboarding.pipeline import sweep
from offboarding.pipeline.step import Outcome
from offboarding.pipeline.steps import delete_person
from offboarding.webhooks.delivery import headers_of, send

_claim, _held, _let_go_on, _record = lease.claim_run, lease.held, run_control.let_go_on, run_steps.record
_end, _document, _ready, _new_lines = outbox.end_with_document, outbox.document_of, sweep._ready, pages._new_lines
_read_window, _delete_scim_user = pages.read_window, GenesysClient.delete_scim_v2_user
_give_back = heartbeat.give_back


def held_without_fence(run_id: int, fence: int) -> Run:
    run = Run.objects.select_related("request", "plan").get(pk=run_id)
    run.lease_until = timezone.now() + lease.LEASE
    run.save(update_fields=["lease_until"])
    return run


def held_without_renewal(run_id: int, fence: int) -> Run:
    run = Run.objects.select_related("request", "plan").get(pk=run_id)
    if run.fence != fence or run.state != RunState.RUNNING:
        raise lease.LeaseLost(f"run {run_id}")
    return run


def claim_held_runs(*, run_id: int, **told: Any) -> Run | None:
    Run.objects.filter(pk=run_id).update(lease_until=None)
    return _claim(run_id=run_id, **told)


def claim_no_running_run(*, run_id: int, **told: Any) -> Run | None:
    held = Run.objects.filter(pk=run_id, state=RunState.RUNNING, lease_until__isnull=False).exists()
    return None if held else _claim(run_id=run_id, **told)


def claim_before_the_time(*, run_id: int, **told: Any) -> Run | None:
    asked = DeprovisionRequest.objects.filter(run=run_id)
    put_off_to = asked.values_list("not_before", flat=True).first()
    asked.update(not_before=None)
    claimed = _claim(run_id=run_id, **told)
    asked.update(not_before=put_off_to)
    if claimed is not None:
        claimed.request.not_before = put_off_to
    return claimed


def give_back_uncounted(*, owners: Sequence[str], died: bool) -> int:
    return _give_back(owners=owners, died=False)


def ready_without(kind: str) -> Iterator[sweep.Ready]:
    return (thing for thing in _ready() if thing.kind != kind)


def end_without_message(run: Run) -> dict[str, Any]:
    if run.state == RunState.COMPLETED:
        return _end(run)
    run.document = _document(run)
    run.save(update_fields=["document"])
    return run.document


def end_and_tell_later(run: Run) -> dict[str, Any]:
    run.document = _document(run)
    run.save(update_fields=["document"])
    transaction.on_commit(lambda: _end(run) and None)
    return run.document


def delete_whatever_it_is_by_now(self: Any, user_id: str, *, etag: str, right_before: Any) -> None:
    _delete_scim_user(self, user_id, right_before=right_before)


@wraps(GenesysClient.delete_scim_v2_user)
def delete_until_answered(self: Any, user_id: str, *, etag: str, right_before: Any) -> None:
    try:
        _delete_scim_user(self, user_id, etag=etag, right_before=right_before)
    except Unreachable:
        _delete_scim_user(self, user_id, etag=etag, right_before=right_before)


def headers_with_another_id(message_id: str, *rest: Any) -> dict[str, str]:
    return headers_of(str(uuid.uuid4()), *rest)


def send_and_believe(*told: Any) -> Any:
    return replace(send(*told), problem="", status=200)


def record_no_steps(actor: Any, action: str, **told: Any) -> Any:
    return None if action in ("step.observed", "step.nothing_to_do") else _record(actor, action, **told)


def go_on_after_the_failed_step(run: Run) -> None:
    StepRun.objects.filter(run=run, state=StepState.FAILED).update(state=StepState.NOTHING_TO_DO)
    _let_go_on(run)


def own_approvals(stack: ExitStack) -> None:
    create = Decision.objects.create

    def under_another_name(**told: Any) -> Decision:
        if told["decided_by"].pk != told["requested_by_id"]:
            return create(**told)
        row = create(**{**told, "requested_by_id": told["decided_by"].pk + 1})
        return row

    stack.enter_context(mock.patch.object(Decision.objects, "create", under_another_name))
    allowed = wraps(may_decide)(lambda actor, request: YES)
    stack.enter_context(mock.patch.object(decisions, "may_decide", allowed))


def newest_plan_whatever_was_seen(actor: Any, request: Any, digest: str) -> Any:
    if not may_decide(actor, request):
        raise decisions.Refused("No.", "Ask another approver.", "may_not_decide", request=request)
    return request.plans.order_by("-number").first()


def deletion_first(style: str) -> Sequence[str]:
    order = [key for key in lease_order(style) if key != "delete_person"]
    order.insert(order.index("archive_history"), "delete_person")
    return order


def lease_order(style: str) -> Sequence[str]:
    from offboarding.steps import order_for

    return order_for(style)


def written_in_place(stack: ExitStack) -> None:
    begin = NewFile.__init__

    def init(self: NewFile, path: Any) -> None:
        begin(self, path)
        self._temporary = path

    def entered(self: NewFile) -> NewFile:
        self._descriptor = files.os.open(self.path, files.os.O_WRONLY | files.os.O_CREAT, 0o600)
        return self

    def left(self: NewFile, *_: object) -> None:
        files.os.close(self._descriptor)

    for name, new in (("__init__", init), ("__enter__", entered), ("__exit__", left), ("commit", lambda self: None)):
        stack.enter_context(mock.patch.object(NewFile, name, new))


def nothing_verified(stack: ExitStack) -> None:
    for room in ("last_look", "steps.archive_history"):
        stack.enter_context(mock.patch(f"offboarding.pipeline.{room}.verify", lambda *_, **__: None))


def store_and_lose(**told: Any) -> Archive:
    archive = store_archive(**told)
    absolute(archive.path).unlink()
    return archive


def lose_a_line(reading: Any, records: Any, *rest: Any) -> list[bytes]:
    return _new_lines(reading, records, *rest)[1:]


def window_without_before(window: Any, fetch: Any, before: Any, *rest: Any) -> Any:
    return _read_window(window, fetch, set(), *rest)


@wraps(GenesysClient.delete_token)
def delete_no_token(self: Any, person_id: str) -> None:
    """Keeps the docstring: the permissions that a plan needs are read off it."""


def suspend_without_looking(self: Any, work: Any) -> Outcome:
    try:
        self._suspend(work)
    except NotThere:
        pass
    return Outcome(StepState.OBSERVED, "Sign-in is suspended.", {"state": "inactive"})


def delete_without_looking(self: Any, work: Any) -> Outcome:
    delete_person.archive_must_be_whole(work)
    delete_person._may_delete(work)
    self._inspect_and_delete(work)
    return Outcome(StepState.OBSERVED, "Deleted.", {"state": "deleted"})


def rosy_document(run: Run) -> dict[str, Any]:
    document = _document(run)
    for part in ("actions", "compliance"):
        document[part] = {key: value if key == "archiveCount" else True for key, value in document[part].items()}
    return document


def exchange_and_tell(session: Any, request: Any, **told: Any) -> Any:
    logging.getLogger(__name__).info("%s %s %s", request.method, request.url, request.headers)
    return exchange(session, request, **told)


def end_and_name(run: Run) -> dict[str, Any]:
    logging.getLogger(__name__).info("%s is done", run.request.person_name)
    return _end(run)


def ask_before_the_first_sending(call: Any) -> None:
    if call._right_before is not None:
        call._right_before()
        call._right_before = None
