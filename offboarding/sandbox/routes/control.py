"""The control plane, /__sandbox__/, for tests and demonstrations. Loopback only, no token, not recorded."""

from __future__ import annotations

from typing import Any

from .. import membership, oauth, recent
from ..call import Answer, Call
from ..calls import Calls
from ..clock import now_text
from ..errors import api_error, bad_request, not_found
from ..faults import Faults
from ..limits import RateLimit
from ..people import CHANGEABLE, Person
from ..router import Router
from ..state import Org
from . import ARTICLE, PLATFORM

ROOT = "/__sandbox__"


class Control:
    """One method per path; the docstrings are the list that GET /__sandbox__/ gives."""

    def __init__(self, org: Org, faults: Faults, calls: Calls, limits: RateLimit) -> None:
        self.org, self.faults, self.calls, self.limits = org, faults, calls, limits
        self.router = Router()
        self._help: list[str] = []
        for method, path, handler in [
            ("GET", "/", self.index),
            ("POST", "/reset", self.reset),
            ("GET", "/faults", self.list_faults),
            ("POST", "/faults", self.add_faults),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/calls", self.list_calls),
            ("DELETE", "/calls", self.clear_calls),
            ("GET", "/people", self.list_people),
            ("GET", "/people/{userId}", self.show_person),
            ("PATCH", "/people/{userId}", self.change_person),
            ("POST", "/login", self.login),
            ("POST", "/hang-up", self.hang_up),
            ("POST", "/tokens/expire", self.expire_tokens),
            ("GET", "/permissions", self.list_permissions),
            ("POST", "/permissions", self.change_permissions),
            ("POST", "/roles/vanish", self.vanish_role),
            ("GET", "/options", self.list_options),
            ("POST", "/options", self.change_options),
        ]:
            self.router.on(method, ROOT + path)(handler)
            self._help.append(f"{method} {ROOT}{path}  {(handler.__doc__ or '').splitlines()[0]}")

    def index(self, call: Call) -> Answer:
        """This list, the names that can be asked for, and the org's seed."""
        names = sorted(self.org.catalogue.by_name)
        return Answer(200, {"actions": self._help, "seed": self.org.seed, "article": self.org.article, "names": names})

    def reset(self, call: Call) -> Answer:
        """The org as at the first start; faults, recorded calls, limits and options too."""
        self.org.reset()
        self.faults.clear()
        self.calls.clear()
        self.limits.clear()
        return Answer(204)

    def list_faults(self, call: Call) -> Answer:
        """The faults with how many calls each has seen and hit."""
        return Answer(200, {"faults": self.faults.listed()})

    def add_faults(self, call: Call) -> Answer:
        """A list of faults, added to those there are; see faults.Fault for the names."""
        rows = call.json(list)
        if not all(isinstance(row, dict) for row in rows):
            raise bad_request("a list of objects, please")
        try:
            return Answer(200, {"faults": self.faults.add(rows)})
        except ValueError as error:
            raise bad_request(str(error)) from error

    def clear_faults(self, call: Call) -> Answer:
        """No faults any more."""
        self.faults.clear()
        return Answer(204)

    def list_calls(self, call: Call) -> Answer:
        """The recorded calls; `after` a sequence number, of a `method`, with a `path` (an expression)."""
        after = call.number("after", 0, least=0, most=10**12)
        found = self.calls.found(after=after, method=call.text("method"), path=call.text("path"))
        return Answer(200, {"calls": found})

    def clear_calls(self, call: Call) -> Answer:
        """Forgets the recorded calls."""
        self.calls.clear()
        return Answer(204)

    def list_people(self, call: Call) -> Answer:
        """Everybody with why they are there; `why` asks for one kind."""
        why = call.text("why")
        people = [each for each in self.org.people.values() if not why or why in each.why]
        tags = list(dict.fromkeys(tag for each in self.org.people.values() for tag in each.why))
        return Answer(200, {"people": [self._brief(each) for each in people], "tags": tags})

    def _brief(self, person: Person) -> dict[str, Any]:
        names = ("id", "scim_id", "name", "email", "state", "version", "conversations", "why")
        return {name: getattr(person, name) for name in names}

    def show_person(self, call: Call) -> Answer:
        """Everything the sandbox knows of one person, and what comes to them through others."""
        person = self._person(call.params["userId"])
        inherited = {
            "holders": sorted(membership.holders(self.org, person)),
            "member_of_queues": membership.queues_of(self.org, person),
            "inherited_grants": membership.inherited_grants(self.org, person),
        }
        return Answer(200, person.to_json() | inherited)

    def change_person(self, call: Call) -> Answer:
        """Sets fields of people.Person as somebody else in the org might: the version and a new state's date follow."""
        person, body = self._person(call.params["userId"]), call.json()
        if unknown := set(body) - CHANGEABLE:
            raise bad_request(f"not changeable: {', '.join(sorted(unknown))}; known: {', '.join(sorted(CHANGEABLE))}")
        given = {"state_date": now_text(), **body} if "state" in body else body
        with self.org.changing(person, version="version" not in body):
            for name, value in given.items():
                setattr(person, name, value)
        return self.show_person(call)

    def login(self, call: Call) -> Answer:
        """{person}: signs the person in, as they would; 409 unless active. Answers a token of their own."""
        person = self._person(str(call.json().get("person")))
        if person.state != "active":
            raise api_error(409, "login.refused", f"{person.name} is {person.state} and cannot sign in.")
        with self.org.changing(person):
            person.sessions += 1
            person.last_token = person.last_login = now_text()
            person.presence = "Available"
        return Answer(200, {"token": oauth.issue(self.org, person), "sessions": person.sessions})

    def hang_up(self, call: Call) -> Answer:
        """{person}: ends the person's live conversations."""
        person = self._person(str(call.json().get("person")))
        with self.org.changing(person):
            recent.end(person)
            person.routing_status = "IDLE"
        return Answer(204)

    def expire_tokens(self, call: Call) -> Answer:
        """Every token given out so far is expired."""
        self.org.token_generation += 1
        self.org.save()
        return Answer(204)

    def list_permissions(self, call: Call) -> Answer:
        """The permissions that routes ask for, those taken away from the client, and where it holds its role."""
        known = sorted(PLATFORM.permissions | (ARTICLE.permissions if self.org.article else set()))
        removed, divisions = sorted(self.org.removed_permissions), self.org.client_divisions
        return Answer(200, {"known": known, "removed": removed, "divisions": divisions})

    def change_permissions(self, call: Call) -> Answer:
        """{remove: [name], restore: [name], divisions: [id or *]}; divisions change what grants and queues show."""
        body = call.json()
        wanted = {*body.get("remove", []), *body.get("restore", [])}
        if unknown := wanted - PLATFORM.permissions - ARTICLE.permissions:
            raise bad_request(f"no route asks for {', '.join(sorted(unknown))}")
        divisions = body.get("divisions", self.org.client_divisions)
        if unknown := set(divisions) - {"*", *self.org.catalogue.divisions}:
            raise bad_request(f"no division is {', '.join(sorted(unknown))}")
        self.org.client_divisions = list(divisions)
        self.org.removed_permissions |= set(body.get("remove", []))
        self.org.removed_permissions -= set(body.get("restore", []))
        self.org.save()
        return self.list_permissions(call)

    def vanish_role(self, call: Call) -> Answer:
        """{role: id}: the role is deleted from the org; a bulk removal that names it fails."""
        role = call.json().get("role")
        if role not in self.org.catalogue.roles:
            raise not_found()
        self.org.removed_roles.add(role)
        self.org.save()
        return Answer(204)

    def list_options(self, call: Call) -> Answer:
        """How the org behaves now; see options.Options."""
        return Answer(200, self.org.options.to_json())

    def change_options(self, call: Call) -> Answer:
        """Sets options by name, until the next reset or start."""
        try:
            self.org.options = self.org.options.changed(call.json())
        except ValueError as error:
            raise bad_request(str(error)) from error
        return self.list_options(call)

    def _person(self, person_id: str) -> Person:
        person = self.org.people.get(person_id)
        if person is None:
            raise not_found(f"nobody has the id {person_id}")
        return person
