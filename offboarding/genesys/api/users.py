"""Tag Users: finding people, reading one, their state, addresses, absence and second factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from offboarding.genesys.api.area import PAGE_SIZE, Area, path_of
from offboarding.genesys.api.people_records import person
from offboarding.genesys.records import Contact, PeoplePage, Person, Ref, StateOfPerson
from offboarding.genesys.records.holdings import OutOfOffice, Verifier
from offboarding.genesys.shape import Shape

EDIT = "directory:user:edit"


class UsersArea(Area):
    def post_users_search(
        self,
        criteria: Sequence[dict[str, Any]],
        *,
        page: int = 1,
        page_size: int = 25,
        expand: Sequence[str] = (),
        sort: Sequence[tuple[str, str]] = (),
    ) -> PeoplePage:
        """POST /api/v2/users/search. Needs directory:user:view. 200. A search: it changes nothing.

        `criteria` are `UserSearchCriteria` ({"fields", "type", "value" or "values", "operator", "group"});
        `sort` pairs a field with ASC, DESC or SCORE. The index lags behind changes: never prove anything by
        it.
        """
        body: dict[str, Any] = {"query": list(criteria), "pageNumber": page, "pageSize": page_size}
        if expand:
            body["expand"] = list(expand)
        if sort:
            body["sort"] = [{"sortBy": field, "sortOrder": order} for field, order in sort]
        path = "/api/v2/users/search"
        answer = self._call("POST", path, json=body, permission="directory:user:view", writes=False)
        return _people(Shape.of(answer, "POST", path), "results")

    def get_users(
        self,
        *,
        ids: Sequence[str] = (),
        state: str = "active",
        expand: Sequence[str] = (),
        page: int = 1,
        page_size: int = PAGE_SIZE,
    ) -> PeoplePage:
        """GET /api/v2/users: one page. No permission declared. 200.

        At most 100 `ids`, else 400 max.user.ids. `state`: active, inactive, deleted or any; active hides the
        rest.
        """
        query = {
            "id": list(ids) or None,
            "state": state,
            "expand": list(expand) or None,
            "pageNumber": page,
            "pageSize": page_size,
        }
        return _people(self._get("/api/v2/users", query=query), "entities")

    def get_user(self, user_id: str, *, expand: Sequence[str] = (), state: str | None = None) -> Person:
        """GET /api/v2/users/{userId}. No permission declared. 200.

        A deleted person is NotThere unless `state="deleted"`. `expand` is best effort by the documentation.
        """
        path = path_of("/api/v2/users/{userId}", userId=user_id)
        return person(self._get(path, query={"expand": list(expand) or None, "state": state}))

    def get_user_state(self, user_id: str) -> StateOfPerson:
        """GET /api/v2/users/{userId}/state. Needs directory:userStateChange:view. 200."""
        path = path_of("/api/v2/users/{userId}/state", userId=user_id)
        answer = self._get(path, permission="directory:userStateChange:view")
        return _state(answer)

    def put_user_state(
        self, user_id: str, state: str, *, version: int | None = None, reason: str | None = None
    ) -> StateOfPerson:
        """PUT /api/v2/users/{userId}/state. Needs directory:user:edit. 200; a stale `version` is ReadAgain.

        `state`: active, inactive or deleted. `reason`: Voluntary, Seasonal, Leave, Performance, Conduct,
        Unknown.
        """
        body: dict[str, Any] = {"state": state}
        if version is not None:
            body["version"] = version
        if reason is not None:
            body["stateChangeReason"] = reason
        path = path_of("/api/v2/users/{userId}/state", userId=user_id)
        answer = Shape.of(self._call("PUT", path, json=body, permission=EDIT), "PUT", path)
        return _state(answer)

    def get_user_directreports(self, user_id: str) -> tuple[Ref, ...]:
        """GET /api/v2/users/{userId}/directreports: who has this person as manager. 200.

        No permission declared. Not paged.
        """
        path = path_of("/api/v2/users/{userId}/directreports", userId=user_id)
        return tuple(each.ref() for each in Shape.list_of(self._call("GET", path), "GET", path))

    def patch_user(self, user_id: str, *, addresses: Sequence[Contact], version: int) -> Person:
        """PATCH /api/v2/users/{userId}: the addresses alone, all of them replaced. 200; a stale `version` is
        ReadAgain.

        Needs directory:user:edit. Leaving a number out frees it (there is no call that changes a DID); an
        extension needs telephony:extension:assign as well. The state is never sent: it would be the only
        field that changes. The main e-mail cannot be changed here (400). Models `UpdateUser` and `Contact`.
        """
        path = path_of("/api/v2/users/{userId}", userId=user_id)
        body = {"addresses": [_contact(each) for each in addresses], "version": version}
        return person(Shape.of(self._call("PATCH", path, json=body, permission=EDIT), "PATCH", path))

    def get_user_outofoffice(self, user_id: str) -> OutOfOffice:
        """GET /api/v2/users/{userId}/outofoffice. No permission declared. 200. Model `OutOfOffice`."""
        answer = self._get(path_of("/api/v2/users/{userId}/outofoffice", userId=user_id))
        return OutOfOffice(
            active=answer.flag("active"),
            indefinite=answer.flag_or("indefinite", False),
            start_date=answer.text_or_none("startDate"),
            end_date=answer.text_or_none("endDate"),
        )

    def get_user_verifiers(self, user_id: str) -> tuple[Verifier, ...]:
        """GET /api/v2/users/{userId}/verifiers: second factors. Needs mfa:verifier:view. 200.

        Not paged. Models `VerifierEntityListing` and `Verifier`.
        """
        path = path_of("/api/v2/users/{userId}/verifiers", userId=user_id)
        rows = self._get(path, permission="mfa:verifier:view").each("entities")
        return tuple(Verifier(row.text("id"), row.text_or("name"), row.flag_or_none("enabled")) for row in rows)


def _state(answer: Shape) -> StateOfPerson:
    return StateOfPerson(answer.text("state"), answer.whole_or_none("version"), answer.text_or_none("stateChangeDate"))


def _contact(contact: Contact) -> dict[str, str]:
    """A Genesys `Contact`; what was not told is not sent."""
    every = {
        "mediaType": contact.media_type,
        "type": contact.type,
        "address": contact.address,
        "display": contact.display,
        "extension": contact.extension,
        "countryCode": contact.country_code,
        "integration": contact.integration,
    }
    return {name: value for name, value in every.items() if value}


def _people(answer: Shape, rows: str) -> PeoplePage:
    found = answer.entities() if rows == "entities" else answer.each(rows)
    return PeoplePage(
        people=tuple(person(each) for each in found),
        total=answer.whole("total"),
        page=answer.whole("pageNumber"),
        page_count=answer.whole("pageCount"),
    )
