"""The digest of a plan: SHA-256 over its RFC 8785 form."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(document: Any) -> bytes:
    """RFC 8785 (JSON Canonicalization Scheme) of strings, integers, booleans, lists and maps; refuses the rest.

    Floats and nulls are refused with TypeError: their text differs between writers, and a digest must not.
    """
    _only_exact(document)
    return json.dumps(_sorted(document), ensure_ascii=False, separators=(",", ":")).encode()


def digest_of(document: Any) -> str:
    """SHA-256 (hex) of the canonical form."""
    return hashlib.sha256(canonical(document)).hexdigest()


def is_altered(document: dict[str, Any], *, digest: str, person_id: str, scim_id: str) -> bool:
    """Whether a stored plan is another than the one with this digest, or the ids that are acted on are not its own."""
    person = document["person"]
    return digest_of(document) != digest or (person["id"], person["scim_id"]) != (person_id, scim_id)


def _only_exact(value: Any) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"a key of a digest must be text, not {type(key).__name__}")
            _only_exact(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _only_exact(item)
    elif not isinstance(value, (str, int)):
        raise TypeError(f"a digest covers text and whole numbers only, not {type(value).__name__}")


def _sorted(value: Any) -> Any:
    """Keys in the order of their UTF-16 code units, as RFC 8785 section 3.2.3 wants."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, (list, tuple)):
        return [_sorted(item) for item in value]
    return value
