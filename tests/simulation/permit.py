"""What the rows must say at the moment a deletion is sent, and what its sender must know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils import timezone

from offboarding.archives.errors import ArchiveBroken
from offboarding.archives.gap import Gap
from offboarding.archives.manifest import Manifest
from offboarding.archives.storage import absolute
from offboarding.archives.verify import verify
from offboarding.archives.windows import Window
from offboarding.models import Archive, DeprovisionRequest, Run
from offboarding.plan import ENDED_BY
from offboarding.sandbox.people import Person
from offboarding.sandbox.state import Org
from tests.simulation.held import still_held

EMPTIES = {key for key, _ in ENDED_BY.values()}  # the steps that take something away
# Answers that leave open whether the call was carried out, or say that it was not: it may be sent once more as it is.
SAYS_LATER = (401, 429, 502, 503, 504)


def faults_of_deletion(request: DeprovisionRequest | None, run: Run | None) -> Iterator[tuple[str, str]]:
    """Each invariant that a deletion sent now would break, by name, and what is wrong."""
    name = "delete_only_after_archive_and_approval"
    if request is None or run is None:
        yield name, "no run is there for it"
        return
    decision = request.decisions.filter(verdict="approved", plan=run.plan).first()
    if decision is None or decision.digest != run.plan.digest:
        yield name, "the plan in force carries no approval of its digest"
    elif decision.decided_by_id == request.requested_by_id:
        yield name, "who asked approved it"
    if harm := harm_to_archive(request.pk):
        yield name, harm
    if run.let_in_at is None:
        yield "caps_are_kept", "the circuit breaker did not let this run in"
    if request.not_before is not None and request.not_before > timezone.now():
        yield "not_before_its_time", f"it was put off to {request.not_before}"


def faults_of_what_is_held(org: Org, person: Person, run: Run, *, roles_are_shown: bool) -> Iterator[tuple[str, str]]:
    """The same of a deletion that takes effect now, and of what the person holds right before it."""
    approved = {(action["kind"], action["id"]) for action in run.plan.document["actions"]}
    kinds = {"queue": person.queues, "group": person.groups, "skill": person.skills, "language": person.languages}
    held = {(kind, id) for kind, ids in kinds.items() for id in ids}
    if roles_are_shown:
        held |= {("role", f"{role}:{division}") for role, division, _ in person.grants}
    if beyond := held - approved:
        what = ", ".join(sorted(kind for kind, _ in beyond))
        yield "delete_only_what_was_approved", f"it held what nobody approved: {what}"
    for key in sorted(EMPTIES if roles_are_shown else EMPTIES - {"remove_roles"}):
        for what in still_held(org, key, person):
            yield "delete_only_who_was_emptied", f"there still was, in spite of {key}: {what}"


def harm_to_archive(request_id: int | None) -> str:
    """Why the archive of a request is not what it should be; empty when it is there and unharmed."""
    archive = Archive.objects.filter(request=request_id, verified_at__isnull=False).first()
    if archive is None:
        return "there is no verified archive"
    rows = archive.request.accepted_gaps.all()
    accepted = [Gap(Window(row.window_start, row.window_end), row.announced, row.sent) for row in rows]
    try:
        verify(absolute(archive.path), Manifest.from_dict(archive.manifest), accepted=accepted)
    except (ArchiveBroken, OSError) as error:
        return str(error)
    return ""


@dataclass(slots=True)
class Looks:
    """Of whom each process has been told that they are still there.

    A deletion cannot be taken back, and one that was answered wrongly, or not at all, may have been carried out: who
    sends it must have looked since the last sending. Only an answer that says "later" leaves what was known as it was.
    What a process knew ends with it.
    """

    _there: set[tuple[str, str]] = field(default_factory=set)
    _knew: set[tuple[str, str]] = field(default_factory=set)  # when they sent the deletion under way

    def saw(self, process: str, person_id: str, state: str) -> None:
        (self._there.discard if state == "deleted" else self._there.add)((process, person_id))

    def deletes(self, process: str, person_id: str) -> bool:
        """A deletion is sent; whether its sender may think that there is somebody to delete."""
        who = process, person_id
        self._knew = self._knew | {who} if who in self._there else self._knew - {who}
        self._there.discard(who)
        return who in self._knew

    def answered(self, process: str, person_id: str, status: int) -> None:
        """The sender of the deletion has read this answer."""
        if status in SAYS_LATER and (process, person_id) in self._knew:
            self._there.add((process, person_id))

    def ended(self, process: str) -> None:
        self._there = {who for who in self._there if who[0] != process}
        self._knew = {who for who in self._knew if who[0] != process}
