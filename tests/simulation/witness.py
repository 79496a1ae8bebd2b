"""Sees what passes: each deletion at the moment it is sent, each transaction of a worker before it commits.

It only looks: at rows through statements of its own, and at the org itself, which the product cannot see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from django.db import connection
from django.db.models.signals import post_save

from offboarding.actions import lease
from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.gap import Gap
from offboarding.archives.manifest import Manifest
from offboarding.archives.storage import absolute
from offboarding.archives.verify import verify
from offboarding.archives.windows import Window
from offboarding.models import Archive, AuditRecord, DeprovisionRequest, Run
from offboarding.sandbox.people import Person
from offboarding.sandbox.state import Org
from tests.simulation.stage import Actor, Stage

# Seconds without a change by others after which what a step says it saw must be so in the org.
UNDISTURBED = 400.0
HOW_IT_STANDS = """
    SELECT fence, lease_until, stop_asked, EXISTS (
        SELECT 1 FROM offboarding_hold hold WHERE hold.released_at IS NULL AND hold.person_id = request.person_id
    ) FROM offboarding_run run JOIN offboarding_deprovisionrequest request ON request.id = run.request_id
    WHERE run.id = %s
"""


@dataclass(slots=True)
class Violation:
    """An invariant that did not hold: its name, and what was seen."""

    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


@dataclass(slots=True)
class Testimony:
    """What the witness knows of one process: the run it drives, and whether it may still delete."""

    fence: int | None = None
    run_id: int = 0
    renewed_at: float = 0.0
    wrote: str = ""  # the last change of a row in the transaction under way
    forbidden: str = ""  # as it stood before its last commit; `_before`: before the last but one
    forbidden_before: str = ""


@dataclass(slots=True)
class Witness:
    """`violations` is what it saw; `deletions` how often a deletion of ours took effect, by person."""

    stage: Stage
    org: Org
    violations: list[Violation] = field(default_factory=list)
    deletions: dict[str, int] = field(default_factory=dict)
    meddled_at: dict[str, float] = field(default_factory=dict)
    signed_out: set[str] = field(default_factory=set)  # whose tokens we asked to be ended
    of: dict[str, Testimony] = field(default_factory=dict)

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
        before = person.state
        run = self._deletion_is_sent(person)

        def after() -> None:
            if before != "deleted" and person.state == "deleted":
                self.deletions[person.id] = self.deletions.get(person.id, 0) + 1
                if run is not None:
                    self._only_approved_is_held(person, run)

        return after

    def _deletion_is_sent(self, person: Person) -> Run | None:
        name = "delete_only_after_archive_and_approval"
        request = DeprovisionRequest.objects.filter(person_id=person.id).order_by("-id").first()
        run = Run.objects.select_related("plan").filter(request=request).first() if request else None
        if request is None or run is None:
            self.accuse(name, "no run is there for it")
            return None
        decision = request.decisions.filter(verdict="approved", plan=run.plan).first()
        if decision is None or decision.digest != run.plan.digest:
            self.accuse(name, "the plan in force carries no approval of its digest")
        elif decision.decided_by_id == request.requested_by_id:
            self.accuse(name, "who asked approved it")
        archive = Archive.objects.filter(request=request, verified_at__isnull=False).first()
        accepted = [Gap(Window(g.window_start, g.window_end), g.announced, g.sent) for g in request.accepted_gaps.all()]
        try:
            if archive is None:
                raise ArchiveBroken("There is no verified archive.", "")
            verify(absolute(archive.path), Manifest.from_dict(archive.manifest), accepted=accepted)
        except (ArchiveBroken, OSError) as error:
            self.accuse(name, str(error))
        if forbidden := self._testimony().forbidden_before:
            self.accuse("delete_only_while_allowed", forbidden)
        return run

    def _only_approved_is_held(self, person: Person, run: Run) -> None:
        approved = {(action["kind"], action["id"]) for action in run.plan.document["actions"]}
        held = {("queue", id) for id in person.queues} | {("role", f"{role}:{div}") for role, div, _ in person.grants}
        if beyond := held - approved:
            what = ", ".join(sorted(kind for kind, _ in beyond))
            self.accuse("delete_only_what_was_approved", f"it held what nobody approved: {what}")

    # ------------------------------------------------------------------ at a transaction

    def before_commit(self) -> None:
        """A transaction of the actor whose turn it is is about to commit."""
        actor = self.stage.current
        assert actor is not None
        told = self._testimony()
        if told.fence is None:
            return
        with connection.cursor() as cursor:
            cursor.execute(HOW_IT_STANDS, [told.run_id])
            fence, lease_until, stop_asked, held = cursor.fetchone()
        if told.wrote and fence > told.fence:
            self.accuse(
                "no_write_by_a_stale_fence", f"{actor.name} wrote under {told.fence}, {fence} is in force: {told.wrote}"
            )
        why = "another worker holds the run" if fence != told.fence else "a stop was asked" if stop_asked else ""
        told.forbidden_before, told.forbidden = told.forbidden, why or ("the person is protected" if held else "")
        told.wrote = ""
        if lease_until is None:
            told.fence = None

    def statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Installed as execute_wrapper on a worker's connection."""
        done = execute(sql, params, many, context)
        if sql.startswith(("UPDATE", "INSERT")) and '"offboarding_' in sql and context["cursor"].rowcount > 0:
            self._testimony().wrote = sql[:80]
            if '"offboarding_run"' in sql or '"offboarding_steprun"' in sql:  # keeping an archive renews no lease
                self._testimony().renewed_at = self.stage.clock.elapsed
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
            now = float("-inf") if late else self.stage.clock.elapsed
            for name, other in self.of.items():
                holds = run is not None and other is not mine and other.fence is not None and other.run_id == run.pk
                if not late and holds and now < other.renewed_at + lease.LEASE.total_seconds():
                    self.accuse("one_worker_at_a_time", f"{name} still had the lease")
            fence, run_id = (run.fence, run.pk) if run else (None, 0)
            self.of[self._name()] = Testimony(fence, run_id, renewed_at=now)
            return run

        return mock.patch.object(lease, "claim_run", heard)

    @contextmanager
    def watching_records(self) -> Iterator[None]:
        """Hear every audit record, and compare what a step says it saw with the org."""

        def heard(instance: AuditRecord, **_: Any) -> None:
            what = instance.data.get("problem") or instance.data.get("why") or instance.data.get("sentence") or ""
            self.stage.note(f"records {instance.action} {instance.data.get('key', '')} {what}".rstrip())
            if instance.action == "step.observed" and instance.person_id:
                self._observed(instance.data["key"], self.org.people[instance.person_id])

        post_save.connect(heard, sender=AuditRecord, weak=False)
        try:
            yield
        finally:
            post_save.disconnect(heard, sender=AuditRecord)

    def _observed(self, key: str, person: Person) -> None:
        if self.stage.clock.elapsed - self.meddled_at.get(person.id, -UNDISTURBED) < UNDISTURBED:
            return
        wrong = {
            "suspend_sign_in": person.state == "active",
            "revoke_sessions": person.state == "active" or person.sessions > 0 or person.id not in self.signed_out,
            "settle_conversations": bool(person.live),
            "leave_queues": bool(person.queues),
            "clear_skills": bool(person.skills or person.languages),
            "delete_person": person.state != "deleted",
        }
        if wrong.get(key):
            self.accuse("observed_means_seen", f"{key} ended as observed, and the org is not so")

    def task_ended(self) -> None:
        self._testimony().fence = None

    def process_ended(self, actor: Actor) -> None:
        self.of.pop(actor.name, None)

    def _name(self) -> str:
        return self.stage.current.name if self.stage.current else ""

    def _testimony(self) -> Testimony:
        return self.of.setdefault(self._name(), Testimony())
