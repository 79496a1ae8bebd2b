"""Reads what a person holds for an opened request, and stores the plan that somebody else will decide on."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from offboarding import people, plan
from offboarding.actions.plans import begin_plan, fail_plan, put_off_plan, store_plan
from offboarding.actions.protections import rules_of
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import GenesysError, NotThere, RetryLater, Unreachable
from offboarding.models import DeprovisionRequest
from offboarding.pipeline.evaluations import PENDING_EVALUATIONS, why_evaluations_forbid
from offboarding.plan import Holdings
from offboarding.steps import order_for

log = logging.getLogger(__name__)
# A slow plan is begun again by others every half minute, so that more than a few are no death yet.
MOST_TRIES = 10
UNREACHABLE_WAIT = timedelta(seconds=30)
AGAIN_BY_ITSELF = "Nothing has to be done."


class NotPlannable(Exception):
    """No plan can be made from what was read: says why, and the next action in `remedy`."""

    def __init__(self, problem: str, remedy: str, code: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.code = code


def plan_request(request_id: int, client: GenesysClient) -> None:
    """Store the plan of a request that is being planned, or why there is none. Idempotent; Genesys errors are kept.

    A plan needs every section known and exactly one SCIM resource with the person's e-mail: an unknown is never
    taken for "none".
    """
    tries = begin_plan(request_id=request_id)
    if tries is None:
        return
    request = DeprovisionRequest.objects.get(pk=request_id)
    now = timezone.now()
    try:
        _must_not_be_deadly(tries)
        holdings = people.holdings(client, request.person_id, raise_waits=True, for_a_plan=True)
        must_be_plannable(holdings, request.org_id)
        history = people.preview(client, request.person_id, now=now)
        duties = people.duties(client, holdings.person, holdings, raise_waits=True)
        sight = people.blind_spots(client)
        unsure = _must_be_dispensable(client, holdings)
        if forbidden := why_evaluations_forbid(client, holdings.person):
            raise NotPlannable(*forbidden, PENDING_EVALUATIONS)
    except NotThere as error:
        problem, remedy, code = f"{request.person_name} is not in Genesys Cloud.", error.remedy, "not_there"
    except NotPlannable as error:
        problem, remedy, code = error.problem, error.remedy, error.code
    except (RetryLater, Unreachable) as error:
        problem, code = str(error), error.code
        if tries < MOST_TRIES:
            until = error.at if isinstance(error, RetryLater) else timezone.now() + UNREACHABLE_WAIT
            put_off_plan(None, request_id=request_id, until=until, problem=problem, remedy=AGAIN_BY_ITSELF)
            return
        remedy = f"That was try {tries} in a row. Have the plan read again once Genesys Cloud answers."
    except GenesysError as error:
        problem, remedy, code = str(error), error.remedy, error.code
    except Exception as error:  # whatever a reading raises ends in the row, never in a request that plans for ever
        log.exception("request %s cannot be planned", request_id)
        problem = f"An unexpected error ({type(error).__name__}) stopped the reading."
        remedy, code = (
            "The worker's log has the details. Have the plan read again once the cause is mended.",
            "unexpected",
        )
    else:
        store_plan(
            None,
            request_id=request_id,
            document=plan.document_of(
                holdings,
                interval=people.history_interval(now),
                approximate_count=history.total,
                reason=request.reason,
                order=order_for(settings.GENESYS_API_STYLE),
                choices=choices_of(request),
                sight=sight,
                hand_over=duties.sentences,
                warnings=(
                    *([sight.warning] if sight.warning else []),
                    *unsure,
                    *plan.odd_reason(request.reason),
                ),
            ),
            holdings=plan.to_json(holdings),
            scim_id=holdings.scim.id if holdings.scim else "",
            read_at=now,
        )
        return
    fail_plan(None, request_id=request_id, problem=problem, remedy=remedy, code=code)


def _must_not_be_deadly(tries: int) -> None:
    """NotPlannable when one worker after the other began and none came to an end: the next would not either."""
    if tries > MOST_TRIES:
        raise NotPlannable(
            f"{MOST_TRIES} workers in a row began to read this plan, and none came to an end.",
            "Look at the worker's log and at the memory of its machine (a process that is killed for memory leaves no "
            "error). Have the plan read again once the cause is mended.",
            "worker_died",
        )


def _must_be_dispensable(client: GenesysClient, holdings: Holdings) -> tuple[str, ...]:
    """NotPlannable for the last administrator, and for who made the OAuth client of this console.

    Sentences for the approver where nobody can tell. What becomes of a client whose maker is deleted is not
    documented, and every other deprovisioning hangs on it.
    """
    person = holdings.person
    last, made = people.is_last_admin(client, person.id), people.made_our_client(client, person.id)
    if last:
        raise NotPlannable(*last_admin(person.name, then="have the plan read again"))
    if made:
        raise NotPlannable(
            plan.MADE_OUR_CLIENT.format(name=person.name),
            f"{plan.LET_ANOTHER_MAKE} Then have the plan read again.",
            "made_our_client",
        )
    told = (
        (last, "It is not known whether this is the last person who can give roles to others."),
        (made, "It is not known whether this person made the OAuth client that this console signs in with."),
    )
    return tuple(sentence for answer, sentence in told if answer is None and client.KNOWS_EQUIPMENT)


def last_admin(name: str, *, then: str) -> tuple[str, str, str]:
    """Problem, remedy and code of a last administrator."""
    return (
        plan.LAST_ADMIN.format(name=name),
        f"{plan.LET_ANOTHER_GIVE}, then {then}.",
        "last_admin",
    )


def choices_of(request: DeprovisionRequest) -> plan.Choices:
    """What was chosen with the request; it does not change after it was opened."""
    return plan.Choices(request.live, request.keep_attributes, request.mask_addresses)


def must_be_plannable(holdings: Holdings, org_id: str) -> None:
    """NotPlannable unless everything was read, no rule protects the person, and exactly one SCIM resource is theirs."""
    name = holdings.person.name
    if holdings.person.state == "deleted":
        raise NotPlannable(
            f"{name} is already deleted in Genesys Cloud.",
            "Nothing is left to do: cancel the request.",
            "deleted",
        )
    if holdings.unknown:
        section, why = next(iter(holdings.unknown.items()))
        raise NotPlannable(
            f"The {section} of {name} could not be read: {why}",
            "Nothing is assumed to be empty. Mend what is named, then have the plan read again.",
            "unknown_section",
        )
    rule = plan.rule_for(rules_of(org_id), holdings.person.email, plan.held(holdings))
    if rule is not None:
        raise NotPlannable(
            rule.sentence,
            f"Nothing more is done. Ask {rule.made_by} whether the rule should end, or give the request up.",
            "protected",
        )
    if holdings.scim is None:
        found = "no SCIM resource" if not holdings.scim_matches else f"{holdings.scim_matches} SCIM resources"
        raise NotPlannable(
            f"{found} with the e-mail of {name} was found, so it is not clear what would be deleted.",
            "Check the SCIM id: it is the one listed under /scim/v2/users for this e-mail, and must be there once.",
            "scim_id",
        )
