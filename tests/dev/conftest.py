"""A copy of `dev` in a folder of its own, with small stand-ins for the programs that it starts."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

MANAGE = """
import os, signal, socket, subprocess, sys, time
from pathlib import Path

name, rest = sys.argv[1], sys.argv[2:]
with open("calls", "a") as calls:
    calls.write(" ".join([name, *rest]) + "\\n")
seen = {key: os.environ.get(key) for key in ("SANDBOX_URL", "GENESYS_DOMAIN", "CONSOLE_URL")}
Path(f"env.{name}").write_text(repr(seen))
print(f"{name} says hello", flush=True)
if name == os.environ.get("FAILING"):
    sys.exit("it went wrong")
if name in ("migrate", "seed_demo"):
    sys.exit(0)
if name == "sandbox":
    listener = socket.create_server(("127.0.0.1", int(rest[rest.index("--port") + 1])))
if name == "worker":
    tell = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: open('below.told', 'w'));"
    subprocess.Popen([sys.executable, "-c", tell + "time.sleep(60)"])
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    if os.environ.get("STUBBORN"):
        signal.signal(signal.SIGTERM, lambda *_: Path("stubborn.told").touch())
if name == os.environ.get("DYING"):
    while not Path("die").exists():
        time.sleep(0.05)
    print("my last words", flush=True)
    sys.exit(3)
while True:
    time.sleep(60)
"""

GUNICORN = """
import http.server, os, sys

port = int(sys.argv[sys.argv.index("--bind") + 1].rpartition(":")[2])

class Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *args):
        pass

http.server.HTTPServer(("127.0.0.1", port), Web).serve_forever()
"""

# Says what it was called with, and ends with a code of its own.
PYTEST = """
import json, os, sys
print("pytest:" + json.dumps([sys.argv[1:], os.environ.get("CHROMIUM")]))
sys.exit(int(os.environ.get("PYTEST_ENDS_WITH", "0")))
"""


class Tree:
    """A project folder with the real `dev`, a .venv that counts as installed, and no product."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[str]] = []
        shutil.copy(ROOT / "dev", folder)
        for name in ("__init__.py", "processes.py"):
            self.write(f"deprov_site/{name}", (ROOT / "deprov_site" / name).read_text())
        self.write("manage.py", MANAGE)
        self.write("gunicorn.py", GUNICORN)
        self.write("pytest.py", PYTEST)
        self.write("pyproject.toml", "")
        for name in ("runtime", "dev"):
            self.write(f"requirements/{name}.txt", f"# {name}\n")
        (folder / ".venv" / "bin").mkdir(parents=True)
        (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
        self.stamp("dev")
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def stamp(self, name: str) -> None:
        digest = hashlib.sha256((self.folder / "requirements" / f"{name}.txt").read_bytes()).hexdigest()
        self.write(".venv/.installed", f"{name} {digest}")

    def dev(self, *arguments: str, typed: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Run a `./dev` command to its end."""
        return subprocess.run(
            [sys.executable, "dev", *arguments],
            cwd=self.folder,
            env={**self.env, **env},
            input=typed,
            capture_output=True,
            text=True,
            timeout=30,
        )

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """Start a `./dev` command; its output goes to the files `out` and `err`."""
        with (self.folder / "out").open("w") as out, (self.folder / "err").open("w") as err:
            process = subprocess.Popen(
                [sys.executable, "dev", *arguments],
                cwd=self.folder,
                env={**self.env, **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                text=True,
                preexec_fn=_hear_hang_ups,
            )
        self.started.append(process)
        return process

    def read(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    def running(self) -> set[int]:
        """Everything alive that works in this folder; asked of the kernel, not of `dev`."""
        if Path("/proc/self/cwd").exists():
            return {int(pid) for pid in filter(str.isdigit, os.listdir("/proc")) if _works_in(pid, self.folder)}
        listing = subprocess.run(["lsof", "-t", "-d", "cwd", str(self.folder)], capture_output=True, text=True)
        return {int(pid) for pid in listing.stdout.split()}


def _hear_hang_ups() -> None:
    """Under nohup the tests themselves ignore SIGHUP, and what they start would inherit it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _works_in(pid: str, folder: Path) -> bool:
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == folder
    except OSError:  # gone meanwhile, a zombie, or of somebody else
        return False


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    made = Tree(tmp_path.resolve())
    yield made
    for pid in made.running():
        os.kill(pid, signal.SIGKILL)
    for process in made.started:
        process.wait()


def command_line(pid: int) -> str:
    file = Path(f"/proc/{pid}/cmdline")  # a bare Debian has no ps
    if file.exists():
        return file.read_text().replace("\0", " ").strip()
    return subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()


def parent(pid: int) -> int:
    """The parent's pid; 0 for a process that is gone."""
    file = Path(f"/proc/{pid}/stat")
    if file.exists():
        return int(file.read_text().rpartition(")")[2].split()[1])  # the name before it may hold spaces
    listing = subprocess.run(["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, text=True)
    return int(listing.stdout or 0)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(true: Callable[[], object], seconds: float = 15) -> bool:
    """Whether it becomes true in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
