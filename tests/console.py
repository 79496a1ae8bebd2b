"""A console of its own for tests with real processes: a folder, a migrated database, five accounts, a sandbox."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from offboarding.sandbox.testing import SandboxThread

ROOT = Path(__file__).resolve().parents[1]


class Console:
    """Runs manage.py as a stranger would, against `sandbox`, in `folder`."""

    def __init__(self, folder: Path, sandbox: SandboxThread, **environment: str) -> None:
        self.folder, self.sandbox = folder, sandbox
        self.started: list[subprocess.Popen[str]] = []
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GENESYS_", "DEPROVISION_", "DATABASE_"))}
        self.environment = kept | {
            "DEPROV_ENV_FILE": "none",
            "VAR_DIR": str(folder),
            "GENESYS_DOMAIN": sandbox.url,
            "SANDBOX_URL": sandbox.url,
            "LOG_LEVEL": "WARNING",
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
        with sqlite3.connect(f"file:{self.folder / 'console.sqlite3'}?mode=ro", uri=True) as database:
            return database.execute(query).fetchall()

    def end_leases(self) -> None:
        """What the time does by itself after a kill, done at once: every lease is over."""
        with sqlite3.connect(self.folder / "console.sqlite3", timeout=20) as database:
            database.execute("UPDATE offboarding_run SET lease_until = '2020-01-01 00:00:00' WHERE lease_until > ''")


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
