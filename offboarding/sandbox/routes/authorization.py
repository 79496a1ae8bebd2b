"""Tag Authorization: divisions, roles, and the grants of a subject."""

from __future__ import annotations

from typing import Any

from .. import membership
from ..call import Answer, Call
from ..catalogue import Division, Role
from ..clock import now_text
from ..errors import Refusal, api_error, bad_request, not_found
from ..ids import stable_id
from ..paging import numbered
from ..people import Person
from . import ARTICLE, PLATFORM

_VIEW, _ADD, _DELETE = "authorization:grant:view", "authorization:grant:add", "authorization:grant:delete"
_GROUP_GRANT_MADE = "2024-01-15T08:00:00.000Z"
EVERY_DIVISION = Division("*", "*")  # of a grant in all divisions, those made later too


def _division(division: Division) -> dict[str, Any]:
    uri = f"/api/v2/authorization/divisions/{division.id}"
    return {"id": division.id, "name": division.name, "homeDivision": division.home, "selfUri": uri}


def _role(role: Role, full: bool = True) -> dict[str, Any]:
    """`AuthzGrantRole`. That its policies need includeFullRoles is inferred from the name of that parameter."""
    uri = f"/api/v2/authorization/roles/{role.id}"
    brief = {"id": role.id, "name": role.name, "default": role.default, "selfUri": uri}
    policies = [
        {"domain": domain, "entityName": entity, "actions": list(actions)} for domain, entity, actions in role.policies
    ]
    return brief | {"policies": policies} if full else brief


def _grant(call: Call, subject: str, role: str, division: str, made_at: str) -> dict[str, Any]:
    catalogue = call.org.catalogue
    found = catalogue.roles.get(role) or _client_role(call)
    return {
        "subjectId": subject,
        "division": _division(catalogue.divisions.get(division, EVERY_DIVISION)),
        "role": _role(found, call.flag("includeFullRoles", False)),
        "grantMadeAt": made_at,
    }


def _client_role(call: Call) -> Role:
    """The one role of the OAuth client: what the routes ask for, without what the control plane took away."""
    actions: dict[tuple[str, str], list[str]] = {}
    for name in sorted((PLATFORM.permissions | ARTICLE.permissions) - call.org.removed_permissions):
        if name.count(":") == 2:
            domain, entity, action = name.split(":")
            actions.setdefault((domain, entity), []).append(action)
    policies = tuple((domain, entity, tuple(found)) for (domain, entity), found in actions.items())
    return Role(stable_id(call.org.seed, "role", "Offboarding"), "Offboarding", False, policies)


@PLATFORM.on("GET", "/api/v2/authorization/divisions")
def list_divisions(call: Call) -> Answer:
    divisions = list(call.org.catalogue.divisions.values())
    if ids := call.values("id"):
        divisions = [each for each in divisions if each.id in ids]
    return Answer(200, numbered(call, divisions, _division))


@PLATFORM.on("GET", "/api/v2/authorization/roles", any_of=("authorization:role:view",))
def list_roles(call: Call) -> Answer:
    roles = [role for role in call.org.catalogue.roles.values() if role.id not in call.org.removed_roles]
    if ids := call.values("id"):
        roles = [each for each in roles if each.id in ids]
    if name := call.text("name"):
        roles = [each for each in roles if name.casefold() in each.name.casefold()]
    return Answer(200, numbered(call, roles, _role))


@PLATFORM.on("GET", "/api/v2/authorization/roles/{roleId}/users")
def role_users(call: Call) -> Answer:
    """The people who hold the role directly, as references (UserReferenceEntityListing has no addresses of pages)."""
    role = call.params["roleId"]
    if role not in call.org.catalogue.roles or role in call.org.removed_roles:
        raise not_found()
    people = [each for each in call.org.people.values() if any(grant[0] == role for grant in each.grants)]
    body = numbered(call, people, lambda each: {"id": each.id, "selfUri": f"/api/v2/users/{each.id}"})
    return Answer(200, {name: value for name, value in body.items() if not name.endswith("Uri")})


@PLATFORM.on("GET", "/api/v2/authorization/subjects/rolecounts", any_of=(_VIEW,))
def role_counts(call: Call) -> Answer:
    """A map of subject id to its number of roles; at most 100 ids."""
    ids = call.values("id")
    if len(ids) > 100:
        raise bad_request("Only 100 subjects can be requested at a time.", "max.subject.ids")
    people = [call.org.people[each] for each in ids if each in call.org.people]
    return Answer(200, {each.id: len(membership.live_roles(call.org, each)) for each in people})


@PLATFORM.on("GET", "/api/v2/authorization/subjects/{subjectId}", any_of=(_VIEW,))
def get_subject(call: Call) -> Answer:
    """Not paged. A grant whose subjectId is another one is inherited from that group.

    Without includeDuplicates a role and division held both ways shows once, as the direct grant (inferred).
    """
    subject = call.params["subjectId"]
    person, group = call.org.people.get(subject), call.org.catalogue.groups.get(subject)
    if person:
        name = person.name
        rows = [(subject, role, division, made) for role, division, made in call.org.visible_grants(person)]
        inherited = membership.inherited_grants(call.org, person)
        rows += [(holder, role, division, _GROUP_GRANT_MADE) for holder, role, division in inherited]
    elif group:
        name = group.name
        rows = [(subject, role, division, _GROUP_GRANT_MADE) for role, division in group.grants]
    elif subject == call.org.catalogue.client_id:
        name, role = "Offboarding", _client_role(call).id
        rows = [(subject, role, division, _GROUP_GRANT_MADE) for division in call.org.client_divisions]
    else:
        raise not_found()
    if not call.flag("includeDuplicates", False):
        rows = list({(row[1], row[2]): row for row in reversed(rows)}.values())[::-1]
    grants = [_grant(call, *row) for row in rows]
    uri = f"/api/v2/authorization/subjects/{subject}"
    return Answer(200, {"id": subject, "name": name, "grants": grants, "version": call.org.revision, "selfUri": uri})


def _pairs(call: Call) -> list[tuple[str, str]]:
    """RoleDivisionGrants: every role and division must exist, or the whole call fails."""
    grants = call.json().get("grants")
    if not isinstance(grants, list) or not all(isinstance(each, dict) for each in grants):
        raise bad_request("grants is required.")
    pairs = [(str(each.get("roleId")), str(each.get("divisionId"))) for each in grants]
    catalogue = call.org.catalogue
    for role, division in pairs:
        if role not in catalogue.roles or role in call.org.removed_roles or division not in catalogue.divisions:
            raise bad_request("Invalid role divisions in request.", "bad.role.divisions")
    return pairs


def _check_divisions(call: Call, divisions: list[str]) -> None:
    """403 for a grant in a division that the client's role does not cover."""
    if not all(call.org.is_seen(each) for each in divisions):
        raise api_error(403, "missing.division.permissions", f"Unable to perform the action in divisions {divisions}.")


def _subject(call: Call) -> Person:
    person = call.org.people.get(call.params["subjectId"])
    if person is None:
        raise not_found()
    return person


@PLATFORM.on("POST", "/api/v2/authorization/subjects/{subjectId}/bulkremove", all_of=(_DELETE,))
def bulk_remove(call: Call) -> Answer:
    """204. Grants that the subject does not hold directly are ignored; inherited ones stay.

    Whether a refusal leaves all of them is not documented: option `bulk_does_part`.
    """
    person = _subject(call)
    try:
        pairs = _pairs(call)
    except Refusal:
        if call.org.options.bulk_does_part:
            with call.org.changing(person):
                del person.grants[: len(person.grants) // 2]
        raise
    _check_divisions(call, [division for _, division in pairs])
    with call.org.changing(person):
        person.grants = [grant for grant in person.grants if (grant[0], grant[1]) not in pairs]
    return Answer(204)


@PLATFORM.on("POST", "/api/v2/authorization/subjects/{subjectId}/bulkadd", all_of=(_ADD,))
def bulk_add(call: Call) -> Answer:
    person, pairs = _subject(call), _pairs(call)
    held = {(grant[0], grant[1]) for grant in person.grants}
    with call.org.changing(person):
        person.grants += [[role, division, now_text()] for role, division in pairs if (role, division) not in held]
    return Answer(204)


@PLATFORM.on(
    "DELETE",
    "/api/v2/authorization/subjects/{subjectId}/divisions/{divisionId}/roles/{roleId}",
    all_of=(_DELETE,),
)
def delete_grant(call: Call) -> Answer:
    """One grant, any 2xx; 404 when it is not held, or its role is no longer there."""
    person, pair = _subject(call), [call.params["roleId"], call.params["divisionId"]]
    _check_divisions(call, pair[1:])
    if pair[0] in call.org.removed_roles or pair not in [grant[:2] for grant in person.grants]:
        raise not_found()
    with call.org.changing(person):
        person.grants = [grant for grant in person.grants if grant[:2] != pair]
    return Answer(call.org.options.default_status)
