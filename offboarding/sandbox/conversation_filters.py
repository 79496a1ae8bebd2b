"""Which conversations a detail query or a detail job asks for: its filters, checked and applied to one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import conversation_record, recent
from .clock import ms_of
from .conversations import DAY_MS, History, history
from .errors import bad_request
from .people import Person
from .state import Org

Json = dict[str, Any]
_DIMENSIONS = {"userId", "mediaType", "queueId"}


class Wanted:
    """The conversations of one person that fit segment filters; raises the API's errors for what is no filter."""

    def __init__(self, org: Org, person: Person, filters: list[Json]) -> None:
        self.org, self.person, self.filters = org, person, filters
        self.past: History = history(org.seed, person.id, person.conversations, org.today_ms)
        self.origin = org.origins[person.id]
        self.only_person = all(each["dimension"] == "userId" for each in _predicates(filters))

    def numbers(self, window: range) -> Sequence[int]:
        if self.only_person:
            return window if self._fits({"userId": {self.person.id}}) else range(0)
        return [k for k in window if self.fits_past(k)]

    def fits_past(self, k: int) -> bool:
        queue = conversation_record.queue_of(self.past, self.org.catalogue, self.origin["queues"], k)
        return self._fits({"userId": {self.person.id}, "mediaType": set(self.past.media(k)), "queueId": {queue}})

    def fits_recent(self, each: Json) -> bool:
        queues = {each["queue"], each.get("to", each["queue"])}
        return self._fits({"userId": {self.person.id}, "mediaType": {each["media"]}, "queueId": queues})

    def _fits(self, facts: dict[str, set[str]]) -> bool:
        return all(_holds(each, facts) for each in self.filters)

    def shows_recent(self, each: Json, first_ms: int, last_ms: int) -> bool:
        """Does the recent one fit, and did it start on a UTC day from that of `first_ms` to that of `last_ms`?"""
        return first_ms // DAY_MS <= each["start"] // DAY_MS <= last_ms // DAY_MS and self.fits_recent(each)

    def past_record(self, k: int) -> Json:
        return conversation_record.build(self.past, k, self.org.catalogue, self.origin)

    def recent_record(self, each: Json) -> Json:
        return recent.record(each, self.org.catalogue, self.origin)


def interval_of(interval: object) -> tuple[int, int]:
    """First millisecond, and the one after the last. Durations such as P365D are refused."""
    try:
        first, end = (ms_of(part) for part in str(interval).split("/"))
    except ValueError as error:
        message = "interval must be given as YYYY-MM-DDThh:mm:ss/YYYY-MM-DDThh:mm:ss"
        raise bad_request(message) from error
    if first >= end:
        raise bad_request("The start of the interval must be before its end.")
    return first, end


def filters_of(body: Json, name: str) -> list[Json]:
    filters = body.get(name) or []
    for each in filters:
        if not isinstance(each, dict) or each.get("type") not in ("and", "or"):
            raise bad_request(f"Each of {name} needs the type and or or.")
    return list(filters)


def _predicates(filters: list[Json]) -> list[Json]:
    nested = [clause for each in filters for clause in each.get("clauses") or []]
    return [predicate for each in [*filters, *nested] for predicate in each.get("predicates") or []]


def user_id_of(filters: list[Json]) -> str:
    for each in _predicates(filters):
        if each.get("dimension") not in _DIMENSIONS or each.get("operator", "matches") != "matches":
            raise bad_request(f"The sandbox filters segments by {', '.join(sorted(_DIMENSIONS))} with matches only.")
    people = {str(each.get("value")) for each in _predicates(filters) if each["dimension"] == "userId"}
    if len(people) != 1:
        raise bad_request("The sandbox answers for exactly one userId at a time.")
    return people.pop()


def wants_open(filters: list[Json]) -> bool | None:
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
