"""The stage: actors in threads of which one acts at a time, handed on by seeded chance at the boundaries.

A boundary is where another actor may come in between: before and after a transaction, an HTTP call and a file
operation, and where somebody sleeps. The same seed gives the same order, because nothing else ever decides it.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Callable

from django.db import connection

from tests.simulation.clock import VirtualClock

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
        self.at = 0  # number of the event at which it was let go on last
        self.gate = threading.Lock()
        self.gate.acquire()


class Stage:
    """Who acts now, what happened, and when the next one comes in."""

    def __init__(self, seed: int, clock: VirtualClock, *, switch: float) -> None:
        self.chance = random.Random(seed)
        self.clock = clock
        self.switch = switch
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
        following = self._next()
        if following is not actor:
            following.gate.release()
            actor.gate.acquire()
        self.current = actor
        actor.at = self.count
        self._must_live(actor)

    def _next(self) -> Actor:
        going = [actor for actor in self.actors if not actor.ended]
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
            for actor, thread in zip(self.actors, threads, strict=True):
                if not actor.ended:
                    actor.gate.release()
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
