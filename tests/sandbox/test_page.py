"""docs/sandbox.md is what the sandbox is today."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from docs.sandbox_page import as_markdown
from offboarding.sandbox.options import Options
from offboarding.sandbox.routes import PLATFORM

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == as_markdown(), "Run: .venv/bin/python docs/reference.py"


def test_the_page_has_every_route_and_every_option() -> None:
    text = as_markdown()
    assert [route.template for route in PLATFORM.routes if f"`{route.method} {route.template}`" not in text] == []
    assert [each.name for each in fields(Options) if f"| `{each.name}` | " not in text] == []
