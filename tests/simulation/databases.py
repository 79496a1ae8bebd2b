"""The database that seeds play on: a file of SQLite, or, where the settings name one, a database of PostgreSQL.

Both are migrated once into a template, of which each seed gets a fresh copy.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from django.db import connection


class Database(Protocol):
    """`settings` and `template` are entries of Django's DATABASES."""

    lets_others_in: bool  # into the middle of a transaction: SQLite's, which are immediate, come one after the other
    settings: dict[str, Any]
    template: dict[str, Any]

    def fresh(self) -> None:
        """As after the migrations, with nobody connected."""

    def holds(self, secret: str) -> bool:
        """Whether this stands anywhere in it."""

    def remove(self) -> None:
        """Everything of it."""


class Sqlite:
    """As in settings.py: immediate transactions in WAL. Connections stay open, as a process' own would."""

    lets_others_in = False

    def __init__(self, before: dict[str, Any], folder: Path) -> None:
        kept = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False}
        options = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
        sqlite = {**before, **kept, "ENGINE": "django.db.backends.sqlite3", "OPTIONS": options}
        self._folder = folder
        self._template, self._file = folder / "template.sqlite3", folder / "console.sqlite3"
        self.template, self.settings = sqlite | {"NAME": str(self._template)}, sqlite | {"NAME": str(self._file)}

    def fresh(self) -> None:
        for left in self._folder.glob(f"{self._file.name}*"):
            left.unlink()
        shutil.copyfile(self._template, self._file)

    def holds(self, secret: str) -> bool:
        return any(secret.encode() in path.read_bytes() for path in self._folder.glob(f"{self._file.name}*"))

    def remove(self) -> None:
        """It ends with the folder."""


class Postgresql:
    """Two databases of this process, made by the role that the settings name."""

    lets_others_in = True

    def __init__(self, before: dict[str, Any]) -> None:
        # A commit need not reach a disk that nobody cuts the power of; a crash of a process loses nothing of it.
        options = {**before.get("OPTIONS", {}), "options": "-c synchronous_commit=off"}
        kept = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False, "OPTIONS": options}
        name = f"simulation_{os.getpid()}"
        self._before = before
        self.settings, self.template = before | kept | {"NAME": name}, before | kept | {"NAME": f"{name}_template"}
        self.remove()  # what a process of this number left that was killed
        self._carry_out(f'CREATE DATABASE "{name}_template"')

    def fresh(self) -> None:
        name = self.settings["NAME"]
        self._carry_out(
            f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" TEMPLATE "{name}_template"'
        )

    def holds(self, secret: str) -> bool:
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT 1 FROM "{table}" each WHERE strpos(each::text, %s) > 0', [secret])  # noqa: S608
                if cursor.fetchone():
                    return True
        return False

    def remove(self) -> None:
        for entry in (self.settings, self.template):
            self._carry_out(f'DROP DATABASE IF EXISTS "{entry["NAME"]}" WITH (FORCE)')

    def _carry_out(self, *statements: str) -> None:
        with connected(self._before) as admin:
            for statement in statements:
                admin.execute(statement)


def connected(entry: dict[str, Any]) -> Any:
    """A connection of our own to the server of this entry, in autocommit; not to a database of the product."""
    import psycopg

    names = {"host": entry["HOST"], "port": entry["PORT"], "user": entry["USER"], "password": entry["PASSWORD"]}
    return psycopg.connect(dbname="postgres", autocommit=True, **{key: value for key, value in names.items() if value})


def database_of(before: dict[str, Any], folder: Path) -> Database:
    """By what DATABASE_URL names."""
    return Postgresql(before) if before["ENGINE"].endswith("postgresql") else Sqlite(before, folder)


def moment(told: str | datetime | None) -> datetime | None:
    """A time as a statement of our own gets it: from PostgreSQL with its zone; from SQLite, in UTC, as text or bare."""
    at = datetime.fromisoformat(told) if isinstance(told, str) else told
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
