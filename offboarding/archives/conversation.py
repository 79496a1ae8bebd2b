"""One conversation as a line of the archive: everything Genesys sent, unchanged in meaning."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

# check_circular is off because records come from a JSON parser; it costs a sixth of the time. NaN is not
# JSON.
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(check_circular=False, allow_nan=False, separators=(",", ":")).encode


def identify(record: Any) -> tuple[str, datetime]:
    """Its conversationId and conversationStart (`AnalyticsConversation`); ValueError says what is wrong."""
    if not isinstance(record, dict):
        raise ValueError("is not an object")
    key = record.get("conversationId")
    if not isinstance(key, str) or not key:
        raise ValueError("has no conversationId")
    start = record.get("conversationStart")
    try:
        moment = datetime.fromisoformat(start)  # type: ignore[arg-type]  # None and numbers are the TypeError below
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{key} has no conversationStart that can be read")
    return key, moment


def line_of(record: dict[str, Any]) -> bytes:
    """The record as one line of UTF-8 JSON; ValueError when it holds what JSON cannot."""
    try:
        return _encode(record).encode() + b"\n"
    except UnicodeEncodeError:
        # Half a surrogate pair, as a cut-off emoji leaves behind, has no UTF-8 form; as an escape it is kept.
        return _encode_ascii(record).encode() + b"\n"
