"""Pure: the geometry of the bars in a server-rendered chart. No colours, no templates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

PLOT_HEIGHT = 120  # pixels; widths are per cent, so that text keeps its size on a narrow screen


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `x`, `width` and `middle` in per cent of the chart's width, `y` and `height` in pixels from the top."""

    label: str
    count: int
    x: float
    width: float
    middle: float
    y: float
    height: float
    shows_label: bool


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars in the order of their points; `most` is the highest count, `total` the sum."""

    bars: tuple[Bar, ...]
    most: int
    total: int


def bar_chart(points: Iterable[Any]) -> BarChart:
    """Bars for points that have `label` and `count`, or are pairs of both. A count above zero is at least 2 px high.

    With more than 16 bars only some carry their label; the data table behind the chart has all of them.
    """
    pairs = [_pair(point) for point in points]
    most = max((count for _, count in pairs), default=0)
    slot = 100 / len(pairs) if pairs else 0
    every = -(-len(pairs) // 16) or 1
    bars = []
    for place, (label, count) in enumerate(pairs):
        height = max(round(PLOT_HEIGHT * count / most, 1), 2.0) if count else 0.0
        bars.append(
            Bar(
                label=label,
                count=count,
                x=round(slot * (place + 0.14), 2),
                width=round(slot * 0.72, 2),
                middle=round(slot * (place + 0.5), 2),
                y=round(PLOT_HEIGHT - height, 1),
                height=height,
                shows_label=place % every == 0,
            )
        )
    return BarChart(tuple(bars), most, sum(count for _, count in pairs))


def _pair(point: Any) -> tuple[str, int]:
    if isinstance(point, (tuple, list)):
        label, count = point
        return str(label), int(count)
    return str(point.label), int(point.count)
