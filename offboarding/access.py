"""Who may do what: every may_... question, and the only way to fetch a request on behalf of an actor.

Refuses by default: a permission that a role does not list here is not held, and a superuser flag changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import Http404

from offboarding.models import DeprovisionRequest
from offboarding.models.request import PUT_OFF, RequestQuerySet, RequestState
from offboarding.models.run import NEEDS_A_HUMAN, RUNNABLE, RunState

Actor = User | AnonymousUser

PERMISSIONS = {
    "see_people": "search people and see what they hold",
    "request": "ask for a deprovisioning",
    "decide": "approve or reject a request",
    "see_requests": "see requests",
    "run_control": "retry and stop a run, and close a request",
    "see_history": "read the history",
    "export": "export the history",
    "download_archive": "download an archive",
    "take_evidence": "take the evidence of a request home",
    "configure": "change settings, protections and accounts",
}

ROLES: dict[str, frozenset[str]] = {
    "staff": frozenset({"see_people", "request", "see_requests"}),
    "approver": frozenset({"see_people", "see_requests", "decide", "run_control"}),
    "manager": frozenset({"see_requests", "see_history"}),
    "auditor": frozenset({"see_requests", "see_history", "export", "download_archive", "take_evidence"}),
    "admin": frozenset({"see_people", "see_requests", "run_control", "see_history", "configure"}),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether something may be done now, and if not, why, in words for the person who would do it."""

    allowed: bool
    why: str = ""

    def __bool__(self) -> bool:
        return self.allowed


YES = Answer(True)


def roles_of(actor: Actor) -> tuple[str, ...]:
    """The actor's roles, in the table's order; none for somebody not signed in or switched off."""
    if not (actor.is_authenticated and actor.is_active):
        return ()
    held = set(actor.groups.values_list("name", flat=True))
    return tuple(role for role in ROLES if role in held)


def permissions_of(actor: Actor) -> frozenset[str]:
    """Everything the actor's roles allow. Read afresh each time: a role taken away counts at once."""
    return frozenset().union(*(ROLES[role] for role in roles_of(actor)))


def may(actor: Actor, permission: str) -> bool:
    """Whether the actor holds the permission; an unknown permission raises KeyError instead of saying yes or no."""
    if permission not in PERMISSIONS:
        raise KeyError(permission)
    return permission in permissions_of(actor)


def require(actor: Actor, permission: str) -> None:
    """Raise PermissionDenied, with the words for the page, unless the actor holds the permission."""
    if not may(actor, permission):
        raise lacking(permission)


def lacking(*permissions: str) -> PermissionDenied:
    """For somebody who holds none of these: what they wanted to do, in the words of the first, and what it takes."""
    return PermissionDenied(f"Your role does not let you {PERMISSIONS[permissions[0]]}. {role_for(*permissions)}")


def role_for(*permissions: str) -> str:
    """Which role lets somebody do what one of these permissions is for, and who gives it."""
    roles = " or ".join(role for role, held in ROLES.items() if held & set(permissions))
    return f"It takes the role {roles}; an administrator makes accounts with it."


def signed_in(actor: Actor) -> User:
    """The account behind the actor; PermissionDenied for somebody not signed in."""
    if isinstance(actor, User):
        return actor
    raise PermissionDenied("Sign in first.")


def is_oneself(actor: Actor, email: str) -> bool:
    """Whether the actor's own account has this e-mail, which is how Genesys Cloud knows people too."""
    own = signed_in(actor).email.strip().casefold()
    return bool(own) and own == email.strip().casefold()


def requests_for(actor: Actor) -> RequestQuerySet:
    """The requests the actor may see: all of them with `see_requests`, else none."""
    everything = DeprovisionRequest.objects.all()
    return everything if may(actor, "see_requests") else everything.none()


def get_request_for(actor: Actor, pk: int) -> DeprovisionRequest:
    """One request the actor may see; Http404 for everything else, so that numbers tell nothing."""
    found = requests_for(actor).select_related("requested_by").filter(pk=pk).first()
    if found is None:
        raise Http404("No such request.")
    return found


def may_decide(actor: Actor, request: DeprovisionRequest) -> Answer:
    """Approve or reject: an approver, neither the one who asked nor the one it is about, while it waits for that."""
    if not may(actor, "decide"):
        return Answer(False, f"Only an approver can decide. {role_for('decide')}")
    if request.requested_by_id == actor.pk:
        return Answer(False, "You asked for this, so somebody else has to decide.")
    if is_oneself(actor, request.person_email):
        return Answer(False, "This is about you, so somebody else has to decide.")
    if _waits_for_a_decision(request):
        return YES
    return Answer(False, "There is nothing to decide now.")


def may_cancel(actor: Actor, request: DeprovisionRequest) -> Answer:
    """The one who asked, before the work began; whoever controls runs, where nothing can be rejected."""
    if request.current_status not in (
        RequestState.PLANNING,
        PUT_OFF,
        RequestState.PLAN_FAILED,
        RequestState.AWAITING_DECISION,
        "scheduled",
    ):
        return Answer(False, "Only a request whose work has not begun can be cancelled: stop or close it instead.")
    if request.requested_by_id == actor.pk and may(actor, "request"):
        return YES
    if may(actor, "run_control") and request.current_status in (RequestState.PLAN_FAILED, "scheduled"):
        return YES
    return Answer(False, "Only the one who asked can take it back; an approver rejects its plan instead.")


def may_plan_again(actor: Actor, request: DeprovisionRequest) -> Answer:
    """Read the plan again: after it failed, or to refresh one that nobody has decided."""
    if request.state not in (RequestState.PLAN_FAILED, RequestState.AWAITING_DECISION):
        return Answer(False, "The plan can be read again only before the decision.")
    if may(actor, "request") or may(actor, "decide"):
        return YES
    return Answer(False, f"Only staff and approvers can have a plan read again. {role_for('request', 'decide')}")


def may_retry(actor: Actor, request: DeprovisionRequest) -> Answer:
    """Let a failed, stopped or parked run go on."""
    return _may_control(
        actor,
        request,
        (RunState.FAILED, RunState.STOPPED, RunState.PARKED),
        "The run does not wait for anybody.",
    )


def may_accept_gap(actor: Actor, request: DeprovisionRequest) -> Answer:
    """Accept that the archive lacks conversations: an approver, not the one who asked, while a run failed for it."""
    if not may(actor, "decide"):
        return Answer(False, f"Only an approver can accept that conversations are missing. {role_for('decide')}")
    if request.requested_by_id == actor.pk:
        return Answer(False, "You asked for this, so somebody else has to decide.")
    run = getattr(request, "run", None)
    if request.current_status == RunState.FAILED and run is not None and run.gap is not None:
        return YES
    return Answer(False, "There is no gap to accept now.")


def may_stop(actor: Actor, request: DeprovisionRequest) -> Answer:
    """Ask a queued, running or parked run to stop before its next step; what waits for its time is cancelled."""
    return _may_control(actor, request, RUNNABLE, "The run is not going.")


def may_close(actor: Actor, request: DeprovisionRequest) -> Answer:
    """Give up on a run that needs a human, or rests for a legal hold."""
    return _may_control(
        actor, request, (*NEEDS_A_HUMAN, RunState.HELD), "Only a run that needs somebody can be given up."
    )


def _waits_for_a_decision(request: DeprovisionRequest) -> bool:
    if request.state == RequestState.AWAITING_DECISION:
        return True
    return request.current_status == RunState.PLAN_CHANGED


def _may_control(actor: Actor, request: DeprovisionRequest, states: Iterable[str], otherwise: str) -> Answer:
    if not may(actor, "run_control"):
        return Answer(False, f"Only an approver or an administrator can do this. {role_for('run_control')}")
    if request.current_status not in tuple(states):
        return Answer(False, otherwise)
    return YES
