"""What goes wrong in a seed: drawn once, so that seeds differ in kind and not only in order (swarm testing)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.disk import Disk
from tests.simulation.stage import Actor, Stage

LOST_PAGE = "page without its rows"
# What may become of one call to Genesys, in the words of the sandbox's faults.
TROUBLES: dict[str, dict[str, Any]] = {
    "429 short": {"status": 429, "headers": {"Retry-After": "2"}},
    "429 long": {"status": 429, "headers": {"Retry-After": "50"}},
    "401, the token is revoked": {"status": 401},
    "503": {"status": 503},
    "503 after the effect": {"status": 503, "perform": True},
    "closed before": {"close": True},
    "closed after the effect": {"close": True, "perform": True},
    "truncated": {"truncate": True},
    "garbage": {"garbage": True},
    "garbage after the effect": {"garbage": True, "perform": True},
    LOST_PAGE: {"drop_page": 1},
}
DID_NOTHING: dict[str, dict[str, Any]] = {"done": {"status": 204}, "not there": {"status": 404}}
WRITING_POSTS = ("/bulkremove", "/workforcemanagement/agents", "/replace/queue")
TRANSACTION = ("begin", "commit", "committed")
# How the org is, in good weather too: what the documents leave open, as in tests/pipeline/test_switches.py.
KINDS: dict[str, Any] = {
    "conflict_status": 400,
    "default_status": 200,
    "deleted_are_shown": True,
    "deletion_empties": True,
    "listing_page": 100,
    "referential_rule": True,
    "scim_hides_inactive": True,
    "token_life": 60,
    "tokens_end_calls": True,
    "unjoined_lists": "all",
}
LATER_KINDS: dict[str, Any] = {
    "bulk_does_part": True,
    "empty_clears": "refused",
    "job_delay": 1.5,
    "job_fails": True,
    "job_life": 0.0,
    "jobs_lag_hours": 48.0,
    "scim_limit": 5,
    "tokens_drop_station": True,
    "totals_off": -3,
    "users_limit": 60,
}
# The circuit breaker so narrow that the people of a seed have to wait for one another.
NARROW = (
    {"DEPROVISION_MOST_AN_HOUR": 1},
    {"DEPROVISION_MOST_AN_HOUR": 2},
    {"DEPROVISION_MOST_AN_HOUR_IN_A_DIVISION": 1},
)
# Calls that kill whoever is about to send them, as a process dies that is killed for its memory: one of each step that
# sends something, the first that it sends, so that no death leaves less to do; and one of the planner's alone.
DEADLY = (
    ("PUT", "/state"),
    ("DELETE", "/tokens/"),
    ("DELETE", "/members"),
    ("POST", "/bulkremove"),
    ("PUT", "/routingskills/bulk"),
    ("DELETE", "/associatedstation"),
    ("POST", "/workforcemanagement/agents"),
    ("DELETE", "/scim/"),
    ("POST", "/workitems/query"),
)
NOT_DEADLY = ("", "")
APPROVAL_LIFE = 72 * 3_600.0
# A message may wait 24 hours for its next attempt, a wake-up of a crashed worker 6 minutes, a run 5 minutes.
PATIENCE = 100 * 3_600.0
LOST_ON = "2025-11-20"
LAGS = {"search_lag": 5.0, "grants_lag": 3.0, "group_delay": 4.0, "station_delay": 3.0, "workforce_delay": 3.0}


# Nothing goes wrong: the end of every storm, and what a weather made for one kind of trouble starts from.
FINE = dict.fromkeys(
    (
        *("call", "did_nothing", "slow", "crash", "crash_at_commit", "power", "stall", "locked"),
        *("bell_lost", "bell_doubled", "receiver", "rot", "meddling", "people"),
    ),
    0.0,
)


@dataclass(slots=True)
class Weather:
    """Chances at each call, boundary or wake-up; all zero is a fine day."""

    pace: float = 0.2  # seconds that a call takes at most; a slow org needs many time slices of a worker
    call: float = 0.0
    troubles: tuple[str, ...] = ()
    did_nothing: float = 0.0
    slow: float = 0.0
    crash: float = 0.0
    crash_at_commit: float = 0.0  # right before or after a transaction, where most is to be lost
    power: float = 0.0
    stall: float = 0.0
    patience: float = PATIENCE  # virtual seconds in which everything comes to rest once nothing goes wrong any more
    locked: float = 0.0  # of the database, for a transaction of a worker that holds a run
    bell_lost: float = 0.0
    bell_doubled: float = 0.0
    receiver: float = 0.0
    rot: float = 0.0  # of an archive, when a worker takes up a run
    meddling: float = 0.0  # of somebody else in the org, at each of their turns
    people: float = 0.0  # of people at the console doing what nobody needs
    options: dict[str, Any] = field(default_factory=dict)
    kind: dict[str, Any] = field(default_factory=dict)  # of the org: this does not clear
    lost_on: str = ""  # a UTC day of which one conversation is announced and never sent; this does not clear either
    jobs: bool = False  # histories come through asynchronous detail jobs, however short they are
    put_off: float = 0.1  # of a request to a later time
    approval_life: float = APPROVAL_LIFE  # seconds; short, and approvals expire at every point of a run
    caps: dict[str, int] = field(default_factory=dict)  # the settings of the circuit breaker
    deadly: tuple[str, str] = NOT_DEADLY  # the call that kills its sender, until a human has the cause mended
    whom: str = ""  # the seed is about: a tag of the sandbox's cast; empty, and it is anybody
    inside: float = 0.0  # of others coming in between two statements of a transaction, where the database lets them
    stands: float = 10.0  # seconds, at most, that the transaction stands still for then
    noticed: bool = False  # the supervisor sees that a worker has died, and gives back what it held

    @classmethod
    def drawn(cls, chance: random.Random, rare: random.Random) -> Weather:
        """What came later is drawn from `rare`, so that the seeds without it play as they did."""

        def some(most: float, often: float = 0.5) -> float:
            return most * chance.random() if chance.random() < often else 0.0

        names = sorted(TROUBLES)
        weather = cls(
            pace=chance.choice((0.1, 0.2, 1.2)),
            call=some(0.06),
            troubles=tuple(chance.sample(names, chance.randint(1, len(names)))),
            did_nothing=some(0.2, 0.35),
            slow=some(0.02, 0.3),
            crash=some(0.01),
            crash_at_commit=some(0.06, 0.3),
            power=some(0.002, 0.35),
            stall=some(0.003, 0.4),
            bell_lost=some(0.6),
            bell_doubled=some(0.6),
            receiver=some(0.7),
            rot=some(1.0, 0.3),
            meddling=some(0.8, 0.6),
            people=some(0.6, 0.6),
            options={name: most for name, most in LAGS.items() if chance.random() < 0.25},
            kind={name: other for name, other in KINDS.items() if chance.random() < 0.1}
            | {name: other for name, other in LATER_KINDS.items() if rare.random() < 0.06},
            lost_on=LOST_ON if chance.random() < 0.1 else "",
            jobs=chance.random() < 0.3,
            approval_life=rare.uniform(120, 900) if rare.random() < 0.1 else APPROVAL_LIFE,
            caps=rare.choice(NARROW) if rare.random() < 0.05 else {},
            deadly=rare.choice(DEADLY) if rare.random() < 0.1 else NOT_DEADLY,
            noticed=rare.random() < 0.3,
            whom="holds everything" if rare.random() < 0.04 else "",
            locked=0.03 * rare.random() if rare.random() < 0.2 else 0.0,
            inside=rare.choice((0.02, 0.1, 0.3)),
        )
        if weather.deadly != NOT_DEADLY:  # each new approval lets a run try again, and five deaths take half an hour
            weather.approval_life = APPROVAL_LIFE
        if LOST_PAGE in weather.troubles:  # the total is all that tells of missing rows: nobody could see both wrong
            weather.kind.pop("totals_off", None)
        return weather

    def clear(self) -> None:
        """From now on nothing goes wrong any more."""
        for name, fine in FINE.items():
            setattr(self, name, fine)

    def fault(self, method: str, path: str, chance: random.Random) -> tuple[str, dict[str, Any]] | None:
        """What goes wrong with this call, if anything does. No lie about tokens: nothing could show that it is one."""
        worse = 5 if method == "DELETE" and "/scim/" in path else 1  # the one call that cannot be taken back
        writes = method not in ("GET", "POST") or path.endswith(WRITING_POSTS)
        if writes and "/tokens/" not in path and chance.random() < self.did_nothing * worse:
            name = chance.choice(sorted(DID_NOTHING))
            return f"says {name}, and nothing was done", DID_NOTHING[name]
        if chance.random() < self.call * worse:
            name = chance.choice(self.troubles)
            if path.endswith("/details/query") and LOST_PAGE in self.troubles:
                name = LOST_PAGE  # it can befall nothing else
            return name, TROUBLES[name]
        return None

    def kills(self, where: str) -> bool:
        """Whether whoever is about to do this dies of it."""
        method, part = self.deadly
        return bool(method) and where.startswith(method) and part in where and "->" not in where


class Misfortune:
    """What befalls processes at a boundary: one crashes, one stands still longer than its lease, the power goes.

    `killed` is told when a process dies of the deadly call.
    """

    def __init__(self, stage: Stage, weather: Weather, disk: Disk, killed: Callable[[], None]) -> None:
        self._stage, self._weather, self._disk, self._killed = stage, weather, disk, killed

    def __call__(self, actor: Actor, where: str) -> None:
        if not actor.is_process:
            return
        stage, weather = self._stage, self._weather
        if weather.kills(where):
            self._killed()
            stage.crash(actor, f"killed by {where}")
        fate = stage.chance.random()
        crash = max(weather.crash, weather.crash_at_commit if where in TRANSACTION else 0.0)
        if fate < weather.power:
            stage.note("POWER CUT")
            for each in stage.actors:
                each.doomed = each.is_process
            self._disk.lose_power(stage.chance)
        elif fate < weather.power + crash:
            stage.crash(actor, f"at {where}")
        elif fate < weather.power + crash + weather.stall:
            seconds = stage.chance.uniform(60, 250)
            stage.note(f"stands still for {seconds:.0f} s")
            actor.wakes_at = stage.clock.elapsed + seconds
