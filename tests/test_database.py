"""How the product's own settings open SQLite: what keeps two writers apart, and a record through a power cut."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ASK = """
import django
django.setup()
from django.db import connection, transaction
with connection.cursor() as cursor:
    for name in ("journal_mode", "synchronous", "foreign_keys"):
        print(name, cursor.execute(f"PRAGMA {name}").fetchone()[0])
statements = []
with connection.execute_wrapper(lambda run, sql, *rest: (statements.append(sql), run(sql, *rest))[1]):
    connection.ensure_connection()
    connection.connection.set_trace_callback(statements.append)
    with transaction.atomic():
        pass
print(next(sql for sql in statements if sql.startswith("BEGIN")))
"""


def test_sqlite_writes_ahead_syncs_fully_and_locks_at_the_beginning(tmp_path: Path) -> None:
    without = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env = {**without, "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "deprov_site.settings"}
    env["DEPROV_ENV_FILE"] = "none"
    ended = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == ["journal_mode wal", "synchronous 2", "foreign_keys 1", "BEGIN IMMEDIATE"]
