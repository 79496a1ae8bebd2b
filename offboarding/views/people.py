"""Finding people in Genesys Cloud and seeing what one of them holds. Reads only; asking lives in views/ask.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from offboarding import people as directory
from offboarding.access import Actor, may, requests_for, require
from offboarding.actions.in_force import holds_on
from offboarding.audit.record import sentence_of
from offboarding.genesys.connect import org
from offboarding.genesys.errors import GenesysError, NotThere
from offboarding.genesys.records import Person, Ref
from offboarding.models import AuditRecord, DeprovisionRequest, Plan
from offboarding.views.ask import may_ask, request_new, rule_fitting
from offboarding.views.divisions import divisions_to_choose, kept_divisions, warnings_of_unseen
from offboarding.views.evaluations import why_no_plan
from offboarding.views.indispensable import made_ours
from offboarding.views.sections import facts_of, sections_of
from offboarding.views.trouble import genesys, genesys_trouble, is_fragment, no_such_person

__all__ = ["people", "person", "person_preview", "request_new"]

STATES = ("active", "inactive", "deleted")
# POST /api/v2/users/search refuses to page beyond the 10,000th result (too.many.requested.results).
LAST_PAGE = 10_000 // directory.PAGE_SIZE
NEWEST_RECORDS = 10
ROLES_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was searched for, as typed. An unknown state or page is read as none given; `dropped` is the state."""

    q: str = ""
    state: str = ""
    division: str = ""
    department: str = ""
    page: int = 1
    dropped: str = ""

    @classmethod
    def read(cls, request: HttpRequest) -> Wanted:
        given = request.GET
        state, page = given.get("state", ""), given.get("page", "")
        return cls(
            q=given.get("q", ""),
            state=state if state in STATES else "",
            dropped=state[:50] if state not in STATES else "",
            division=given.get("division", "").strip()[:100],
            department=given.get("department", "").strip()[:200],
            page=min(max(int(page), 1), LAST_PAGE) if page.isdecimal() and len(page) < 10 else 1,
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the page was given."""
        return any((self.q.strip(), self.state, self.division, self.department))

    def url(self, page: int) -> str:
        """The address of another page of the same search, relative to this one."""
        given = {key: value for key, value in asdict(replace(self, page=page, dropped="")).items() if value}
        return f"?{urlencode(given)}"


@dataclass(frozen=True, slots=True)
class Found:
    """One row of the results: the person, and the live request for them if there is one."""

    person: Person
    request: DeprovisionRequest | None

    @property
    def roles(self) -> str:
        """The names of the first roles, and how many more there are; empty when there are none or nothing was told."""
        names = [role.name or role.id for role in self.person.roles or ()]
        more = len(names) - ROLES_SHOWN
        return ", ".join(names[:ROLES_SHOWN]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class Recorded:
    """An audit record with its sentence."""

    record: AuditRecord
    sentence: str


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Search people: one call to Genesys a search, none for a text that cannot be searched for."""
    require(request.user, "see_people")
    wanted = Wanted.read(request)
    template = "people/results.html" if is_fragment(request) else "people/people.html"
    context: dict[str, Any] = {"wanted": wanted, "states": STATES, **kept_divisions(wanted.division)}
    try:
        client = genesys()
        result = directory.search(
            client,
            wanted.q,
            state=wanted.state,
            division=wanted.division,
            department=wanted.department,
            page=wanted.page,
        )
        if not is_fragment(request):
            context |= divisions_to_choose(client, wanted.division)
    except directory.SearchRefused as refused:
        return render(request, template, {**context, "refused": refused})
    except GenesysError as error:
        return genesys_trouble(request, error, template=template, **context)
    pages = min(result.pages, LAST_PAGE)
    context |= {
        "result": result,
        "rows": with_requests(request.user, result.people),
        "first_url": wanted.url(1),
        "previous_url": wanted.url(wanted.page - 1) if wanted.page > 1 else "",
        "next_url": wanted.url(wanted.page + 1) if wanted.page < pages else "",
    }
    return render(request, template, context)


@require_safe
def person(request: HttpRequest, person_id: str) -> HttpResponse:
    """One person: who it is, what an approver must know, everything held with its source, and what was asked before."""
    require(request.user, "see_people")
    try:
        client = genesys()
        org_id = org().id
        holdings = directory.holdings(client, person_id, for_a_plan=True)
    except NotThere:
        return no_such_person(request, person_id)
    except GenesysError as error:
        return genesys_trouble(request, error, template="people/unread.html", person_id=person_id)
    who = holdings.person
    holds = holds_on(org_id, who.id)
    rule = rule_fitting(holdings)
    asked = list(requests_for(request.user).filter(person_id=who.id).with_status())
    context = {
        "person": who,
        "facts": facts_of(_with_manager(who, asked)),
        "holdings": holdings,
        "warnings": (*warnings_of_unseen(), *holdings.warnings),
        "sections": sections_of(holdings) if who.state != "deleted" else (),
        "holds": holds,
        "asked": asked,
        "open_request": next((each for each in asked if each.is_live), None),
        "ask": may_ask(request.user, who, next((hold for hold in holds if hold.forbids_all), None), rule),
        "rule": rule,
        "sees_history": may(request.user, "see_history"),
        "records": records_of(request.user, who.id),
    }
    return render(request, "people/person.html", context)


@require_safe
def person_preview(request: HttpRequest, person_id: str) -> HttpResponse:
    """What an archive of the person's history would hold: a part of the person page, and a page of its own."""
    require(request.user, "see_people")
    template = "people/preview.html" if is_fragment(request) else "people/preview_page.html"
    context: dict[str, Any] = {"person_id": person_id}
    try:
        found = directory.preview(genesys(), person_id)
    except GenesysError as error:
        return genesys_trouble(request, error, template=template, **context)
    media = sorted(found.by_medium.items(), key=lambda counted: (-counted[1], counted[0]))
    return render(request, template, {**context, "preview": found, "media": media})


@require_safe
def person_duties(request: HttpRequest, person_id: str) -> HttpResponse:
    """What somebody has to take over, and what else hangs on the account: a part of the person page, and a page."""
    require(request.user, "see_people")
    template = "people/duties.html" if is_fragment(request) else "people/duties_page.html"
    context: dict[str, Any] = {"person_id": person_id}
    try:
        client = genesys()
        who = directory.find_person(client, person_id, ("outOfOffice",))
        found = directory.duties(client, who)
    except GenesysError as error:
        return genesys_trouble(request, error, template=template, **context)
    facts = [{"term": term, "value": value} for term, value in found.account]
    no_plan = [why for why in (made_ours(client, who, found), why_no_plan(client, who.name, found)) if why]
    return render(request, template, {**context, "duties": found, "account": facts, "no_plan": no_plan})


def _with_manager(who: Person, asked: list[DeprovisionRequest]) -> Person:
    """Of somebody deleted nothing but the record is read, which has the manager's id: the name is that of a plan."""
    if who.manager is None or who.manager.name:
        return who
    plans = Plan.objects.filter(request__in=asked, holdings__person__manager__id=who.manager.id)
    known = plans.order_by("-read_at").values_list("holdings__person__manager__name", flat=True).first()
    return replace(who, manager=Ref(who.manager.id, known or ""))


def with_requests(actor: Actor, persons: Iterable[Person]) -> list[Found]:
    """The rows of the page, with the live requests of all of them read at once."""
    persons = tuple(persons)
    live = requests_for(actor).live().with_status().filter(person_id__in=[each.id for each in persons])
    by_person = {request.person_id: request for request in live}
    return [Found(each, by_person.get(each.id)) for each in persons]


def records_of(actor: Actor, person_id: str) -> list[Recorded]:
    """The newest audit records about a person, for those who may read the history; none for the others."""
    if not may(actor, "see_history"):
        return []
    lines = AuditRecord.objects.filter(person_id=person_id)[:NEWEST_RECORDS]
    return [Recorded(line, sentence_of(line)) for line in lines]
