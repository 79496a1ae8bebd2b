"""A console of its own for tests with real processes: a folder, a migrated database, five accounts, a sandbox."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from offboarding.sandbox.testing import SandboxThread

ROOT = Path(__file__).resolve().parents[1]


class Database:
    """Of one console: a file in its folder, or, where the tests run on PostgreSQL, a database of its own there."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "console.sqlite3"
        self._server = os.environ.get("DATABASE_URL", "")
        self.environment: dict[str, str] = {}
        if self._server:
            self._name = f"offboarding_console_{secrets.token_hex(6)}"
            self._on_server(f"CREATE DATABASE {self._name}")
            self.environment = {"DATABASE_URL": urlsplit(self._server)._replace(path=f"/{self._name}").geturl()}

    def connect(self) -> Any:
        if not self._server:
            return sqlite3.connect(self._file, timeout=20)
        import psycopg

        return psycopg.connect(self.environment["DATABASE_URL"])

    def drop(self) -> None:
        if self._server:
            self._on_server(f"DROP DATABASE {self._name} WITH (FORCE)")

    def _on_server(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self._server, autocommit=True) as server:
            server.execute(statement)  # type: ignore[call-overload]


class Console:
    """Runs manage.py as a stranger would, against `sandbox`, in `folder`."""

    def __init__(self, folder: Path, sandbox: SandboxThread, **environment: str) -> None:
        self.folder, self.sandbox = folder, sandbox
        self.database = Database(folder)
        self.started: list[subprocess.Popen[str]] = []
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GENESYS_", "DEPROVISION_", "DATABASE_"))}
        self.environment = kept | {
            "DEPROV_ENV_FILE": "none",
            "VAR_DIR": str(folder),
            "GENESYS_DOMAIN": sandbox.url,
            "SANDBOX_URL": sandbox.url,
            "LOG_LEVEL": "WARNING",
            **self.database.environment,
            **environment,
        }
        self.run("migrate", "--verbosity", "0")
        self.run("seed_demo")

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *words],
            env=self.environment | environment,
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def close(self) -> None:
        """Kill what is left and wait for it."""
        kill_all(self.folder)
        for process in self.started:
            process.wait(20)
        self.database.drop()

    def run(self, *words: str, code: int = 0, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run to the end; the exit code must be `code`, and nothing may end in a traceback."""
        ended = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *words],
            env=self.environment | environment,
            cwd=ROOT,
            text=True,
            input=stdin,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == code, f"{ended.returncode}\n{ended.stdout}\n{ended.stderr}"
        assert "Traceback" not in ended.stderr, ended.stderr
        return ended

    def deprovision(self, person: str, *more: str, code: int = 0, **environment: str) -> Any:
        """The command with both accounts; the document it printed, or None."""
        words = ["--requested-by", "staff", "--approved-by", "approver", "--reason", "Voluntary", *more]
        ended = self.run("deprovision", person, *words, code=code, **environment)
        self.said = ended.stderr
        return json.loads(ended.stdout) if ended.stdout.strip() else None

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(self.database.connect()) as database:
            return [tuple(row) for row in database.execute(query).fetchall()]

    def end_leases(self) -> None:
        """What the time does by itself after a kill, done at once: every lease is over."""
        with closing(self.database.connect()) as database:
            database.execute(
                "UPDATE offboarding_run SET lease_until = '2020-01-01 00:00:00' WHERE lease_until IS NOT NULL"
            )
            database.commit()


def wait(ready: Callable[[], object], what: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.05)


def processes_of(folder: Path) -> list[int]:
    """The processes whose environment names this folder."""
    told = subprocess.run(["ps", "axeww", "-o", "pid=,command="], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in told.splitlines() if f"VAR_DIR={folder} " in f"{line} "]


def kill_all(folder: Path) -> None:
    for pid in processes_of(folder):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
