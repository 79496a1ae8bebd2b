"""Deterministic ids and draws: the same seed gives the same org, on every machine and every Python."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_NAMESPACE = uuid.UUID("6f1d3a52-7c3e-5b0e-9a57-0f3b5d2c8e41")
_MASK = (1 << 64) - 1


def stable_id(seed: int, *parts: object) -> str:
    """A uuid-shaped id that depends on nothing but the seed and the parts."""
    return str(uuid.uuid5(_NAMESPACE, "/".join([str(seed), *map(str, parts)])))


def number_of(*parts: object) -> int:
    """64 deterministic bits from the parts; unlike `hash()` the same in every process."""
    text = "/".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def is_uuid(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(uuid.UUID(text))
    except ValueError:
        return False


class Draws:
    """SplitMix64: a short stream of deterministic draws, cheap enough for one per conversation."""

    __slots__ = ("_state",)

    def __init__(self, start: int) -> None:
        self._state = start & _MASK

    def bits(self) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def below(self, limit: int) -> int:
        return self.bits() % limit

    def between(self, low: int, high: int) -> int:
        return low + self.bits() % (high - low + 1)

    def chance(self, percent: int) -> bool:
        return self.bits() % 100 < percent

    def pick(self, items: Sequence[T]) -> T:
        return items[self.bits() % len(items)]

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items, in drawn order."""
        pool = list(items)
        return [pool.pop(self.below(len(pool))) for _ in range(min(count, len(pool)))]

    def uuid(self) -> str:
        text = f"{self.bits():016x}{self.bits():016x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
