"""Asking to deprovision a person: the form, the answers to check, and the request itself."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from offboarding import people as directory
from offboarding import plan
from offboarding.access import YES, Actor, Answer, is_oneself, may, requests_for, require, role_for
from offboarding.actions.errors import Refused
from offboarding.actions.in_force import holds_on, protection_on
from offboarding.actions.protections import rules_of
from offboarding.actions.requests import open_request
from offboarding.ask_forms import RequestForm
from offboarding.audit.times import utc_words
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.connect import org
from offboarding.genesys.errors import GenesysError, NotThere
from offboarding.genesys.records import Person
from offboarding.models import DeprovisionRequest, Hold
from offboarding.models.request import LivePolicy
from offboarding.steps import order_for
from offboarding.views.divisions import warnings_of_unseen
from offboarding.views.evaluations import come_first, why_no_plan
from offboarding.views.indispensable import last_admin, made_ours
from offboarding.views.sections import facts_of
from offboarding.views.trouble import genesys, genesys_trouble, no_such_person, refusal

CHECK, CHANGE, SEND = "check", "change", "send"
REVERSIBLE = (
    "Sign-in: an administrator can let the person in again, until the deletion.",
    "The deletion is soft: Genesys Cloud can restore the account under the same id.",
)


def may_ask(actor: Actor, person: Person, protection: Hold | None, rule: plan.Rule | None = None) -> Answer:
    """Whether the actor may ask for this person now, and if not, why. An open request is not looked at here."""
    if person.state == "deleted":
        return Answer(False, "This person is already deleted in Genesys Cloud.")
    if protection is not None:
        placed_by = protection.placed_by_name
        return Answer(False, f"A protection forbids it. {placed_by}, or an administrator, can release it.")
    if rule is not None:
        return Answer(False, f"{rule.sentence} {rule.made_by}, or an administrator, can end the rule.")
    if not may(actor, "request"):
        return Answer(False, f"Only IT staff can ask for it. {role_for('request')}")
    if is_oneself(actor, person.email):
        return Answer(False, "This is you, so a colleague has to ask for it.")
    return YES


@require_http_methods(["GET", "HEAD", "POST"])
def request_new(request: HttpRequest, person_id: str) -> HttpResponse:
    """Ask to deprovision one person: the form, then the answers to check, then the request. Works without JavaScript.

    What was checked comes back in hidden fields and is checked again; the person is read again by id each time.
    """
    require(request.user, "request")
    try:
        return _ask(request, person_id)
    except NotThere:
        return no_such_person(request, person_id)
    except GenesysError as error:
        return genesys_trouble(request, error, template="people/unread.html", person_id=person_id)
    except Refused as refused:
        open_one = requests_for(request.user).live().filter(person_id=person_id).first()
        return refusal(request, refused, person_id=person_id, open_request=open_one)


def _ask(request: HttpRequest, person_id: str) -> HttpResponse:
    client, step = genesys(), request.POST.get("step", "")
    form = RequestForm(request.POST) if request.method == "POST" else RequestForm()
    if step == SEND and form.is_valid():
        return redirect("request", pk=_send(request, client, person_id, form).pk)
    if step == CHECK and form.is_valid():
        return _check(request, client, person_id, form)
    person = directory.find_person(client, person_id)
    status = 400 if form.errors else 200
    page = {"person": person, "form": form, "wrong": bool(form.errors), "evaluations_first": come_first(client)}
    return _stopped(request, person) or render(request, "people/ask.html", page, status=status)


def _check(request: HttpRequest, client: GenesysClient, person_id: str, form: RequestForm) -> HttpResponse:
    """The answers and what would be done, from holdings read just now. Nothing is stored."""
    now = timezone.now()
    holdings = directory.holdings(client, person_id, for_a_plan=True)
    stopped = _stopped(request, holdings.person, holdings)
    if stopped is not None:
        return stopped
    duties = directory.duties(client, holdings.person, holdings)
    draft = plan.document_of(
        holdings,
        interval=directory.history_interval(now),
        approximate_count=directory.preview(client, person_id, now=now).total,
        reason=form.cleaned_data["reason"],
        order=order_for(settings.GENESYS_API_STYLE),
        choices=plan.Choices(
            form.cleaned_data["live"], form.cleaned_data["keep_attributes"], form.cleaned_data["mask_addresses"]
        ),
        hand_over=duties.sentences,
    )
    kept = [(field.html_name, field.value() or "") for field in form]
    context = {
        "person": holdings.person,
        "facts": facts_of(holdings.person),
        "holdings": holdings,
        "warnings": [
            *(plan.Warning("reason", told) for told in plan.odd_reason(draft["reason"])),
            *warnings_of_unseen(),
            *holdings.warnings,
        ],
        "answers": _answers(form),
        "no_plan": _why_no_plan(client, holdings.person, duties),
        "lines": plan.lines_of(draft),
        "hand_over": draft["hand_over"],
        "holds": holds_on(org().id, holdings.person.id),
        "reversible": REVERSIBLE,
        "lasting": plan.lasting(draft),
        "ask_url": request.path,
        "button": f"Request deprovisioning of {holdings.person.name}",
        "kept": [("step", CHANGE), *kept],
        "send": [("step", SEND), *kept],
    }
    return render(request, "people/check.html", context)


def _why_no_plan(client: GenesysClient, person: Person, duties: directory.Duties) -> list[str]:
    """Each reason for which no plan would be made now: the planner would say it only after the request."""
    found = (
        last_admin(client, person),
        made_ours(client, person, duties),
        why_no_plan(client, person.name, duties),
    )
    return [why for why in found if why]


def _send(request: HttpRequest, client: GenesysClient, person_id: str, form: RequestForm) -> DeprovisionRequest:
    given = form.cleaned_data
    return open_request(
        request.user,
        org=org(),
        person=directory.find_person(client, person_id),
        reason=given["reason"],
        ticket=given["ticket"],
        note=given["note"],
        urgent=given["urgent"],
        live=given["live"],
        keep_attributes=given["keep_attributes"],
        mask_addresses=given["mask_addresses"],
        not_before=form.not_before,
    )


def _stopped(request: HttpRequest, person: Person, holdings: plan.Holdings | None = None) -> HttpResponse | None:
    """Back to the person's page, which shows the way on, when asking is already known to be refused; None otherwise."""
    open_one = requests_for(request.user).live().filter(person_id=person.id).first()
    rule = rule_fitting(holdings) if holdings else None
    answer = may_ask(request.user, person, protection_on(org().id, person.id), rule)
    if open_one is None and answer:
        return None
    why = f"{open_one} is already open." if open_one else answer.why
    messages.warning(request, f"Nothing was requested. {why}")
    return redirect("person", person_id=person.id)


def rule_fitting(holdings: plan.Holdings) -> plan.Rule | None:
    """The rule of protection that fits the person as they were read now."""
    return plan.rule_for(rules_of(org().id), holdings.person.email, plan.held(holdings))


def _answers(form: RequestForm) -> list[dict[str, str]]:
    """What was chosen, as people read it."""
    given, start = form.cleaned_data, form.not_before
    return [
        {"term": "Reason", "value": form.reason_in_words},
        {"term": "Ticket", "value": given["ticket"]},
        {
            "term": "Archive",
            "value": plan.kept_in_words(attributes=given["keep_attributes"], masked=given["mask_addresses"]),
        },
        {"term": "Live conversation", "value": str(LivePolicy(given["live"]).label)},
        {
            "term": "Start",
            "value": f"Not before {utc_words(start)}" if start else "As soon as somebody has approved it",
        },
        {"term": "Urgent", "value": "Yes" if given["urgent"] else "No"},
        {"term": "Note", "value": given["note"]},
    ]
