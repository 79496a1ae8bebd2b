"""Tag License: the licences of one person, which follow from the roles in effect."""

from __future__ import annotations

from typing import Any

from .. import membership
from ..call import Answer, Call
from ..errors import not_found
from . import PLATFORM

#: Role name -> id of the licence it needs. Both the ids and this map are made up: the real ones are not documented.
_OF_ROLE = {"employee": "collaborate", "Communicate - User": "communicate"}
_OTHERWISE = "contact-center"


def _show(licence: str) -> dict[str, Any]:
    return {
        "id": licence,
        "description": licence.replace("-", " ").title(),
        "prerequisites": [],
        "comprises": [],
        "selfUri": f"/api/v2/license/definitions/{licence}",
    }


@PLATFORM.on("GET", "/api/v2/license/users/{userId}", any_of=("authorization:grant:add", "authorization:license:view"))
def user_licences(call: Call) -> Answer:
    """Inferred from permissions, as documented: who loses a role loses its licence. A deleted person has none."""
    person = call.org.people.get(call.params["userId"])
    if person is None:
        raise not_found()
    names = [call.org.catalogue.roles[role].name for role in membership.live_roles(call.org, person)]
    licences = dict.fromkeys(_OF_ROLE.get(name, _OTHERWISE) for name in names)
    uri = f"/api/v2/license/users/{person.id}"
    return Answer(200, {"id": person.id, "licenses": [_show(each) for each in licences], "selfUri": uri})
