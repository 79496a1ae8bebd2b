"""When a person's conversations were, and on which medium: computed from their number, never stored.

Conversation `k` of a person is a pure function of seed, person and `k`; a year of them is 366 integers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime
from functools import lru_cache

from .ids import Draws, number_of

DAYS = 365
DAY_MS = 86_400_000
_OPENS, _SPAN = 7 * 3_600_000, 12 * 3_600_000  # people work from 07:00 to 19:00 UTC
_WEEK = (20, 20, 20, 20, 18, 6, 3)
MIX = ("voice",) * 60 + ("email",) * 15 + ("message",) * 12 + ("chat",) * 9 + ("callback",) * 4


class History:
    """The `count` conversations of one person in the 365 days before `today_ms`, by their start."""

    def __init__(self, seed: int, person_id: str, count: int, today_ms: int) -> None:
        self.count = count
        self.base = number_of(seed, "conversations", person_id)
        self.first_day = today_ms - DAYS * DAY_MS
        self._offset = self.base % 100
        # starts[d] is the number of conversations before day d; the last entry is `count`.
        self._starts = self._spread(count)

    def _spread(self, count: int) -> list[int]:
        weekday = datetime.fromtimestamp(self.first_day / 1000, UTC).weekday()
        leaves = [self.base % 150, 180 + self.base // 150 % 150]  # two absences of ten days
        total, before = 0, [0]
        for day in range(DAYS):
            away = any(first <= day < first + 10 for first in leaves)
            total += 0 if away else _WEEK[(weekday + day) % 7]
            before.append(total)
        return [count * part // total for part in before]

    def between_days(self, first_ms: int, last_ms: int) -> range:
        """The conversations that started on a UTC day from that of `first_ms` to that of `last_ms`."""
        first = min(max((first_ms - self.first_day) // DAY_MS, 0), DAYS)
        after = min(max((last_ms - self.first_day) // DAY_MS + 1, 0), DAYS)
        return range(self._starts[first], max(self._starts[after], self._starts[first]))

    def start_ms(self, k: int) -> int:
        """Grows with `k`."""
        day = bisect_right(self._starts, k) - 1
        place, crowd = k - self._starts[day], self._starts[day + 1] - self._starts[day]
        share = place * 1000 + self.draws(k).below(1000)
        return self.first_day + day * DAY_MS + _OPENS + _SPAN * share // (crowd * 1000)

    def before(self, moment_ms: int) -> int:
        """How many conversations started before the moment."""
        return bisect_left(range(self.count), moment_ms, key=self.start_ms)

    def draws(self, k: int) -> Draws:
        return Draws(self.base ^ (k * 0xD1342543DE82EF95))

    def medium(self, k: int) -> str:
        return MIX[(k * 37 + self._offset) % 100]

    def media(self, k: int) -> tuple[str, ...]:
        """Every medium in the conversation: a callback also has the call that was made."""
        medium = self.medium(k)
        return ("callback", "voice") if medium == "callback" else (medium,)

    def media_counts(self, numbers: range) -> dict[str, int]:
        """How many conversations have each medium, without looking at every one of them."""
        turns, rest = divmod(len(numbers), 100)
        counts = {medium: MIX.count(medium) * turns for medium in dict.fromkeys(MIX)}
        for k in numbers[len(numbers) - rest :]:
            counts[self.medium(k)] += 1
        counts["voice"] += counts["callback"]
        return {medium: count for medium, count in counts.items() if count}


@lru_cache(maxsize=512)
def history(seed: int, person_id: str, count: int, today_ms: int) -> History:
    return History(seed, person_id, count, today_ms)
