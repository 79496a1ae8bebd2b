"""The people of a seed: who asks, who approves, who protects, and others in the org who change things meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from offboarding.actions.decisions import approve_request, reject_request
from offboarding.actions.errors import Refused
from offboarding.actions.gaps import accept_gap
from offboarding.actions.holds import place_hold, release_hold
from offboarding.actions.plans import read_plan_again
from offboarding.actions.requests import cancel_request, close_request, open_request
from offboarding.actions.run_control import ask_stop, retry_run
from offboarding.genesys.records import Organization, Person, Ref
from offboarding.models import DeprovisionRequest, Hold, Plan
from offboarding.models.policy import HoldKind
from offboarding.models.request import LivePolicy
from tests.simulation.meddling import meddle
from tests.simulation.stage import Stage
from tests.simulation.weather import NOT_DEADLY, Weather
from tests.simulation.witness import Witness

ORG = Organization("3f2a5c00-0000-4000-8000-000000000001", "Sandbox Org")
PATIENCE = 5  # how often people retry a run, or have a plan read again, before they give the request up


@dataclass(slots=True)
class Crowd:
    """Everybody who is no process. `calm` means: from now on people only see to it that requests end."""

    stage: Stage
    weather: Weather
    witness: Witness
    people: list[str]
    calm: bool = False
    asked: bool = False  # everybody has been asked for
    tries: dict[int, int] = field(default_factory=dict)

    # ------------------------------------------------------------------ the roles

    def staff(self) -> None:
        """Asks for everybody, once or again; sometimes wants to decide it alone, or takes it back."""
        sam = User.objects.get(username="staff")
        chance = self.stage.chance
        for person_id in self.people:
            self.stage.sleep(chance.uniform(0, 20))
            self._try(lambda person_id=person_id: self._open(sam, person_id))  # type: ignore[misc]
        self.asked = True
        while True:
            self.stage.sleep(chance.uniform(3, 50))
            if chance.random() >= self.weather.people:
                continue
            for request in self._live():
                mine = lambda request=request: self._approve(sam, request)  # noqa: E731
                act = chance.choice(
                    (
                        mine,
                        mine,
                        mine,
                        lambda request=request: cancel_request(sam, request_id=request.pk),
                        lambda request=request: read_plan_again(sam, request_id=request.pk),
                        lambda request=request: self._open(sam, request.person_id),
                    )
                )
                self._try(act)

    def decider(self, name: str) -> None:
        """Approves what waits; in calm weather also retries what failed, and gives up what fails for ever."""
        me = User.objects.get(username=name)
        chance = self.stage.chance
        while True:
            self.stage.sleep(chance.uniform(3, 60))
            live = self._live()
            for request in live:
                self._see_to(me, request)
            if live and chance.random() < self.weather.people:
                request = chance.choice(live)
                stop = lambda request=request: ask_stop(me, request_id=request.pk)  # noqa: E731
                nuisance: tuple[Callable[[], Any], ...] = (
                    stop,
                    stop,
                    lambda request=request: retry_run(me, request_id=request.pk),
                    lambda request=request: self._approve(me, request, stale=True),
                    lambda request=request: reject_request(me, request_id=request.pk, digest="", reason="No"),
                    lambda request=request: read_plan_again(me, request_id=request.pk),
                )
                self._try(chance.choice(nuisance))

    def admin(self) -> None:
        """Protects people in the middle of it, or places a legal hold; a colleague releases them some time later."""
        root, colleague = (User.objects.get(username=name) for name in ("admin", "auditor"))
        chance = self.stage.chance
        while True:
            self.stage.sleep(chance.uniform(10, 120))
            for hold in Hold.objects.filter(released_at__isnull=True):
                if self.calm or chance.random() < 0.3:
                    self._try(lambda hold=hold: release_hold(colleague, hold_id=hold.pk, reason="Settled"))  # type: ignore[misc]
            if not self.calm and chance.random() < self.weather.people * 0.4:
                person_id, kind = chance.choice(self.people), chance.choice(HoldKind.values)
                self._try(
                    lambda person_id=person_id, kind=kind: place_hold(  # type: ignore[misc]
                        root,
                        org_id=ORG.id,
                        person_id=person_id,
                        person_name="Somebody",
                        kind=kind,
                        reason="Case",
                        review_on=(timezone.now() + timedelta(days=90)).date(),
                    )
                )

    def others(self) -> None:
        """Somebody else in the org changes the person, by hand or through an identity provider."""
        chance = self.stage.chance
        while True:
            self.stage.sleep(chance.expovariate(1 / 25))
            if chance.random() < self.weather.meddling:
                person_id = chance.choice(self.people)
                self.stage.note(f"somebody else: {meddle(self.witness.org, person_id, chance)}")
                self.witness.meddled_at[person_id] = self.stage.clock.elapsed

    # ------------------------------------------------------------------ what they do

    def _live(self) -> list[DeprovisionRequest]:
        return list(DeprovisionRequest.objects.live().select_related("run").order_by("id"))

    def _see_to(self, me: User, request: DeprovisionRequest) -> None:
        state = request.current_status
        if state in ("awaiting_decision", "plan_changed"):
            old = self.stage.chance.random() < (0.4 if state == "plan_changed" else self.weather.people * 0.4)
            self._try(lambda: self._approve(me, request, stale=old))
        elif state == "failed" and (gap := request.run.gap):
            told = {"window": gap["window"], "lacks": gap["lacks"], "reason": "Lost in a migration"}
            self._try(lambda: accept_gap(me, request_id=request.pk, **told))
        elif state in ("failed", "stopped", "plan_failed") and (self.calm or self.stage.chance.random() < 0.3):
            tries = self.tries[request.pk] = self.tries.get(request.pk, 0) + 1
            self._mend(request)
            if self.calm and tries > PATIENCE:
                self._try(lambda: self._give_up(me, request, state))
            elif state == "plan_failed":
                self._try(lambda: read_plan_again(me, request_id=request.pk))
            else:
                self._try(lambda: retry_run(me, request_id=request.pk))

    def _mend(self, request: DeprovisionRequest) -> None:
        """Who is told that workers die of it looks into the log, and mostly finds the cause."""
        told = request.problem if request.state == "plan_failed" else request.run.problem
        if "workers in a row" in told and self.stage.chance.random() < 0.7:
            self.stage.note(f"somebody mends what killed them: {self.weather.deadly}")
            self.weather.deadly = NOT_DEADLY

    def _give_up(self, me: User, request: DeprovisionRequest, state: str) -> None:
        if state == "plan_failed":
            cancel_request(me, request_id=request.pk, reason="Not to be had")
        else:
            close_request(me, request_id=request.pk, reason="Not to be had")

    def _approve(self, me: User, request: DeprovisionRequest, *, stale: bool = False) -> None:
        """As at the page: read the plan, look at it for a while, then decide on what was seen."""
        plans = Plan.objects.filter(request=request).order_by("number" if stale else "-number")
        plan = plans.first()
        self.stage.sleep(self.stage.chance.uniform(0.5, 10))
        digest = plan.digest if plan else ""
        run = approve_request(me, request_id=request.pk, digest=digest, confirmation=request.person_email)
        if run.plan.digest != digest:
            self.witness.accuse("approved_as_seen", f"request {request.pk}: another plan than the one looked at")

    def _open(self, sam: User, person_id: str) -> None:
        chance = self.stage.chance
        seen = self.witness.org.people[person_id]
        later = chance.random() < self.weather.put_off
        put_off = timezone.now() + timedelta(minutes=chance.randint(1, 30)) if later else None
        open_request(
            sam,
            org=ORG,
            person=_as_seen(seen),
            reason="Voluntary",
            urgent=chance.random() < 0.2,
            live=chance.choice(LivePolicy.values),
            not_before=put_off,
        )

    def _try(self, act: Callable[[], Any]) -> None:
        """Do it; to be refused is part of the game, anything else is not."""
        try:
            act()
        except Refused as refused:
            self.stage.note(f"refused: {refused.code}")


def _as_seen(seen: Any) -> Person:
    return Person(
        id=seen.id,
        name=seen.name,
        email=seen.email,
        state=seen.state,
        version=seen.version,
        department=seen.department,
        division=Ref(seen.division_id, ""),
        groups=(),
        skills=(),
        languages=(),
    )


def chosen(org: Any, chance: random.Random, *, at_least: int, whom: str) -> list[str]:
    """Whom the seed is about: one person, sometimes two at once; rarely the last administrator, who is protected.

    With `whom`, those of the cast who go by a tag that begins so, while there are any.
    """
    whys = (whom,) if whom else ("plain agent", "in a live conversation", "", "", "")
    protected = "" if chance.random() < 0.05 else "admin"
    able = [each for each in org.people.values() if each.state != "deleted" and protected not in each.why]
    number = 2 if chance.random() < 0.15 else 1
    found: list[str] = []
    for _ in range(max(number, at_least)):
        why = chance.choice(whys)
        fitting = [
            each for each in able if any(tag.startswith(why) for tag in [*each.why, ""]) and each.id not in found
        ]
        found.append(chance.choice(fitting or able).id)
    return found
