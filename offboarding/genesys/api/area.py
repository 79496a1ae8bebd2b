"""What every area shares: paths with quoted ids, and listings read to their end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, urlsplit

from offboarding.genesys.errors import REMEDIES, NotUnderstood, Refused
from offboarding.genesys.exchange import Response
from offboarding.genesys.shape import Shape
from offboarding.genesys.transport import Query, Transport

PAGE_SIZE = 100
# Only a listing that never ends gets here: 100,000 rows.
MOST_PAGES = 1000


class Area:
    """Base of the areas. `scim` and `scim_users` are given only when SCIM does not live where it is
    documented.
    """

    SCIM_USERS: ClassVar[str] = "/api/v2/scim/v2/users"

    def __init__(self, transport: Transport, *, scim: Transport | None = None, scim_users: str = "") -> None:
        self.transport = transport
        self._scim = scim or transport
        self._scim_users = scim_users or self.SCIM_USERS

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        json: Any = None,
        permission: str = "",
        writes: bool | None = None,
    ) -> Response:
        return self.transport.request(method, path, query=query, json=json, permission=permission, writes=writes)

    def _get(self, path: str, *, query: Query | None = None, permission: str = "") -> Shape:
        return Shape.of(self._call("GET", path, query=query, permission=permission), "GET", path)

    def _pages(
        self,
        path: str,
        *,
        query: Query | None = None,
        permission: str = "",
        totals: bool = True,
        links: bool = False,
        rows_at_most: int | None = None,
    ) -> Iterator[Shape]:
        """Every row of a page-number listing: to its `pageCount`, or without totals until a page is empty.

        With `links`, where the total is not exact, the last is empty, or not full and without `nextUri`.
        No page is asked for beyond `rows_at_most` rows, where a count is known from elsewhere.
        """
        for number in range(1, MOST_PAGES + 1):
            paging = {**(query or {}), "pageNumber": number, "pageSize": PAGE_SIZE}
            page = self._get(path, query=paging, permission=permission)
            rows = page.entities()
            yield from rows
            if links:
                ended = not rows or (len(rows) < PAGE_SIZE and page.text_or_none("nextUri") is None)
            else:
                ended = (number >= page.whole("pageCount")) if totals else not rows
            if ended:
                return
            if rows_at_most is not None and number * PAGE_SIZE >= rows_at_most:
                return
        raise endless("GET", path)

    def _after_pages(self, path: str, *, permission: str = "") -> Iterator[Shape]:
        """Every row of a listing by `after`, which is taken out of `nextUri`; that address is never called."""
        after: str | None = None
        for _ in range(MOST_PAGES):
            page = self._get(path, query={"after": after, "pageSize": PAGE_SIZE}, permission=permission)
            yield from page.each("entities")
            following = page.text_or_none("nextUri")
            if following is None:
                return
            found = parse_qs(urlsplit(following).query).get("after")
            if not found:
                raise page.lacks("nextUri", "an address with after")
            after = found[0]
        raise endless("GET", path)


def endless(method: str, path: str) -> NotUnderstood:
    """The error for a listing that has not ended after MOST_PAGES pages."""
    return NotUnderstood(
        f"The listing {method} {path} does not end.",
        remedy=REMEDIES["language"],
        code="endless.listing",
        method=method,
        path=path,
    )


def one_call_of(ids: Sequence[str], most: int, path: str) -> list[str]:
    """The ids for one call. Raises Refused, before anything is sent, for none and for more than the API takes."""
    if not 1 <= len(ids) <= most:
        raise Refused(
            f"{len(ids)} ids are no call to {path}, which takes 1 to {most}; nothing was sent.",
            remedy=REMEDIES["number"],
            code="number.of.ids",
            path=path,
        )
    return list(ids)


def path_of(template: str, **ids: str) -> str:
    """The documented path with these ids, quoted so that an id can never become another path.

    Raises Refused, before anything is sent, for what no id can be: empty, a dot segment, or "me", which would
    make the call about the OAuth client itself.
    """
    for name, value in ids.items():
        if value.strip() in {"", ".", "..", "me"}:
            raise Refused(
                f"{value!r} is not an id for {name} in {template}; nothing was sent.",
                remedy=REMEDIES["id"],
                code="invalid.id",
                path=template,
            )
    return template.format(**{name: quote(value, safe="") for name, value in ids.items()})
