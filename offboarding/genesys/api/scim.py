"""SCIM 2.0 (RFC 7643, RFC 7644): the same people as /users, deleted through it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import ClassVar

from offboarding.genesys.api.area import MOST_PAGES, Area, endless, path_of
from offboarding.genesys.exchange import Response
from offboarding.genesys.records import ScimPerson
from offboarding.genesys.shape import Shape
from offboarding.genesys.transport import Query

# More than this without trimmed attributes may be answered 429 (Genesys Cloud API description).
COUNT = 25
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
# Under this prefix Genesys repeats the `externalId` itself among the `externalIds`.
REPEATED = "x-pc:"


def scim_filter(attribute: str, value: str) -> str:
    """`attribute eq "value"`, with the value quoted as a JSON string (RFC 7644 section 3.4.2.2)."""
    return f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"


class ScimArea(Area):
    SCIM_DELETE_HEADERS: ClassVar[Mapping[str, str]] = {}

    def get_scim_v2_users(self, filter: str) -> tuple[ScimPerson, ...]:
        """GET /api/v2/scim/v2/users?filter=, every page. No permission declared. 200.

        Without a filter on `active` only active people are found. See `scim_filter`.
        """
        path, start = self._scim_users, 1
        found: list[ScimPerson] = []
        for _ in range(MOST_PAGES):
            query: Query = {"filter": filter, "startIndex": start, "count": COUNT}
            page = Shape.of(self._scim.request("GET", path, query=query), "GET", path)
            total = page.whole("totalResults")
            rows = page.each_or_none("Resources")
            if rows is None and start <= total:
                raise page.lacks("Resources", "a list")
            found += [_person(row) for row in rows or ()]
            start += len(rows or ())
            if not rows or start > total:
                return tuple(found)
        raise endless("GET", path)

    def get_scim_v2_user(self, user_id: str) -> ScimPerson:
        """GET /api/v2/scim/v2/users/{userId}, with its ETag. No permission declared. 200."""
        path = self._scim_path(user_id)
        answer = self._scim.request("GET", path)
        return _person(Shape.of(answer, "GET", path), answer)

    def delete_scim_v2_user(
        self, user_id: str, *, etag: str | None = None, right_before: Callable[[], None] | None = None
    ) -> None:
        """DELETE /api/v2/scim/v2/users/{userId}: the soft deletion. Needs directory:user:delete. 204, also
        200.

        `etag` goes out as If-Match; a stale one is ReadAgain (400 invalidVers, elsewhere 412). NotThere proves nothing:
        read the deletion back with `get_user(state="deleted")`. `right_before` is asked before each sending, and what
        it raises leaves nothing sent.
        """
        headers = {**self.SCIM_DELETE_HEADERS, **({"If-Match": etag} if etag else {})}
        self._scim.request(
            "DELETE",
            self._scim_path(user_id),
            headers=headers,
            permission="directory:user:delete",
            right_before=right_before,
        )

    def _scim_path(self, user_id: str) -> str:
        return path_of(self._scim_users + "/{userId}", userId=user_id)


def _person(row: Shape, answer: Response | None = None) -> ScimPerson:
    etag = answer.headers.get("ETag", "") if answer else ""
    if not etag:
        meta = row.inside_or_none("meta")
        version = meta.text_or("version") if meta else ""
        # Genesys Cloud puts the bare number into meta.version and quotes it in the header (RFC 9110 section
        # 8.8.3).
        etag = version if not version or '"' in version else f'"{version}"'
    emails = row.each_or_none("emails") or ()
    return ScimPerson(
        id=row.text("id"),
        user_name=row.text("userName"),
        active=row.flag_or_none("active"),
        emails=tuple(email.text("value") for email in emails),
        external_id=row.text_or("externalId"),
        etag=etag,
        authorities=_authorities(row.inside_or_none(GENESYS)),
    )


def _authorities(extension: Shape | None) -> tuple[str, ...]:
    known = (extension.each_or_none("externalIds") if extension else None) or ()
    names = {each.text_or("authority") for each in known}
    return tuple(sorted(name for name in names if name and not name.startswith(REPEATED)))
