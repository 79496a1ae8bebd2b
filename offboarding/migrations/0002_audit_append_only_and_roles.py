"""Triggers that keep the audit trail append-only, the chain's head, and the five roles."""

from typing import Any

from django.db import migrations

TABLE = "offboarding_auditrecord"
ROLES = ("staff", "approver", "manager", "auditor", "admin")

SQLITE = [
    f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON {TABLE} "
    "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
    for verb in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$",
    f"CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON {TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
    f"CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {TABLE} "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
]


def append_only(apps: Any, schema_editor: Any) -> None:
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]
    for statement in statements:
        schema_editor.execute(statement)


def chain_head_and_roles(apps: Any, schema_editor: Any) -> None:
    apps.get_model("offboarding", "AuditHead").objects.create(id=1, sequence=0, hash="0" * 64)
    group = apps.get_model("auth", "Group")
    for role in ROLES:
        group.objects.get_or_create(name=role)


class Migration(migrations.Migration):
    dependencies = [("offboarding", "0001_first_rows"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.RunPython(append_only, migrations.RunPython.noop),
        migrations.RunPython(chain_head_and_roles, migrations.RunPython.noop),
    ]
