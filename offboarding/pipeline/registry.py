"""The steps by key: one module a key of `offboarding.steps.PIPELINE`."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from offboarding.pipeline.step import Step
from offboarding.steps import PIPELINE


@cache
def steps() -> dict[str, Step]:
    """Every step by its key. ImportError when a key has no module; ValueError when a module answers to another key."""
    found = {key: import_module(f"offboarding.pipeline.steps.{key}").STEP for key in PIPELINE}
    for key, step in found.items():
        if step.key != key:
            raise ValueError(f"pipeline/steps/{key}.py answers to {step.key}")
    return found
