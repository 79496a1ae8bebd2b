"""The import table: who may know whom. A room that is not listed for another must not be imported by it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "offboarding"
STDLIB = set(sys.stdlib_module_names)
EVERYBODY = {"__future__"}

# room -> rooms of ours and packages it may import, beside the standard library and itself
MAY = {
    "genesys": {"requests", "urllib3"},
    "genesys.connect": {"requests", "urllib3", "django", "models"},
    "sandbox": set(),
    "plan": {"genesys.records"},
    "people": {"genesys", "plan"},
    "steps": set(),
    "status": {"steps"},
    "models": {"django"},
    "audit": {"django", "models"},
    "archives": {"django", "models", "audit"},
    "webhooks": {"django", "models", "audit", "requests", "urllib3", "requests_hardened", "cryptography"},
    "access": {"django", "models"},
    "queue": {"django_q"},
    "actions": {
        "django",
        "models",
        "access",
        "audit",
        "plan",
        "queue",
        "steps",
        "genesys.records",
        "webhooks.addresses",
        "webhooks.endpoints",
        "webhooks.flight",
        "webhooks.sealing",
    },
    "start": {"django", "models"},
    "connection": {"django", "genesys", "plan"},
    "pipeline": {
        "django",
        "genesys",
        "people",
        "plan",
        "models",
        "access",
        "audit",
        "archives",
        "webhooks",
        "actions",
        "queue",
        "steps",
    },
    "views": {
        "django",
        "django_htmx",
        "models",
        "access",
        "actions",
        "forms",
        "ask_forms",
        "people",
        "plan",
        "audit.channel",
        "audit.events",
        "audit.export",
        "audit.record",
        "audit.times",
        "archives.errors",
        "archives.kept",
        "archives.reader",
        "archives.storage",
        "webhooks.addresses",
        "webhooks.guard",
        "genesys.connect",
        "genesys.errors",
        "connection",
        "genesys.records",
        "genesys.regions",
        "genesys.client",
        "status",
        "steps",
        "start",
        "charts",
        "context",
    },
    "tasks": {"pipeline", "actions", "connection", "genesys.connect", "webhooks", "queue"},
    "management": {
        "django",
        "ask_forms",
        "pipeline",
        "actions",
        "models",
        "access",
        "audit",
        "archives.kept",
        "queue",
        "sandbox",
        "genesys",
        "people",
        "plan",
        "status",
        "steps",
        "start",
        "webhooks",
    },
}


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts) if ".".join(parts) in MAY else parts[0]


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                package = path.relative_to(ROOT.parent).parts[: -node.level]
                module = ".".join((*package, module)).rstrip(".")
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "offboarding" else {module}
    return found


def allowed(room: str, name: str) -> bool:
    top = name.partition(".")[0]
    if top != "offboarding":
        return top in STDLIB | EVERYBODY or top in MAY[room]
    inner = name.removeprefix("offboarding.")
    return any(inner == other or inner.startswith(f"{other}.") for other in MAY[room] | {room.partition(".")[0]})


MODULES = sorted(path for path in ROOT.rglob("*.py") if room_of(path) in MAY)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_room_may_know(path: Path) -> None:
    room = room_of(path)
    refused = sorted(name for name in imports_of(path) if not allowed(room, name))
    assert not refused, f"{room} must not import {refused}"


def test_every_room_of_the_table_exists() -> None:
    for room in MAY:
        place = ROOT / room.replace(".", "/")
        assert place.with_suffix(".py").exists() or place.is_dir(), room


def test_views_write_nothing_themselves() -> None:
    for path in (ROOT / "views").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in {"save", "create", "bulk_create", "update_or_create"}, path


def test_only_the_queue_knows_django_q() -> None:
    for path in ROOT.rglob("*.py"):
        if path.name != "queue.py":
            assert not any(name.startswith("django_q") for name in imports_of(path)), path
