"""The stage: actors in threads of which one acts at a time, handed on by seeded chance at the boundaries.

A boundary is where another actor may come in between: before and after a transaction, an HTTP call and a file
operation, and where somebody sleeps; and between the statements of a transaction where the database lets others in
there (locks.py). The same seed gives the same order, because nothing else ever decides it.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from tests.simulation.clock import VirtualClock

Answer = TypeVar("Answer")

JUST_THEN = 0.2
REAL_PATIENCE = 300.0  # real seconds that one seed may take before it counts as hung


class Crash(BaseException):
    """The actor's process ends here: nothing of it runs on, and nothing catches this."""


class Hung(Exception):
    """The seed reached no end: two actors waited for each other outside the stage, or it was a matter of minutes."""


class Actor:
    """Somebody who acts: a worker process, its supervisor, or a person at the console."""

    def __init__(self, name: str, play: Callable[[], None], *, is_process: bool) -> None:
        self.name = name
        self.play = play
        self.is_process = is_process  # only processes crash; people do not
        self.life = 1  # of a process: how often it was started
        self.wakes_at = 0.0
        self.dozes = ""  # what would wake it
        self.unwinds = False  # crashed, and its calls are on their way out
        self.doomed = False  # crashes as soon as it gets its turn
        self.ended = False
        self.inside = False  # stands still in the middle of a transaction
        self.waits = False  # for a lock of the database, which somebody else has
        self.at = 0  # number of the event at which it was let go on last
        self.gate = threading.Lock()
        self.gate.acquire()


class Stage:
    """Who acts now, what happened, and when the next one comes in."""

    def __init__(self, seed: int, clock: VirtualClock, *, switch: float) -> None:
        self.chance = random.Random(seed)
        self.clock = clock
        self.switch = switch
        self.inside = 0.0  # chance of another one coming in between two statements of a transaction
        self.stands = 0.0  # seconds, at most, that the transaction stands still for then
        self.settle: Callable[[], None] = lambda: None  # until everybody who waits for a lock has it, or is blocked
        self.actors: list[Actor] = []
        self.current: Actor | None = None
        self.events: deque[str] = deque(maxlen=20_000)
        self.count = 0
        self.turns = 0  # boundaries and sleeps: what a seed costs
        self.told: Counter[str] = Counter()
        self.over = False
        self.on_boundary: Callable[[Actor, str], None] = lambda actor, where: None
        self.failure: BaseException | None = None
        self._main = threading.Event()
        self._by_thread: dict[int, Actor] = {}

    # ------------------------------------------------------------------ for the actors

    def me(self) -> Actor | None:
        """The actor of this thread; None for every other thread of the process."""
        return self._by_thread.get(threading.get_ident())

    def note(self, what: str) -> None:
        """Something worth reading in a trace. No boundary."""
        self.count += 1
        name = self.current.name if self.current else "-"
        self.events.append(f"{self.count:6} {self.clock.elapsed:12.3f} {name:10} {what}")

    def boundary(self, what: str, *, quiet: bool = False) -> None:
        """Somebody else may come in here, or the actor may crash. Inside a transaction nobody comes in."""
        actor = self.me()
        if actor is None:
            return
        self._must_live(actor)
        if not quiet:
            self.note(what)
        self.on_boundary(actor, what)
        self._must_live(actor)
        if connection.in_atomic_block:
            return
        if actor.wakes_at > self.clock.elapsed or self.chance.random() < self.switch:
            self._hand_on(actor)

    def between_statements(self) -> None:
        """Somebody else may come in here, in the middle of a transaction: it stands still for a while.

        A person may come just then, who was to come later: else hardly anybody would meet a transaction at all.
        """
        actor = self.me()
        if actor is None or not self.inside or not connection.in_atomic_block:
            return
        self._must_live(actor)
        if self.chance.random() < self.inside:
            seconds = self.chance.choice((0.0, 0.1, 1.0)) * self.chance.uniform(0, self.stands)
            actor.wakes_at = self.clock.elapsed + seconds
            people = [other for other in self.actors if not (other.is_process or other.ended or other is actor)]
            if self.chance.random() < JUST_THEN:
                self.chance.choice(people).wakes_at = self.clock.elapsed
            self._hand_on(actor)

    def others_are_inside(self, actor: Actor) -> bool:
        """Whether somebody else stands still with locks of the database."""
        return any(other.inside for other in self.actors if other is not actor)

    def let_others_act(self, actor: Actor, answered: Callable[[], Answer]) -> Answer:
        """The actor waits for a lock: others go on until `answered` returns, and then until it has the turn again."""
        self.note("waits for a lock")
        actor.inside = actor.waits = True  # and inside with that lock, until it has the turn again
        self._next().gate.release()
        answer = answered()
        actor.waits = False
        actor.gate.acquire()
        actor.inside = False
        self._goes_on(actor)
        return answer

    def sleep(self, seconds: float) -> None:
        """The actor waits for virtual time; everybody else goes on meanwhile."""
        actor = self.me()
        if actor is None or seconds <= 0:
            return
        self._must_live(actor)
        actor.wakes_at = max(actor.wakes_at, self.clock.elapsed + seconds)
        if connection.in_atomic_block:
            self.clock.advance(actor.wakes_at)
        else:
            self._hand_on(actor)

    def doze(self, at_most: float, until: str) -> None:
        """Sleep until somebody tells of `until` ("commit" or "bell"), or for `at_most` seconds."""
        actor = self.me()
        assert actor is not None
        actor.dozes = until
        self.sleep(at_most)
        actor.dozes = ""

    def tell(self, what: str) -> None:
        """Wake whoever dozes until this."""
        self.told[what] += 1
        for actor in self.actors:
            if actor.dozes == what:
                actor.wakes_at = min(actor.wakes_at, self.clock.elapsed + 0.05)

    def crash(self, actor: Actor, where: str = "") -> None:
        """End the process of the actor whose turn it is."""
        actor.unwinds = True
        self.note(f"CRASH {where}".rstrip())
        raise Crash

    def pid(self) -> str:
        """What the process of this thread goes by: another one after each start."""
        actor = self.me()
        assert actor is not None
        return f"{actor.name}, life {actor.life}"

    @property
    def unwinds(self) -> bool:
        """Whether the actor of this thread has crashed and must not change anything any more."""
        actor = self.me()
        return actor is not None and actor.unwinds

    # ------------------------------------------------------------------ the order of turns

    def _must_live(self, actor: Actor) -> None:
        self.turns += 1
        if self.over or actor.unwinds:
            actor.unwinds = True
            raise Crash
        if actor.doomed:
            actor.doomed = False
            self.crash(actor)

    def _hand_on(self, actor: Actor) -> None:
        actor.inside = connection.in_atomic_block
        following = self._next()
        if following is not actor:
            following.gate.release()
            actor.gate.acquire()
        actor.inside = False
        self._goes_on(actor)
        self._must_live(actor)

    def _goes_on(self, actor: Actor) -> None:
        self.current = actor
        actor.at = self.count

    def _next(self) -> Actor:
        self.settle()
        going = [actor for actor in self.actors if not (actor.ended or actor.waits)]
        ready = [actor for actor in going if actor.wakes_at <= self.clock.elapsed]
        if not ready:
            self.clock.advance(min(actor.wakes_at for actor in going))
            ready = [actor for actor in going if actor.wakes_at <= self.clock.elapsed]
        return ready[0] if len(ready) == 1 else self.chance.choice(ready)

    # ------------------------------------------------------------------ for who puts it on

    def run(self) -> None:
        """Let the actors act until one of them sets `over`. Raises what an actor raised, and Hung."""
        threads = [threading.Thread(target=self._act, args=[actor], daemon=True) for actor in self.actors]
        for thread in threads:
            thread.start()
        self._next().gate.release()
        try:
            if not self._main.wait(REAL_PATIENCE):
                raise Hung(f"no end after {self.count} events")
        finally:  # also when whoever waits here is interrupted
            self.over = True
            self._main.wait(REAL_PATIENCE)
            # Who waits for a lock comes last: it is let go by those who end.
            for actor, thread in sorted(zip(self.actors, threads, strict=True), key=lambda each: each[0].waits):
                if not actor.ended:
                    actor.gate.release()
                thread.join(0 if actor.waits else REAL_PATIENCE)
            for thread in threads:
                thread.join(REAL_PATIENCE)
        if self.failure is not None:
            raise self.failure

    def _act(self, actor: Actor) -> None:
        self._by_thread[threading.get_ident()] = actor
        actor.gate.acquire()
        try:
            self.current = actor
            self._must_live(actor)
            actor.play()
        except Crash:
            pass
        except BaseException as error:  # whatever it is belongs to whoever reads the result of the seed
            self.failure = self.failure or error
            self.over = True
        finally:
            connection.close()
            actor.ended = True
            if self.current is actor:
                self.current = None
                if self.over or all(each.ended for each in self.actors):
                    self._main.set()
                else:
                    self._next().gate.release()
