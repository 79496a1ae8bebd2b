"""The org as it stands now: the population plus every change, kept in memory and in the state file.

One lock guards all of it; whoever reads or changes people holds it (the app does so for every handler).
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from . import catalogue, population, statefile
from .clock import now_text
from .lag import Lag
from .options import Options
from .people import Person

_DAY_MS = 86_400_000


class Org:
    """`today` is the UTC day after the last computed conversation; it stays what it was at the start."""

    def __init__(
        self,
        *,
        seed: int = 1,
        people: int = 250,
        conversations: int | None = None,
        options: Options | None = None,
        article: bool = False,
        state: Path | None = None,
        today: date | None = None,
    ) -> None:
        self.seed, self.article = seed, article
        self.lock = threading.RLock()
        self._file = state
        self._count, self._conversations = people, conversations
        self._population = {"seed": seed, "people": people, "conversations": conversations}
        self._start_options = options or Options(referential_rule=article)
        self.today = today or datetime.now(UTC).date()
        self.today_ms = int(datetime(*self.today.timetuple()[:3], tzinfo=UTC).timestamp() * 1000)
        self.catalogue = catalogue.build(seed)
        self.token_generation = self.revision = 0
        self._clear()
        if state and (stored := statefile.load(state, self._population)):
            self._restore(stored)
        self.save()

    def is_seen(self, division: str) -> bool:
        """Whether the OAuth client's role covers the division: what lies elsewhere is silently missing (inferred)."""
        return "*" in self.client_divisions or division in self.client_divisions

    def _clear(self) -> None:
        people = population.build(
            self.seed,
            self._count,
            self.catalogue,
            self.today_ms,
            self._conversations,
        )
        opened = int(time.time() * 1000)
        for person in people:
            for live in person.live:
                live.setdefault("id", f"{person.id[:23]}-live{person.id[28:]}"[:36])
                live["start"] = opened - live.pop("minutes") * 60_000
        self.people = {person.id: person for person in people}
        # History does not change when its agent moves on: records are made from the people as they were.
        self.origins: dict[str, dict[str, Any]] = {
            person.id: {
                "id": person.id,
                "name": person.name,
                "team": person.team,
                "division": person.division_id,
                "queues": tuple(person.queues),
            }
            for person in people
        }
        self._by_scim = {person.scim_id: person for person in people}
        self.derived: dict[str, tuple[int, Any]] = {}  # what reading has worked out, with its revision
        self.options = copy.copy(self._start_options)
        self.removed_permissions: set[str] = set()
        self.client_divisions = ["*"]  # where the OAuth client holds its role; "*" is all of them
        self.removed_roles: set[str] = set()
        self._touched: set[str] = set()
        self.jobs: dict[str, dict[str, Any]] = {}  # asynchronous detail jobs by id; see conversation_jobs
        self.job_count = 0  # all that were ever submitted
        self._coming: list[tuple[float, str, str, str]] = []  # (due, person, what changes, to what)
        self._indexed: dict[str, tuple[float, Person]] = {}  # what the search index still shows
        self.lag = Lag()
        self.lost: set[tuple[str, str]] = set()  # (person, group): left once in vain, by the option `group_loses`

    def _restore(self, stored: dict[str, Any]) -> None:
        for data in stored["people"]:
            # A file of an older sandbox lacks what people did not have then; the population has it.
            person = Person.from_json(self.people[data["id"]].to_json() | data)
            self.people[person.id] = self._by_scim[person.scim_id] = person
            self._touched.add(person.id)
        self.removed_permissions = set(stored["removed_permissions"])
        self.client_divisions = stored.get("client_divisions", ["*"])
        self.removed_roles = set(stored["removed_roles"])
        self.token_generation = stored["token_generation"]
        self._coming = [(0.0, *each) for each in stored.get("coming", [])]
        self.jobs, self.job_count = stored.get("jobs", {}), stored.get("job_count", 0)

    def save(self) -> None:
        """Counts a change and writes the state file."""
        self.revision += 1
        if not self._file:
            return
        changes = {
            "people": [self.people[each].to_json() for each in sorted(self._touched)],
            "removed_permissions": sorted(self.removed_permissions),
            "client_divisions": self.client_divisions,
            "removed_roles": sorted(self.removed_roles),
            "token_generation": self.token_generation,
            "coming": [each[1:] for each in self._coming],
            "jobs": self.jobs,
            "job_count": self.job_count,
        }
        statefile.store(self._file, self._population, changes)

    def reset(self) -> None:
        """The population as at the first start. Tokens stay valid, unless they were expired before."""
        with self.lock:
            self._clear()
            self.save()

    @contextmanager
    def changing(self, person: Person, *, version: bool = False) -> Iterator[Person]:
        """Wraps every change of a person. `version` counts it as a change of the user object itself."""
        now = time.monotonic()
        if self.options.search_lag:
            self._indexed.setdefault(person.id, (now + self.options.search_lag, copy.deepcopy(person)))
        before = self.lag.parts_of(person)
        yield person
        if version:
            person.version += 1
            person.modified = now_text()
        self.lag.note(person, before, time.monotonic(), self.options)
        self._touched.add(person.id)
        self.save()

    def by_scim_id(self, scim_id: str) -> Person | None:
        return self._by_scim.get(scim_id)

    def indexed_people(self) -> list[Person]:
        """The people as the search index shows them."""
        now = time.monotonic()
        self._indexed = {key: value for key, value in self._indexed.items() if value[0] > now}
        return [self._indexed[key][1] if key in self._indexed else person for key, person in self.people.items()]

    def visible_grants(self, person: Person) -> list[list[str]]:
        return [grant for grant in self.lag.shown(person).grants if grant[0] not in self.removed_roles]

    def later(self, delay: float, person_id: str, what: str, value: str = "") -> None:
        """A change that was answered 202: leaving the `group` of this id, or a field that gets this value or None."""
        self._coming.append((time.monotonic() + delay, person_id, what, value))
        self.save()

    def coming(self, person_id: str, what: str) -> list[str]:
        """The values that the field `what` of the person is still to get, by changes that were answered 202."""
        return [value for _, person, field, value in self._coming if (person, field) == (person_id, what)]

    def settle(self) -> None:
        """Carries out the asynchronous changes that are due, and has reads show what they showed late."""
        now = time.monotonic()
        if self.lag.pass_by(now):
            self.revision += 1
        due = [each for each in self._coming if each[0] <= now]
        if not due:
            return
        self._coming = [each for each in self._coming if each[0] > now]
        for _, person_id, what, value in due:
            person = self.people[person_id]
            if what != "group":
                with self.changing(person):
                    setattr(person, what, value or None)
            elif value in person.groups and not self.catalogue.groups[value].dynamic:
                with self.changing(person):
                    person.groups.remove(value)
