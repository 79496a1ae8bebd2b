"""A conversation detail query, checked and answered: Genesys Cloud API, POST .../conversations/details/query.

The answer to one page costs one page: a window of days is a range of conversation numbers, and only filters
on something else than the person make it look at each conversation of the window.

Only conversations that started on a UTC day touched by the interval are found, as documented; two windows
that share a day both find its conversations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import recent
from .clock import text_of_ms
from .conversation_filters import Wanted, filters_of, interval_of, user_id_of, wants_open
from .conversations import DAY_MS
from .errors import bad_request
from .state import Org

Json = dict[str, Any]


def answer(org: Org, body: Json) -> Json:
    """`conversations` is absent on an empty page; raises the API's errors.

    `totalHits` counts all pages, and is approximate at the real service: option `totals_off`.
    """
    first_ms, last_ms = _interval(org, body.get("interval"))
    size, number = _paging(org, body.get("paging"))
    segment_filters, only_open = filters_of(body, "segmentFilters"), wants_open(filters_of(body, "conversationFilters"))
    user_id = user_id_of(segment_filters)
    with org.lock:
        person = org.people.get(user_id)
        late = recent.of(person) if person else []
    if person is None:
        return _page([], 0, [], body)
    wanted = Wanted(org, person, segment_filters)
    window = range(0) if only_open else wanted.past.between_days(first_ms, last_ms)
    numbers = wanted.numbers(window)
    late = [each for each in late if only_open in (None, recent.is_open(each))]
    late = [each for each in late if wanted.shows_recent(each, first_ms, last_ms)]
    total = len(numbers) + len(late)
    places = range((number - 1) * size, min(number * size, total))
    if body.get("order") == "desc":
        places = range(total - 1 - places.start, total - 1 - places.stop, -1) if places else places
    rows = [_row(wanted, numbers, late, place) for place in places]
    announced = max(0, total + org.options.totals_off) if total else 0
    return _page(rows, announced, _aggregations(body, wanted, numbers, late), body)


def _page(rows: list[Json], total: int, aggregations: list[Json], body: Json) -> Json:
    found: Json = {"totalHits": total}
    if rows:
        found["conversations"] = rows
    if body.get("aggregations"):
        found["aggregations"] = aggregations
    return found


def _row(wanted: Wanted, numbers: Sequence[int], late: list[Json], place: int) -> Json:
    if place < len(numbers):
        return wanted.past_record(numbers[place])
    return wanted.recent_record(late[place - len(numbers)])


def _media_counts(wanted: Wanted, numbers: Sequence[int], late: list[Json]) -> dict[str, int]:
    counts: dict[str, int] = {}
    if isinstance(numbers, range):
        counts = wanted.past.media_counts(numbers)
    else:
        for k in numbers:
            for medium in wanted.past.media(k):
                counts[medium] = counts.get(medium, 0) + 1
    for each in late:
        counts[each["media"]] = counts.get(each["media"], 0) + 1
    return counts


def _aggregations(body: Json, wanted: Wanted, numbers: Sequence[int], late: list[Json]) -> list[Json]:
    """AggregationResult {type, dimension, count, results[{value, count}]}: termFrequency on mediaType only.

    Inferred: a conversation counts for every medium in it, so the counts may add up to more than totalHits.
    """
    found = []
    for each in body.get("aggregations") or []:
        if each.get("type") != "termFrequency" or each.get("dimension") != "mediaType":
            raise bad_request("The sandbox aggregates by termFrequency on mediaType only.")
        counts = _media_counts(wanted, numbers, late)
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[: each.get("size") or 10]
        results = [{"value": medium, "count": count} for medium, count in ranked]
        total = len(numbers) + len(late)
        found.append({"type": "termFrequency", "dimension": "mediaType", "count": total, "results": results})
    return found


def _interval(org: Org, interval: object) -> tuple[int, int]:
    """First and last millisecond, no more than the documented days apart."""
    first, end = interval_of(interval)
    days = org.options.interval_days
    if end - first > days * DAY_MS:
        raise bad_request(f"The interval is too long: {days} days at most. Use {text_of_ms(first)} and {days} days.")
    return first, end - 1


def _paging(org: Org, paging: object) -> tuple[int, int]:
    if paging is None:
        return 25, 1
    sizes = [paging.get(name) if isinstance(paging, dict) else None for name in ("pageSize", "pageNumber")]
    size, number = sizes
    if type(size) is not int or type(number) is not int:
        raise bad_request("paging needs both pageSize and pageNumber.")
    if not 1 <= size <= org.options.page_size or number < 1:
        raise bad_request(f"pageSize must be from 1 to {org.options.page_size}, pageNumber at least 1.")
    if size * number > org.options.rows_ceiling:
        raise bad_request(f"Results beyond row {org.options.rows_ceiling} cannot be paged to; shorten the interval.")
    return size, number
