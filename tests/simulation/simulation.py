"""One seed: a stage is set, everybody acts, the weather clears, everything comes to rest, and is looked at."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import OperationalError, connection

from offboarding.models import DeprovisionRequest, Run
from offboarding.pipeline.steps import archive_history
from offboarding.sandbox import recent
from offboarding.sandbox.app import Sandbox
from offboarding.sandbox.options import Options
from offboarding.sandbox.state import Org
from tests.simulation import invariants
from tests.simulation.clock import BEGIN, VirtualClock
from tests.simulation.crowd import Crowd, chosen
from tests.simulation.disk import Disk
from tests.simulation.house import House, furnished, in_a_thread, quiet_log
from tests.simulation.locks import Locks
from tests.simulation.network import GenesysAdapter, Receiver
from tests.simulation.processes import supervisor, worker
from tests.simulation.rest import Rest
from tests.simulation.stage import Actor, Hung, Stage
from tests.simulation.testimony import Violation
from tests.simulation.weather import Misfortune, Weather
from tests.simulation.witness import Witness

PEOPLE, CONVERSATIONS = 40, 24
# In virtual time: how long things go wrong once the first run has started (a storm that is over before it tries
# little), and how long one is waited for. How long everything may take to come to rest after that is in the weather.
STORM = (20.0, 600.0)
NO_RUN = 1_800.0
MOST_TURNS = 30_000  # after the storm: an hour's wait at the circuit breaker alone, with people about, takes thousands


@dataclass(slots=True)
class Played:
    """What became of a seed."""

    seed: int
    violations: list[Violation]
    trace: list[str]
    events: int
    turns: int
    ends: dict[str, int] = field(default_factory=dict)  # request state -> how many
    weather: str = ""

    @property
    def is_green(self) -> bool:
        return not self.violations


def play(seed: int, house: House, tuned: Mapping[str, Any] | None = None) -> Played:
    """Everything is decided by the seed; `tuned` puts fields of its weather to other values.

    Never raises for what the product does wrong: that is a violation.
    """
    house.fresh()
    chance = random.Random(f"scene {seed}")
    weather = replace(Weather.drawn(chance, random.Random(f"rare {seed}")), **(tuned or {}))
    clock = VirtualClock()
    with ExitStack() as stack:
        log = stack.enter_context(quiet_log())
        stack.enter_context(clock)
        stage = Stage(seed, clock, switch=chance.choice((0.02, 0.1, 0.4)))
        clock.sleep = stage.sleep
        org = Org(
            seed=1,
            people=PEOPLE,
            conversations=CONVERSATIONS,
            today=BEGIN.date(),
            options=Options(rate_limit=chance.choice((100_000, 300))).changed(weather.kind | weather.options),
        )
        sandbox = Sandbox(org)
        witness = Witness(stage, org, timedelta(seconds=weather.approval_life))
        people = chosen(org, chance, at_least=1 + max(weather.caps.values(), default=0), whom=weather.whom)
        crowd = Crowd(stage, weather, witness, people)
        receiver = Receiver(stage, weather)
        disk = stack.enter_context(Disk(stage, house.var_dir))
        genesys = GenesysAdapter(stage, sandbox, weather, witness)

        def at_begin() -> None:
            witness.transaction_begins()
            if weather.locked > 0 and witness.drives() and stage.chance.random() < weather.locked:
                stage.note("THE DATABASE IS LOCKED")
                raise OperationalError("database is locked")

        stack.enter_context(furnished(house, stage, weather, genesys, receiver, at_begin, witness.before_commit))
        if weather.jobs:
            stack.enter_context(mock.patch.object(archive_history, "JOBS_ABOVE", 5))
        if house.database.lets_others_in:
            stage.inside, stage.stands = weather.inside, weather.stands
            locks = Locks(stage, witness.accuse)
            stage.settle = locks.settle
            stack.enter_context(locks.watched(house.database))
        stack.enter_context(witness.watching_claims())
        stack.enter_context(witness.watching_records())
        stage.on_boundary = Misfortune(stage, weather, disk, witness.killed)
        dead: list[str] = []
        workers = chance.choice((2, 2, 3))
        stage.actors = [
            *(
                Actor(f"worker {n}", lambda: worker(stage, weather, witness, disk, dead), is_process=True)
                for n in range(1, workers + 1)
            ),
            Actor("supervisor", lambda: supervisor(stage, witness, dead), is_process=True),
            Actor("staff", crowd.staff, is_process=False),
            Actor("approver", lambda: crowd.decider("approver"), is_process=False),
            Actor("manager", lambda: crowd.decider("manager"), is_process=False),
            Actor("admin", crowd.admin, is_process=False),
            Actor("others", crowd.others, is_process=False),
        ]
        ending = _Ending(stage, weather, crowd, org, chance.uniform(*STORM))
        stage.actors.append(Actor("weather", ending.play, is_process=False))
        violations = _act(stage)
        disk.lose_power(chance)  # what counts as done must outlast it
        rest = Rest(
            org=org,
            deletions=witness.deletions,
            messages=receiver.messages,
            log=log,
            database=house.database,
            tokens=genesys.tokens,
            came_to_rest=ending.came_to_rest,
        )
        ends: dict[str, int] = {}

        def look() -> None:
            violations.extend(invariants.check(rest))
            for state in DeprovisionRequest.objects.values_list("state", flat=True):
                ends[state] = ends.get(state, 0) + 1

        in_a_thread(look)
        return Played(
            seed, [*witness.violations, *violations], list(stage.events), stage.count, stage.turns, ends, str(weather)
        )


def _act(stage: Stage) -> list[Violation]:
    try:
        stage.run()
    except Hung as error:
        return [Violation("comes_to_rest", str(error))]
    except Exception as error:  # an action that people do, or the sweep, must never fail by itself
        stage.note(f"VIOLATION nobody_meets_an_error: {type(error).__name__}: {error}")
        return [Violation("nobody_meets_an_error", f"{type(error).__name__}: {error}")]
    return []


@dataclass(slots=True)
class _Ending:
    """Lets the weather clear after a while, and ends the play when everything has come to rest."""

    stage: Stage
    weather: Weather
    crowd: Crowd
    org: Org
    storm: float
    came_to_rest: bool = False

    def play(self) -> None:
        ends_at = NO_RUN
        while self.stage.clock.elapsed < ends_at and not (self.crowd.asked and self._is_at_rest()):
            if ends_at == NO_RUN and Run.objects.filter(started_at__isnull=False).exists():
                ends_at = self.stage.clock.elapsed + self.storm
            self.stage.sleep(10.0)
        self.stage.note("THE WEATHER CLEARS")
        self.weather.clear()
        self.org.options = Options(rate_limit=self.org.options.rate_limit).changed(self.weather.kind)
        for person_id in self.crowd.people:
            person = self.org.people[person_id]
            if person.live:
                with self.org.changing(person):
                    recent.end(person)
        self.crowd.calm = True
        until, most = self.stage.clock.elapsed + self.weather.patience, self.stage.turns + MOST_TURNS
        while self.stage.clock.elapsed < until and self.stage.turns < most:
            self.stage.sleep(30.0)
            if self._is_at_rest():
                self.came_to_rest = True
                break
        self.stage.over = True

    def _is_at_rest(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM offboarding_deprovisionrequest WHERE ended_at IS NULL) "
                "OR EXISTS (SELECT 1 FROM offboarding_delivery WHERE state = 'pending')"
            )
            return not cursor.fetchone()[0]
