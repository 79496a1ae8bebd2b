"""What no step can empty, for somebody to take over; and what else hangs on the account. Reads only, one round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.records import Person
from offboarding.genesys.records.holdings import OAuthClient
from offboarding.genesys.records.work import Evaluation
from offboarding.people.reads import Reads
from offboarding.plan import Holdings, own_duties, to_take_over

FAN_OUT = 10
TO_SCORE = ("PENDING", "INPROGRESS")
OPEN_WORK = ("Open", "InProgress", "Waiting")
AHEAD = ("Planned", "InProgress")
EVALUATIONS = ("evaluations to score", "evaluations")  # sections: by the person, and of them
CLIENTS = "OAuth clients"
Read = Callable[[GenesysClient, str], Sequence[Any]]


class Ask(NamedTuple):
    """One read: what it is called when it fails, the call, and the words around the number of what it brings."""

    section: str
    read: Read
    word: str = ""
    rest: str = ""


def _made_by(client: GenesysClient, person_id: str) -> Sequence[OAuthClient]:
    return [each for each in client.get_oauth_clients() if each.created_by and each.created_by.id == person_id]


def _to_score(client: GenesysClient, *, evaluator: str | None = None, agent: str | None = None) -> Sequence[Evaluation]:
    """With those that have to do with somebody who was deleted earlier: they are still to be scored."""
    return client.get_quality_evaluations_query(
        evaluator_user_id=evaluator, agent_user_id=agent, states=TO_SCORE, include_deleted_users=True
    )


HAND_OVER = (
    Ask(
        EVALUATIONS[0],
        lambda client, id: _to_score(client, evaluator=id),
        "evaluation",
        "to be scored by them",
    ),
    Ask(
        EVALUATIONS[1],
        lambda client, id: _to_score(client, agent=id),
        "evaluation",
        "of them still to be scored; Genesys Cloud lists none of those that are never to be released",
    ),
    Ask(
        "work items",
        lambda client, id: client.post_taskmanagement_workitems_query(assignee_id=id, status_categories=OPEN_WORK),
        "work item",
        "assigned to them",
    ),
    Ask(
        "coaching and learning",
        lambda client, id: client.get_users_development_activities(ids=[id], statuses=AHEAD),
        "coaching or learning appointment",
        "ahead",
    ),
    Ask(CLIENTS, _made_by, "OAuth client", "made by them"),
)
ACCOUNT = (
    Ask("Licences", lambda client, id: client.get_license_user(id)),
    Ask("Skill groups", lambda client, id: client.get_user_skillgroups(id)),
    Ask("Second factors", lambda client, id: client.get_user_verifiers(id)),
)


@dataclass(frozen=True, slots=True)
class Duties:
    """`hand_over`: a sentence for each thing that somebody has to take over. `account`: term and value, to know.

    `evaluations` is how many are still to be scored by them or of them, None while nobody can see that.
    `oauth_clients` are the ids of those that they made, as far as it could be seen.
    `unknown` maps what could not be read to why: it is never shown as none, and does not stop a plan, which cannot
    change any of it.
    """

    hand_over: tuple[str, ...] = ()
    account: tuple[tuple[str, str], ...] = ()
    unknown: dict[str, str] = field(default_factory=dict)
    evaluations: int | None = 0
    oauth_clients: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """For a plan: what to hand over, and what nobody could see."""
        return (*self.hand_over, *(f"Not known: {what}. {why}" for what, why in self.unknown.items()))


def duties(client: GenesysClient, who: Person, held: Holdings | None = None, *, raise_waits: bool = False) -> Duties:
    """Read them, one call each; with the holdings also what those tell already. The article's dialect knows no call.

    With `raise_waits` a call that may succeed later (RetryLater, Unreachable) raises instead of being unknown: what is
    stored once is not read again.
    """
    reads = Reads(raise_waits=raise_waits)
    mine = _own(held) if held else ()
    if who.state == "deleted" or not client.KNOWS_EQUIPMENT:
        return Duties(mine)
    with ThreadPoolExecutor(max_workers=FAN_OUT) as pool:
        started = [(ask, pool.submit(ask.read, client, who.id)) for ask in (*HAND_OVER, *ACCOUNT)]
        voicemail = pool.submit(client.get_voicemail_userpolicy, who.id)
        found = [(ask, reads.of(ask.section, read, ())) for ask, read in started]
        policy = reads.of("Voicemail", voicemail, None)
    named = [(ask, [_name(each) for each in brought]) for ask, brought in found]
    hand_over = [to_take_over(ask.word, ask.rest, names) for ask, names in named if ask.word and names]
    account = [(ask.section, ", ".join(sorted(names)) or "none") for ask, names in named if not ask.word]
    account.append(("Extension", _extension(who)))
    account.append(("Voicemail", "on" if policy and policy.enabled else "off"))
    account.append(("Out of office", {True: "yes", False: "no", None: "not told"}[who.out_of_office]))
    known = tuple(line for line in account if line[0] not in reads.unknown)
    pending = {each.id for ask, brought in found if ask.section in EVALUATIONS for each in brought}
    unseen = any(section in reads.unknown for section in EVALUATIONS)
    made = tuple(each.id for ask, brought in found if ask.section == CLIENTS for each in brought)
    return Duties((*mine, *hand_over), known, reads.unknown, None if unseen else len(pending), made)


def pending_evaluations(client: GenesysClient, person_id: str) -> int:
    """How many are still to be scored by the person, or of them. Two calls. Raises GenesysError."""
    found = (*_to_score(client, evaluator=person_id), *_to_score(client, agent=person_id))
    return len({each.id for each in found})


def _own(held: Holdings) -> tuple[str, ...]:
    """What the holdings tell already."""
    backs_up = [person.name or person.id for person in held.backs_up]
    return own_duties(owned_groups=held.owned_groups, direct_reports=held.direct_reports, backs_up=backs_up)


def _extension(who: Person) -> str:
    """Extensions stand among the addresses; the deletion takes them, and no restore gives them back."""
    if who.addresses is None:
        return "not told"
    return ", ".join(sorted({each.extension for each in who.addresses if each.extension})) or "none"


def _name(found: Any) -> str:
    """What people know it by; empty for an evaluation, which has an id alone. Licences are known by theirs."""
    return str(getattr(found, "name", "" if isinstance(found, Evaluation) else found.id))
