"""Filters and tags that turn values into what people read: times, numbers, initials, icons. No rows, no requests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from offboarding import charts, status
from offboarding.audit.times import utc_words

register = template.Library()

When = datetime | str | None
MINUTE, HOUR, DAY = 60, 3600, 86_400


@register.filter
def ago(when: When) -> SafeString | str:
    """A `<time>` that reads relative to now, with the exact time in `datetime` and `title`; empty for no time."""
    moment = _moment(when)
    if moment is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        _iso(moment),
        utc_words(moment),
        relative_words(moment, timezone.now()),
    )


@register.filter
def exact(when: When) -> SafeString | str:
    """A `<time>` that reads as the exact time with its zone; empty for no time."""
    moment = _moment(when)
    if moment is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', _iso(moment), utc_words(moment))


@register.filter
def elapsed(start: When, end: When = None) -> str:
    """How long from start to end (or to now), in words; empty when it has not started."""
    begun = _moment(start)
    if begun is None:
        return ""
    return duration(((_moment(end) or timezone.now()) - begun).total_seconds())


@register.filter
def duration(seconds: float | int | timedelta | None) -> str:
    """under 1 s, 12 s, 3 min 5 s, 2 h 4 min, 3 d 2 h; the two largest units. Empty for None."""
    if seconds is None or seconds == "":
        return ""
    whole = int(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    whole = max(whole, 0)
    for size, unit, rest_size, rest_unit in (
        (DAY, "d", HOUR, "h"),
        (HOUR, "h", MINUTE, "min"),
        (MINUTE, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // rest_size
            return f"{whole // size} {unit} {rest} {rest_unit}" if rest else f"{whole // size} {unit}"
    return f"{whole} s" if whole else "under 1 s"


@register.filter
def number(value: Any) -> str:
    """A whole number with thousands separated: 11,204. Empty for None; other text as it is."""
    if value is None or value == "":
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)


@register.filter
def initials(name: str | None) -> str:
    """One or two letters that stand for a name in any script: first of the first word, first of the last."""
    words = [word for word in (name or "").split() if word[0].isalnum()]
    if not words:
        return "?"
    first, last = words[0][0], words[-1][0] if len(words) > 1 else ""
    return (first + last).upper()


@register.filter
def status_in(key: str, family: str) -> status.Status:
    """`{{ request.status|status_in:"request" }}`: the row of the status table. KeyError for an unknown one."""
    return status.status_of(family, str(key))


@register.filter
def bar_chart(points: Iterable[Any]) -> charts.BarChart:
    """Points with `label` and `count` (or pairs of both) as bars ready to be drawn."""
    return charts.bar_chart(points)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One icon from the sprite; decorative, unless a label says in words what it means."""
    address = f"{static('offboarding/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon icon--{0}" role="img" aria-label="{1}"><use href="{2}"/></svg>', name, label, address
        )
    return format_html('<svg class="icon icon--{0}" aria-hidden="true"><use href="{1}"/></svg>', name, address)


def relative_words(moment: datetime, now: datetime) -> str:
    """just now, 5 min ago, in 2 h, 3 days ago; from a week on the date. times.js says the same words."""
    seconds = int((now - moment).total_seconds())
    size = abs(seconds)
    if size < MINUTE:
        return "just now" if seconds >= 0 else "in a moment"
    if size < HOUR:
        words = f"{size // MINUTE} min"
    elif size < DAY:
        words = f"{size // HOUR} h"
    elif size < 7 * DAY:
        days = size // DAY
        words = f"{days} day{'' if days == 1 else 's'}"
    else:
        local = timezone.localtime(moment)
        return f"{local.day} {local:%b %Y}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def _moment(when: When) -> datetime | None:
    """A datetime with a zone, from one or from ISO 8601 text; a time without a zone is a bug of the caller."""
    if not when:
        return None
    moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    if timezone.is_naive(moment):
        raise ValueError(f"a time without a zone cannot be shown: {when}")
    return moment


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
