"""A conversation detail query, checked and answered: Genesys Cloud API, POST .../conversations/details/query.

The answer to one page costs one page: a window of days is a range of conversation numbers, and only filters
on something else than the person make it look at each conversation of the window.

Only conversations that started on a UTC day touched by the interval are found, as documented; two windows
that share a day both find its conversations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import conversation_record
from .clock import ms_of, text_of_ms
from .conversations import DAY_MS, History, history
from .errors import api_error, bad_request
from .people import Person
from .state import Org

Json = dict[str, Any]
_DIMENSIONS = {"userId", "mediaType", "queueId"}


def answer(org: Org, body: Json) -> Json:
    """`conversations` is absent on an empty page; `totalHits` counts all pages; raises the API's errors."""
    first_ms, last_ms = _interval(org, body.get("interval"))
    size, number = _paging(org, body.get("paging"))
    segment_filters, wants_open = (
        _filters(body, "segmentFilters"),
        _wants_open(_filters(body, "conversationFilters")),
    )
    user_id = _user_id(segment_filters)
    with org.lock:
        person = org.people.get(user_id)
        live = [dict(each) for each in person.live] if person else []
    if person is None:
        return _page([], 0, [], body)
    past = history(org.seed, person.id, person.conversations, org.today_ms)
    query = _Query(org, person, past, segment_filters)
    numbers: Sequence[int] = query.numbers(past.between_days(first_ms, last_ms)) if wants_open is not True else range(0)
    open_now = [each for each in live if wants_open is not False and query.shows_open(each, first_ms, last_ms)]
    total = len(numbers) + len(open_now)
    places = range((number - 1) * size, min(number * size, total))
    if body.get("order") == "desc":
        places = range(total - 1 - places.start, total - 1 - places.stop, -1) if places else places
    rows = [query.row(numbers, open_now, place) for place in places]
    return _page(rows, total, _aggregations(body, query, numbers, open_now), body)


def _page(rows: list[Json], total: int, aggregations: list[Json], body: Json) -> Json:
    found: Json = {"totalHits": total}
    if rows:
        found["conversations"] = rows
    if body.get("aggregations"):
        found["aggregations"] = aggregations
    return found


class _Query:
    def __init__(self, org: Org, person: Person, past: History, filters: list[Json]) -> None:
        self.org, self.person, self.past, self.filters = org, person, past, filters
        self.origin = org.origins[person.id]
        self.only_person = all(each["dimension"] == "userId" for each in _predicates(filters))

    def numbers(self, window: range) -> Sequence[int]:
        if self.only_person:
            return window if self._fits({"userId": {self.person.id}}) else range(0)
        return [k for k in window if self._fits(self._facts(k))]

    def _facts(self, k: int) -> dict[str, set[str]]:
        queue = conversation_record.queue_of(self.past, self.org.catalogue, self.origin["queues"], k)
        return {"userId": {self.person.id}, "mediaType": set(self.past.media(k)), "queueId": {queue}}

    def _fits(self, facts: dict[str, set[str]]) -> bool:
        return all(_holds(each, facts) for each in self.filters)

    def shows_open(self, live: Json, first_ms: int, last_ms: int) -> bool:
        facts = {"userId": {self.person.id}, "mediaType": {live["media"]}, "queueId": {live["queue"]}}
        return first_ms // DAY_MS <= live["start"] // DAY_MS <= last_ms // DAY_MS and self._fits(facts)

    def row(self, numbers: Sequence[int], open_now: list[Json], place: int) -> Json:
        if place < len(numbers):
            return conversation_record.build(self.past, numbers[place], self.org.catalogue, self.origin)
        return conversation_record.open_record(open_now[place - len(numbers)], self.org.catalogue, self.origin)

    def media_counts(self, numbers: Sequence[int], open_now: list[Json]) -> dict[str, int]:
        counts: dict[str, int] = {}
        if isinstance(numbers, range):
            counts = self.past.media_counts(numbers)
        else:
            for k in numbers:
                for medium in self.past.media(k):
                    counts[medium] = counts.get(medium, 0) + 1
        for live in open_now:
            counts[live["media"]] = counts.get(live["media"], 0) + 1
        return counts


def _aggregations(body: Json, query: _Query, numbers: Sequence[int], open_now: list[Json]) -> list[Json]:
    """AggregationResult {type, dimension, count, results[{value, count}]}: termFrequency on mediaType only.

    Inferred: a conversation counts for every medium in it, so the counts may add up to more than totalHits.
    """
    found = []
    for each in body.get("aggregations") or []:
        if each.get("type") != "termFrequency" or each.get("dimension") != "mediaType":
            raise bad_request("The sandbox aggregates by termFrequency on mediaType only.")
        counts = query.media_counts(numbers, open_now)
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[: each.get("size") or 10]
        results = [{"value": medium, "count": count} for medium, count in ranked]
        total = len(numbers) + len(open_now)
        found.append({"type": "termFrequency", "dimension": "mediaType", "count": total, "results": results})
    return found


def _interval(org: Org, interval: object) -> tuple[int, int]:
    """First and last millisecond; the end is not part of it. Durations such as P365D are refused."""
    try:
        first, end = (ms_of(part) for part in str(interval).split("/"))
    except ValueError as error:
        message = "interval must be given as YYYY-MM-DDThh:mm:ss/YYYY-MM-DDThh:mm:ss"
        raise api_error(400, "bad.request", message) from error
    days = org.options.interval_days
    if first >= end:
        raise bad_request("The start of the interval must be before its end.")
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


def _filters(body: Json, name: str) -> list[Json]:
    filters = body.get(name) or []
    for each in filters:
        if not isinstance(each, dict) or each.get("type") not in ("and", "or"):
            raise bad_request(f"Each of {name} needs the type and or or.")
    return list(filters)


def _predicates(filters: list[Json]) -> list[Json]:
    nested = [clause for each in filters for clause in each.get("clauses") or []]
    return [predicate for each in [*filters, *nested] for predicate in each.get("predicates") or []]


def _user_id(filters: list[Json]) -> str:
    for each in _predicates(filters):
        if each.get("dimension") not in _DIMENSIONS or each.get("operator", "matches") != "matches":
            raise bad_request(f"The sandbox filters segments by {', '.join(sorted(_DIMENSIONS))} with matches only.")
    people = {str(each.get("value")) for each in _predicates(filters) if each["dimension"] == "userId"}
    if len(people) != 1:
        raise bad_request("The sandbox answers for exactly one userId at a time.")
    return people.pop()


def _wants_open(filters: list[Json]) -> bool | None:
    """True: only conversations that have not ended; False: only ended ones; None: all."""
    wanted = None
    for each in _predicates(filters):
        if each.get("dimension") != "conversationEnd" or each.get("operator") not in ("exists", "notExists"):
            raise bad_request("The sandbox filters conversations by conversationEnd exists or notExists only.")
        wanted = each["operator"] == "notExists"
    return wanted


def _holds(part: Json, facts: dict[str, set[str]]) -> bool:
    found = [each.get("value") in facts[each["dimension"]] for each in part.get("predicates") or []]
    found += [_holds(clause, facts) for clause in part.get("clauses") or []]
    return any(found) if part.get("type") == "or" else all(found)
