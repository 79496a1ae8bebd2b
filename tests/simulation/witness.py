"""Sees what passes: every deletion at the moment it is sent, every transaction of a worker before it commits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from django.db import connection

from offboarding.actions import lease
from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.manifest import Manifest
from offboarding.archives.storage import absolute
from offboarding.archives.verify import verify
from offboarding.models import Archive, DeprovisionRequest, Run
from offboarding.sandbox.state import Org
from tests.simulation.stage import Actor, Stage


@dataclass(slots=True)
class Violation:
    """An invariant that did not hold: its name, and what was seen."""

    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


@dataclass(slots=True)
class Testimony:
    """What the witness knows of one process."""

    fence: int | None = None  # of the run it drives
    run_id: int = 0
    wrote: bool = False
    forbidden: str = ""  # why it may not delete any more, as it stood before its last commit but one
    forbidden_before: str = ""


@dataclass(slots=True)
class Witness:
    """Writes nothing. `violations` is what it saw; `tokens` are the secrets that must not turn up in rows and logs."""

    stage: Stage
    org: Org
    violations: list[Violation] = field(default_factory=list)
    deletions: dict[str, int] = field(default_factory=dict)  # person -> deletions of ours that took effect
    of: dict[str, Testimony] = field(default_factory=dict)

    def accuse(self, name: str, what: str) -> None:
        self.stage.note(f"VIOLATION {name}: {what}")
        self.violations.append(Violation(name, what))

    # ------------------------------------------------------------------ at a call

    def call(self, method: str, path: str) -> Callable[[int], None]:
        """Told before a call is made, the answer is told its status."""
        if method != "DELETE" or "/scim/" not in path:
            return lambda status: None
        person = self.org.by_scim_id(path.rsplit("/", 1)[1])
        assert person is not None
        before = person.state
        self._deletion_is_sent(person.id)

        def after(status: int) -> None:
            if before != "deleted" and person.state == "deleted":
                self.deletions[person.id] = self.deletions.get(person.id, 0) + 1

        return after

    def _deletion_is_sent(self, person_id: str) -> None:
        name = "delete_only_after_archive_and_approval"
        request = DeprovisionRequest.objects.filter(person_id=person_id).order_by("-id").first()
        run = Run.objects.filter(request=request).first() if request else None
        if request is None or run is None:
            return self.accuse(name, "no run is there for it")
        decision = request.decisions.filter(verdict="approved", plan=run.plan).first()
        if decision is None or decision.digest != run.plan.digest:
            self.accuse(name, "the plan in force carries no approval of its digest")
        elif decision.decided_by_id == request.requested_by_id:
            self.accuse(name, "who asked approved it")
        archive = Archive.objects.filter(request=request, verified_at__isnull=False).first()
        if archive is None:
            return self.accuse(name, "there is no verified archive")
        try:
            verify(absolute(archive.path), Manifest.from_dict(archive.manifest))
        except (ArchiveBroken, OSError) as error:
            self.accuse(name, f"the archive does not verify: {error}")
        told = self._testimony()
        if told.forbidden_before:
            self.accuse("delete_only_while_allowed", told.forbidden_before)
        if person_id in self.org.people and self.org.people[person_id].state == "active":
            self.accuse("delete_only_after_sign_out", "the account is active")
        return None

    # ------------------------------------------------------------------ at a transaction

    def before_commit(self) -> None:
        """A transaction of the actor of this moment is about to commit."""
        actor = self.stage.current
        assert actor is not None
        told = self._testimony()
        if told.fence is None:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT fence, stop_asked, EXISTS (SELECT 1 FROM offboarding_hold hold WHERE hold.released_at IS NULL "
                "AND hold.person_id = request.person_id) FROM offboarding_run run "
                "JOIN offboarding_deprovisionrequest request ON request.id = run.request_id WHERE run.id = %s",
                [told.run_id],
            )
            fence, stop_asked, held = cursor.fetchone()
        if told.wrote and fence > told.fence:
            self.accuse("no_write_by_a_stale_fence", f"{actor.name} wrote under {told.fence}, {fence} is in force")
        told.wrote = False
        why = "another worker holds the run" if fence != told.fence else "a stop was asked" if stop_asked else ""
        told.forbidden_before, told.forbidden = told.forbidden, why or ("the person is protected" if held else "")

    def _testimony(self) -> Testimony:
        actor = self.stage.current
        return self.of.setdefault(actor.name if actor else "", Testimony())

    def statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Installed as execute_wrapper on a worker's connection."""
        if sql.startswith(("UPDATE", "INSERT")) and '"offboarding_' in sql:
            self._testimony().wrote = True
        return execute(sql, params, many, context)

    def process_ended(self, actor: Actor) -> None:
        self.of.pop(actor.name, None)

    def watching_claims(self) -> Any:
        """Hear which fence a worker was given."""
        claim = lease.claim_run

        def heard(**told: Any) -> Run | None:
            run = claim(**told)
            mine = self._testimony()
            mine.fence, mine.run_id = (run.fence, run.pk) if run else (None, 0)
            mine.wrote = False
            mine.forbidden = mine.forbidden_before = ""
            return run

        return mock.patch.object(lease, "claim_run", heard)

    def task_ended(self) -> None:
        mine = self._testimony()
        mine.fence = None

    def watching_statements(self) -> Any:
        return connection.execute_wrapper(self.statement)
