"""What of a body is not in the documented model of its operation: a field it does not know, one it lacks.

`genesys/models.tsv` holds the models that a body of the tests is made of, with the fields of Genesys' Python SDK
269.0.0 (`name`, or `name=Model`) and with those that its Swagger document of July 2026 requires. Of a model that is
named there without a row of its own nothing is known, so that no field of it passes.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "genesys" / "models.tsv"


@dataclass(frozen=True)
class Model:
    required: tuple[str, ...]
    fields: dict[str, str]  # the model of a field, "" for a plain value


MODELS = {
    row["model"]: Model(
        tuple(row["required"].split()),
        {name: kind for name, _, kind in (each.partition("=") for each in row["fields"].split())},
    )
    for row in csv.DictReader(DATA.read_text(encoding="utf-8").splitlines(), delimiter="\t")
}
NOTHING = Model((), {})


def wrong_body(body: Any, kind: str, at: str = "") -> list[str]:
    """What is wrong with this body, or this part of one, a phrase each; `kind` is `Model`, `list[Model]` or ""."""
    if kind.startswith("list["):
        if not isinstance(body, list):
            return [f"{at or 'the body'} is not a list"]
        inner = kind.removeprefix("list[").removesuffix("]")
        return [phrase for each in body for phrase in wrong_body(each, inner, f"{at}[]")]
    if not kind:
        return [f"{at} is not a plain value"] if _holds_an_object(body) else []
    if not isinstance(body, dict):
        return [f"{at or 'the body'} is not an object"]
    model = MODELS.get(kind, NOTHING)
    lacking = [f"no {_within(at, name)}" for name in model.required if body.get(name) is None]
    return lacking + [phrase for name, value in body.items() for phrase in _wrong_field(model, name, value, at)]


def _wrong_field(model: Model, name: str, value: Any, at: str) -> list[str]:
    place = _within(at, name)
    if name not in model.fields:
        return [f"no such field: {place}"]
    return [] if value is None else wrong_body(value, model.fields[name], place)


def _within(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _holds_an_object(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_holds_an_object, value)))
