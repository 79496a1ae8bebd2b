"""Sees what passes: each deletion at the moment it is sent, each transaction of a worker before it commits.

It only looks: at rows through statements of its own, and at the org itself, which the product cannot see.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import connection
from django.db.models.signals import post_save
from django.utils import timezone

from offboarding.actions import lease
from offboarding.models import Archive, AuditRecord, DeprovisionRequest, Run
from offboarding.sandbox.people import Person
from offboarding.sandbox.state import Org
from tests.simulation.databases import moment
from tests.simulation.deaths import Deaths
from tests.simulation.held import still_held
from tests.simulation.limits import Window
from tests.simulation.permit import Looks, faults_of_deletion, faults_of_what_is_held, harm_to_archive
from tests.simulation.stage import Actor, Stage
from tests.simulation.testimony import Testimony, Violation

# Seconds without a change by others after which what a step says it saw must be so in the org.
UNDISTURBED = 400.0
HOW_IT_STANDS = """
    SELECT fence, lease_until, stop_asked, EXISTS (
        SELECT 1 FROM offboarding_hold hold WHERE hold.released_at IS NULL AND hold.person_id = request.person_id
    ), request.not_before, (
        SELECT decision.decided_at FROM offboarding_decision decision WHERE decision.plan_id = run.plan_id
    ) FROM offboarding_run run JOIN offboarding_deprovisionrequest request ON request.id = run.request_id
    WHERE run.id = %s
"""


@dataclass(slots=True)
class Witness:
    """`violations` is what it saw; `deletions` are the people whom a deletion of ours took."""

    stage: Stage
    org: Org
    approval_life: timedelta
    violations: list[Violation] = field(default_factory=list)
    deletions: set[str] = field(default_factory=set)
    meddled_at: dict[str, float] = field(default_factory=dict)
    signed_out: set[str] = field(default_factory=set)  # whose tokens we asked to be ended
    of: dict[str, Testimony] = field(default_factory=dict)
    looks: Looks = field(default_factory=Looks)
    deaths: Deaths = field(init=False)
    window: Window = field(init=False)

    def __post_init__(self) -> None:
        self.deaths, self.window = Deaths(self.accuse), Window(self.accuse)

    def accuse(self, name: str, what: str) -> None:
        self.stage.note(f"VIOLATION {name}: {what}")
        self.violations.append(Violation(name, what))

    def nobody_relies_on_archives(self) -> bool:
        """No run is being driven, and nobody is deleted, so that harm to an archive can still be found."""
        gone = any(self.org.people[person_id].state == "deleted" for person_id in self.archived())
        return not gone and all(told.fence is None for told in self.of.values())

    def archived(self) -> list[str]:
        return list(Archive.objects.values_list("person_id", flat=True))

    # ------------------------------------------------------------------ at a call

    def call(self, method: str, path: str) -> Callable[[], None]:
        """Told before a call reaches the org; what it returns is called after it."""
        if method == "DELETE" and path.startswith("/api/v2/tokens/"):
            return lambda: self.signed_out.add(path.rsplit("/", 1)[1])
        if method != "DELETE" or "/scim/" not in path:
            return lambda: None
        person = self.org.by_scim_id(path.rsplit("/", 1)[1])
        assert person is not None
        before, faults = person.state, self._deletion_is_sent(person)

        def after() -> None:
            if before != "deleted" and person.state == "deleted":
                self.deletions.add(person.id)
                for name, what in faults:
                    self.accuse(name, what)

        return after

    def answered(self, method: str, path: str, status: int, body: bytes) -> None:
        """Told when the sender of a call has its answer, whole: what it now knows of a person."""
        above, _, id = path.rpartition("/")
        if method == "DELETE" and "/scim/" in path and (person := self.org.by_scim_id(id)):
            self.looks.answered(self._name(), person.id, status)
        elif method == "GET" and status == 200 and above == "/api/v2/users" and id in self.org.people:
            self.looks.saw(self._name(), id, json.loads(body)["state"])

    def _deletion_is_sent(self, person: Person) -> list[tuple[str, str]]:
        """What is wrong with sending it, at once; what is wrong if it takes effect is given back."""
        request = DeprovisionRequest.objects.filter(person_id=person.id).order_by("-id").first()
        run = Run.objects.select_related("plan").filter(request=request).first() if request else None
        for name, what in faults_of_deletion(request, run):
            self.accuse(name, what)
        if not self.looks.deletes(self._name(), person.id):
            there = "is gone already" if person.state == "deleted" else "may have been changed since"
            self.accuse("no_deletion_without_a_look", f"sent again without a look, and the person {there}")
        if forbidden := self._testimony().forbidden:
            self.accuse("delete_only_while_allowed", forbidden)
        # Grants that others added a moment ago may not have been shown to anybody who looked.
        late = self.org.options.grants_lag > 0 and self._was_meddled_with(person)
        return list(faults_of_what_is_held(self.org, person, run, roles_are_shown=not late)) if run else []

    def _was_meddled_with(self, person: Person) -> bool:
        return self.stage.clock.elapsed - self.meddled_at.get(person.id, -UNDISTURBED) < UNDISTURBED

    # ------------------------------------------------------------------ at a transaction

    def transaction_begins(self) -> None:
        """The actor whose turn it is begins one: nothing that was rolled back before counts."""
        told = self._testimony()
        told.begun_at, told.wrote, told.renews = self.stage.clock.elapsed, "", False

    def before_commit(self) -> None:
        """A transaction of the actor whose turn it is is about to commit."""
        actor = self.stage.current
        assert actor is not None
        told = self._testimony()
        if told.fence is None:
            return
        with connection.cursor() as cursor:
            cursor.execute(HOW_IT_STANDS, [told.run_id])
            fence, lease_until, stop_asked, held, put_off, decided = cursor.fetchone()
        if told.wrote and fence > told.fence:
            self.accuse(
                "no_write_by_a_stale_fence", f"{actor.name} wrote under {told.fence}, {fence} is in force: {told.wrote}"
            )
        forbids = {
            "another worker holds the run": fence != told.fence,
            "a stop was asked": stop_asked,
            "the person is protected": held,
            # It was asked within this transaction, which may have stood still since: as of the last but one.
            "the approval has expired": told.was_over,
        }
        told.forbidden = ", ".join(why for why, so in forbids.items() if so)
        told.was_over = self._is_over(decided, put_off)
        if told.renews:
            told.renewed_at = told.begun_at
        told.wrote, told.renews = "", False
        if lease_until is None:
            told.fence = None
            self.deaths.given_back(told.run_id)

    def _is_over(self, decided: Any, put_off: Any) -> bool:
        if decided is None:
            return False
        since = max(at for at in (moment(decided), moment(put_off)) if at)
        return timezone.now() >= since + self.approval_life

    def statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Installed as execute_wrapper on a worker's connection."""
        done = execute(sql, params, many, context)
        if sql.startswith(("UPDATE", "INSERT")) and '"offboarding_' in sql and context["cursor"].rowcount > 0:
            self._testimony().wrote = sql[:80]
            if '"offboarding_run"' in sql or '"offboarding_steprun"' in sql:  # keeping an archive renews no lease
                self._testimony().renews = True
        return done

    def watching_statements(self) -> AbstractContextManager[None]:
        return connection.execute_wrapper(self.statement)

    # ------------------------------------------------------------------ at a claim, and at a record

    def watching_claims(self) -> AbstractContextManager[Any]:
        """Hear which fence a worker was given, and whether somebody else still had the lease."""
        claim = lease.claim_run

        def heard(**told: Any) -> Run | None:
            run = claim(**told)
            mine = self._testimony()
            # Whoever stood still right after its claim may find the run with somebody else when it moves again.
            late = run is not None and not Run.objects.filter(pk=run.pk, fence=run.fence).exists()
            now = float("-inf") if late else mine.begun_at
            for name, other in self.of.items():
                holds = run is not None and other is not mine and other.fence is not None and other.run_id == run.pk
                if not late and holds and now < other.renewed_at + lease.LEASE.total_seconds():
                    self.accuse("one_worker_at_a_time", f"{name} still had the lease")
            if run is not None and run.request.not_before and run.request.not_before > timezone.now():
                self.accuse("not_before_its_time", f"run {run.pk} begins, and is put off to {run.request.not_before}")
            fence, run_id = (run.fence, run.pk) if run else (None, 0)
            self.of[self._name()] = Testimony(mine.task, fence, run_id, renewed_at=now)
            return run

        return mock.patch.object(lease, "claim_run", heard)

    @contextmanager
    def watching_records(self) -> Iterator[None]:
        """Hear every audit record, and compare what a step says it saw with the org."""

        def heard(instance: AuditRecord, **_: Any) -> None:
            what = instance.data.get("problem") or instance.data.get("why") or instance.data.get("sentence") or ""
            self.stage.note(f"records {instance.action} {instance.data.get('key', '')} {what}".rstrip())
            self.deaths.recorded(instance.request_number)
            if instance.action in ("step.observed", "step.nothing_to_do"):
                self._seen(instance, self.org.people[instance.person_id])

        post_save.connect(heard, sender=AuditRecord, weak=False)
        try:
            yield
        finally:
            post_save.disconnect(heard, sender=AuditRecord)

    def _seen(self, told: AuditRecord, person: Person) -> None:
        """A step ended: what it says is gone must be gone, unless others had their hands in it, or there is nobody."""
        key, claims_work = told.data["key"], told.action == "step.observed"
        if self._was_meddled_with(person):
            return
        if person.state == "deleted" and not claims_work:
            return  # nothing of somebody deleted can be read, so that nothing is to do
        wrong = [f"there still is: {what}" for what in still_held(self.org, key, person)]
        if key == "revoke_sessions" and person.id not in self.signed_out:
            wrong.append("nobody asked for the sign-out")
        if key == "archive_history" and (harm := harm_to_archive(told.request_number)):
            wrong.append(harm)
        if wrong:
            self.accuse("observed_means_seen", f"{key} ended as {told.action}, and {', '.join(wrong)}")

    def drives(self) -> bool:
        """Whether the process whose turn it is holds a run."""
        return self._testimony().fence is not None

    def task_begins(self, what: str, number: int) -> None:
        self._testimony().task = what, number

    def task_ended(self) -> None:
        self._testimony().fence = self._testimony().task = None

    def killed(self) -> None:
        """The process whose turn it is dies of what it is about to do, as every other one would."""
        if task := self._testimony().task:
            self.deaths.one_more(task)

    def process_ended(self, actor: Actor) -> None:
        self.of.pop(actor.name, None)
        self.looks.ended(actor.name)

    def _name(self) -> str:
        return self.stage.current.name if self.stage.current else ""

    def _testimony(self) -> Testimony:
        return self.of.setdefault(self._name(), Testimony())
