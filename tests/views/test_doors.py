"""Who may open what: every address, every role, every method. An address that is not in the table fails the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.urls import URLPattern, reverse

from offboarding.access import ROLES
from offboarding.models import AuditRecord
from offboarding.urls import urlpatterns
from tests import states
from tests.builders import PERSON

pytestmark = pytest.mark.django_db

EVERYBODY = frozenset({*ROLES, "no role"})
REQUESTS = frozenset(ROLES)
PEOPLE = frozenset({"staff", "approver", "admin"})
HISTORY = frozenset({"manager", "auditor", "admin"})
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Door:
    """Which roles get through with which method; `public` is open without signing in.

    What only POST gets through leads everybody else who asks for it to the page that its form is on.
    """

    get: frozenset[str] = frozenset()
    post: frozenset[str] = frozenset()
    public: bool = False

    def allows(self, method: str) -> frozenset[str]:
        return self.get if method in ("GET", "HEAD") else self.post if method == "POST" else frozenset()


DOORS = {
    "home": Door(get=EVERYBODY),
    "people": Door(get=PEOPLE),
    "person": Door(get=PEOPLE),
    "person_preview": Door(get=PEOPLE),
    "person_duties": Door(get=PEOPLE),
    "request_new": Door(get=frozenset({"staff"}), post=frozenset({"staff"})),
    "requests": Door(get=REQUESTS),
    "request": Door(get=REQUESTS),
    "request_progress": Door(get=REQUESTS),
    "request_approve": Door(post=frozenset({"approver"})),
    "request_reject": Door(post=frozenset({"approver"})),
    "request_cancel": Door(post=frozenset({"staff", "approver", "admin"})),
    "request_replan": Door(post=frozenset({"staff", "approver"})),
    "request_retry": Door(post=frozenset({"approver", "admin"})),
    "request_stop": Door(post=frozenset({"approver", "admin"})),
    "request_accept_gap": Door(post=frozenset({"approver"})),
    "request_close": Door(post=frozenset({"approver", "admin"})),
    "request_document": Door(get=frozenset({"auditor"})),
    "request_answers": Door(get=frozenset({"auditor"})),
    "archive_download": Door(get=frozenset({"auditor"})),
    "history": Door(get=HISTORY),
    "history_record": Door(get=HISTORY),
    "history_export": Door(get=frozenset({"auditor"})),
    "settings": Door(get=frozenset({"admin"})),
    "connection_test": Door(post=frozenset({"admin"})),
    "hold_place": Door(post=frozenset({"admin"})),
    "hold_release": Door(post=frozenset({"admin"})),
    "rule_make": Door(post=frozenset({"admin"})),
    "rule_end": Door(post=frozenset({"admin"})),
    "deliveries_replay": Door(post=frozenset({"admin"})),
    "delivery_replay": Door(post=frozenset({"admin"})),
    "endpoint_add": Door(post=frozenset({"admin"})),
    "endpoint_rotate": Door(post=frozenset({"admin"})),
    "endpoint_disable": Door(post=frozenset({"admin"})),
    "endpoint_enable": Door(post=frozenset({"admin"})),
    "endpoint_remove": Door(post=frozenset({"admin"})),
    "theme": Door(post=EVERYBODY, public=True),
    "login": Door(get=EVERYBODY, post=EVERYBODY, public=True),
    "logout": Door(post=EVERYBODY),
    "healthz": Door(get=EVERYBODY, public=True),
    "readyz": Door(get=EVERYBODY, public=True),
}
OPEN = {200, 286, 302, 400, 404, 409, 502, 503}


def patterns() -> dict[str, URLPattern]:
    return {str(pattern.name): pattern for pattern in urlpatterns}


def address_of(name: str, pk: int) -> str:
    known = {"pk": pk, "person_id": PERSON.id, "sequence": 1}
    wanted = patterns()[name].pattern.converters
    return reverse(name, kwargs={key: known[key] for key in wanted})


def page_of(name: str, pk: int) -> str:
    """The page with the form that posts to an address."""
    return reverse("request", args=[pk]) if name.startswith("request_") else reverse("settings")


def is_sign_in(response: Any) -> bool:
    return response.status_code == 302 and response.headers["Location"].startswith(reverse("login"))


@pytest.fixture(autouse=True)
def nobody_answers(settings: Any) -> None:
    """Genesys is a port where nobody listens: these tests are about doors."""
    settings.GENESYS_DOMAIN = "http://127.0.0.1:9"


def test_every_address_stands_in_the_table():
    assert set(patterns()) == set(DOORS)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_a_role_gets_through_its_own_doors_only(role, staff, approver, make_actor, client):
    actor = make_actor("actor", *([] if role == "no role" else [role]))
    completed = states.completed(staff, approver)
    wrong = []
    for name in DOORS:
        for method in METHODS:
            client.force_login(actor)
            response = client.generic(method, address_of(name, completed.pk))
            b"".join(response)  # ends a download; `response.close()` would close the database's connection too
            if role in DOORS[name].allows(method):
                right = response.status_code in OPEN and not (is_sign_in(response) and name != "logout")
            elif DOORS[name].allows(method):
                right = response.status_code == 403
            elif method in ("GET", "HEAD") and name not in ("theme", "logout"):
                right = response.status_code == 302 and response.headers["Location"] == page_of(name, completed.pk)
            else:
                right = response.status_code == 405
            if not right:
                wrong.append((name, method, response.status_code))
    assert not wrong


def test_somebody_not_signed_in_is_sent_to_the_sign_in_page_from_everywhere(staff, client):
    pk = states.awaiting_decision(staff).pk
    wrong = []
    for name, door in DOORS.items():
        for method in METHODS:
            response = client.generic(method, address_of(name, pk))
            if door.public:
                right = (response.status_code == 405) != bool(door.allows(method))
            else:
                right = is_sign_in(response)
            if not right:
                wrong.append((name, method, response.status_code))
    assert not wrong


def test_a_refused_page_says_why_and_is_recorded(manager, client):
    client.force_login(manager)
    response = client.get(reverse("settings"))
    assert response.status_code == 403
    assert "Your role does not let you change settings" in response.content.decode()
    assert "It takes the role admin; an administrator makes accounts with it." in response.content.decode()
    line = AuditRecord.objects.get()
    assert (line.action, line.outcome, line.actor_name) == ("access.refused", "refused", "Mia (mia)")
    assert line.data["what"] == "GET /settings/"


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_the_search_is_offered_to_those_who_may_use_it(role, make_actor, client):
    client.force_login(make_actor("actor", *([] if role == "no role" else [role])))
    assert (b'role="search"' in client.get(reverse("home")).content) == (role in PEOPLE)


def test_a_role_that_is_taken_away_counts_at_once(admin, client):
    client.force_login(admin)
    assert client.get(reverse("settings")).status_code == 200
    admin.groups.clear()
    assert client.get(reverse("settings")).status_code == 403


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_looking_changes_nothing(role, staff, approver, make_actor, client):
    actor = make_actor("actor", *([] if role == "no role" else [role]))
    pks = [build(staff, approver, number=n).pk for n, build in enumerate(states.STATES.values(), start=1)]
    client.force_login(actor)
    before, told = rows(), AuditRecord.objects.count()
    for name, door in DOORS.items():
        if not door.get:
            continue
        for address in {address_of(name, pk) for pk in pks}:
            b"".join(client.get(address))
    assert rows() == before
    noted = set(AuditRecord.objects.filter(sequence__gt=told).values_list("action", flat=True))
    taken_home = {"audit.exported", "archive.downloaded", "document.downloaded", "answers.downloaded"}
    assert noted <= {"access.refused", *taken_home}


def rows() -> dict[str, list[Any]]:
    """Every row of ours, but the audit trail that tells of looking."""
    left_out = {"AuditRecord", "AuditHead", "Session"}
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in apps.get_models()
        if model.__name__ not in left_out
    }
