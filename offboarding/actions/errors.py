"""How an action refuses, and how its refusal is recorded after the rollback."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.db import transaction

from offboarding.access import Actor, Answer
from offboarding.audit.record import record_alone
from offboarding.models import DeprovisionRequest

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound=Actor | None)


class Refused(Exception):
    """The action was not done and nothing changed: says why, and the next action in `remedy`. `code` is stable."""

    def __init__(
        self,
        problem: str,
        remedy: str,
        code: str,
        *,
        request: DeprovisionRequest | None = None,
        person: tuple[str, str, str] = ("", "", ""),
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.code = code
        self.request = request
        self.person = person


def need(answer: Answer, request: DeprovisionRequest) -> None:
    """Refused, with the answer's own words, unless the answer is yes."""
    if not answer:
        raise Refused(answer.why, "Choose among what the request offers now, if anything.", "not_now", request=request)


class LeaseLost(Exception):
    """Another worker holds the run now: whoever gets this stops at once and writes nothing."""


def recording_refusals(
    event: str, what: str
) -> Callable[[Callable[Concatenate[A, P], R]], Callable[Concatenate[A, P], R]]:
    """Run an action in one transaction; when it refuses, roll back, then record the attempt as `event`, refused."""

    def around(act: Callable[Concatenate[A, P], R]) -> Callable[Concatenate[A, P], R]:
        @wraps(act)
        def run(actor: A, /, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                with transaction.atomic():
                    return act(actor, *args, **kwargs)
            except Refused as refusal:
                org_id, person_id, person_name = refusal.person
                record_alone(
                    actor,
                    event,
                    outcome="refused",
                    request=refusal.request,
                    org_id=org_id,
                    person_id=person_id,
                    person_name=person_name,
                    data={"what": what, "problem": refusal.problem, "code": refusal.code},
                )
                raise

        return run

    return around
