"""The paging styles of the platform API (page number with and without totals, after/before cursor)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from .call import Call
from .errors import bad_request

T = TypeVar("T")


def numbered(
    call: Call, items: Sequence[T], show: Callable[[T], Any], *, most: int = 500, totals: bool = True
) -> dict[str, Any]:
    """pageNumber/pageSize. Without `totals` the answer does not say how many there are."""
    size = call.number("pageSize", 25, most=min(most, call.org.options.listing_page))
    number = call.number("pageNumber", 1, most=10**9)
    pages = -(-len(items) // size)
    body: dict[str, Any] = {
        "entities": [show(item) for item in items[(number - 1) * size : number * size]],
        "pageSize": size,
        "pageNumber": number,
        "firstUri": _uri(call, size, 1),
        "selfUri": _uri(call, size, number),
    }
    if number < pages:
        body["nextUri"] = _uri(call, size, number + 1)
    if number > 1:
        body["previousUri"] = _uri(call, size, number - 1)
    if totals:
        body |= {"total": len(items), "pageCount": pages, "lastUri": _uri(call, size, max(pages, 1))}
    return body


def _uri(call: Call, size: int, number: int) -> str:
    kept = [
        (name, value)
        for name, values in call.query.items()
        for value in values
        if name not in ("pageSize", "pageNumber")
    ]
    return f"{call.path}?{urlencode([*kept, ('pageSize', size), ('pageNumber', number)])}"


def cursored(call: Call, items: Sequence[T], show: Callable[[T], Any], *, most: int = 500) -> dict[str, Any]:
    """after/before: the cursor is opaque to the client; nextUri is absent on the last page."""
    size = call.number("pageSize", 25, most=min(most, call.org.options.listing_page))
    after, before = call.text("after", "0"), call.text("before", "0")
    if not (after.isdigit() and before.isdigit()):
        raise bad_request("Invalid cursor.", "invalid.query.param.value")
    start = max(0, int(before) - size) if "before" in call.query else int(after)
    body: dict[str, Any] = {
        "entities": [show(item) for item in items[start : start + size]],
        "selfUri": call.path,
    }
    if start + size < len(items):
        body["nextUri"] = f"{call.path}?{urlencode({'pageSize': size, 'after': start + size})}"
    if start:
        body["previousUri"] = f"{call.path}?{urlencode({'pageSize': size, 'before': start})}"
    return body
