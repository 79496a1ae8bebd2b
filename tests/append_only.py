"""Lets a test empty the tables: the audit triggers step aside, and head and roles are put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

KEPT = {"django_content_type", "auth_permission"}  # what the migrations left there, and no test changes


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


def delete_rows() -> None:
    """What `flush` does by a TRUNCATE of every table, which takes PostgreSQL half a second: it writes new files."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with transaction.atomic(), connection.cursor() as cursor:
        for table in set(tables) - KEPT:
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - a table's name
