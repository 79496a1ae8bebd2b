"""A time as people read it. Standard library alone: what writes an archive knows no Django."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_words(at: datetime) -> str:
    """12 Mar 2026, 14:05:09 UTC: a time in sentences and on every page."""
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M:%S} UTC"
