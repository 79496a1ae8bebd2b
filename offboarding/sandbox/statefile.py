"""The state file: what has changed since the population was made. Replaced whole, so never half written."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

FORMAT = 1


class StateMismatch(ValueError):
    """The file belongs to another population, or is not a state file at all."""


def load(path: Path, population: dict[str, Any]) -> dict[str, Any] | None:
    """The stored changes, or None when there is no file. Raises StateMismatch, naming the remedy."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, UnicodeDecodeError) as error:
        raise StateMismatch(f"{path} is not a sandbox state file ({error}); remove it or name another") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("population") != population:
        raise StateMismatch(
            f"{path} belongs to another population than {population}; remove it or name another with --state"
        )
    return data


def store(path: Path, population: dict[str, Any], changes: dict[str, Any]) -> None:
    """Replaces the file in one step (write aside, then rename)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"format": FORMAT, "population": population, **changes}, file, ensure_ascii=False)
        os.replace(aside, path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
