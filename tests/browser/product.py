"""The whole product as a newcomer starts it: `./dev run` on free ports, with a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN = 180.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Product:
    """Starts on entering, waits until everything answers, and is stopped as Ctrl-C would on leaving."""

    def __init__(self, *, people: int = 60, webhook: str = "", folder: str = "") -> None:
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.people = people
        self.webhook = webhook
        self.folder = folder or tempfile.mkdtemp(prefix="offboarding-product-")
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Product:
        self.log = open(Path(self.folder) / "product.log", "wb")
        command = [sys.executable, str(ROOT / "dev"), "run", "--port", str(self.port)]
        command += ["--sandbox-port", str(self.sandbox_port), "--people", str(self.people)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self._environment(),
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        until = time.monotonic() + READY_WITHIN
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"the product did not start:\n{self.said()[-4000:]}")
            time.sleep(0.2)
        self._raise_the_limit()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        finally:
            self.log.close()
            if self.process.poll() is None:
                self.process.kill()

    def _raise_the_limit(self) -> None:
        """Hundreds of pages are opened within a minute; the rate limit has tests of its own."""
        body, headers = json.dumps({"rate_limit": 10_000}).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.sandbox_url}/__sandbox__/options", body, headers)
        urllib.request.urlopen(request, timeout=10).close()

    def manage(self, command: str) -> None:
        """Run a command of manage.py beside it."""
        self._python(str(ROOT / "manage.py"), command)

    def requests_in_each_state(self) -> dict[str, int]:
        """Make a request in each state in which one can rest; its number by the name of the state."""
        found: dict[str, int] = json.loads(self._python("-m", "tests.browser.stills"))
        return found

    def _python(self, *told: str) -> str:
        done = subprocess.run(
            [sys.executable, *told], cwd=ROOT, env=self._environment(), capture_output=True, check=True, text=True
        )
        return done.stdout

    def _environment(self) -> dict[str, str]:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GENESYS_", "DEPROVISION_", "SANDBOX_", "DJANGO_"))
            and name not in {"SECRET_KEY", "DATABASE_URL"}
        }
        return environment | {
            "DEPROV_ENV_FILE": "none",
            "VAR_DIR": self.folder,
            "DEPROVISION_WEBHOOK_URL": self.webhook,
        }

    def said(self) -> str:
        """Everything it has printed so far."""
        return (Path(self.folder) / "product.log").read_text(errors="replace")

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
