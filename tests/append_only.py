"""Lets a test empty the tables: the audit triggers step aside, and head and roles are put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def triggers_off() -> Iterator[None]:
    """Drop (SQLite) or disable (PostgreSQL) the append-only triggers, then restore them and the migrated rows."""
    from importlib import import_module

    migration = import_module("offboarding.migrations.0002_audit_append_only_and_roles")
    table = migration.TABLE
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER IF EXISTS audit_no_update")
            cursor.execute("DROP TRIGGER IF EXISTS audit_no_delete")
        else:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for statement in migration.SQLITE:
                cursor.execute(statement)
        else:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    from django.contrib.auth.models import Group

    from offboarding.models import AuditHead

    AuditHead.objects.get_or_create(id=1, defaults={"sequence": 0, "hash": "0" * 64})
    for role in migration.ROLES:
        Group.objects.get_or_create(name=role)
