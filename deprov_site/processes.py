"""The processes of `./dev run`: a free port, a folder for one, children that start, log and end together.

Standard library only and the syntax of Python 3.8, like `dev`, which imports it before anything is installed.
Nothing of the product lives here; a real installation has a service manager for this.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

ROOT = Path(__file__).resolve().parent.parent


class Stop(Exception):
    """Ends the command with one message for the person at the terminal and an exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


class Asked(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


def say(text: str = "") -> None:
    print(text, flush=True)


def refuse_busy(port: int, option: str) -> None:
    """Stop with exit code 2 when the port cannot be listened on, and name the next one that can."""

    def problem(number: int) -> str:
        with socket.socket() as caller, socket.socket() as listener:
            caller.settimeout(1)
            if caller.connect_ex(("127.0.0.1", number)) == 0:  # macOS lets two listen on different addresses
                return "is in use"
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", number))
            except OSError as error:
                in_use = error.errno == errno.EADDRINUSE
                return "is in use" if in_use else f"cannot be used ({error.strerror})"
        return ""

    trouble = problem(port)
    if trouble:
        free = next(number for number in range(max(port, 1024) + 1, 65536) if not problem(number))
        raise Stop(f"Port {port} {trouble}. Choose another one: ./dev run {option} {free}", 2)


def ask_port(port: int) -> str:
    """Empty when something listens on the port; else the problem."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError as error:
        return f"nothing listens on port {port} ({error})"
    return ""


def ask_ready(web: str) -> str:
    """Empty when the web process answers that it is ready; else the problem."""
    # A proxy that the shell names is not meant for loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(f"{web}/readyz", timeout=5).close()
    except urllib.error.HTTPError as error:
        with error:
            return f"{web}/readyz answers {error.code}: {error.read(500).decode(errors='replace').strip()}"
    except OSError as error:
        return f"{web} does not answer ({error})"
    return ""


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder for this process alone; the hold ends with the process, however it dies."""
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(str(folder), os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop(f"Another ./dev run works in {folder}. Stop it first.", 2) from None
        yield
    finally:
        os.close(handle)


def carriers(mark: str) -> set[int]:
    """The processes that run with `mark`, a NAME=value, in the environment that they were started with.

    Unlike parents and groups this also finds what moved to another session and has lost its parent since.
    """
    if not Path("/proc/self/environ").exists():  # macOS
        command = ["ps", "-axEww", "-o", "pid=,command="]
        listing = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode(errors="replace")
        return {int(line.split()[0]) for line in listing.splitlines() if mark in line.split()}
    found = set()
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if mark.encode() in Path("/proc", entry, "environ").read_bytes().split(b"\0"):
                found.add(int(entry))
    return found


def within(seconds: float) -> Callable[[], bool]:
    """A question that is answered with yes for so many seconds."""
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() < deadline


def end(pid: int, mark: str, alive: Callable[[], bool], patient: Callable[[], bool]) -> None:
    """SIGTERM to the main process; once it ended or the patience did, SIGKILL to all that carries its mark.

    SIGTERM never goes to what is below it: django-q2 dead-locks when its guard dies before its main.
    """
    if alive():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    while alive() and patient():
        time.sleep(0.05)
    left, in_time = carriers(mark), within(5)
    while left and in_time():
        for each in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        time.sleep(0.02)
        left = carriers(mark)


def watch_lifeline(lifeline: TextIO, patience: float = 10) -> None:
    """End the children when the process that started them is gone without having done so (kill -9).

    Reads the lines `start PID MARK` and `end PID MARK`; the end of the file is the end of the writer.
    """
    left: dict[int, str] = {}
    for line in lifeline:
        word, pid, mark = line.split()
        if word == "start":
            left[int(pid)] = mark
        else:
            del left[int(pid)]

    def end_orphan(number: int, mark: str) -> None:
        end(number, mark, lambda: number in carriers(mark), within(patience))

    for number, mark in reversed(list(left.items())):
        end_orphan(number, mark)


class Child:
    """One process in a session of its own; its lines appear on our output behind its name."""

    def __init__(self, name: str, command: Sequence[Any], env: dict[str, str], prefix: str) -> None:
        self.name, self.prefix = name, prefix
        self.last_lines: deque[str] = deque(maxlen=20)
        self.mark = f"DEV_CHILD={secrets.token_hex(8)}"
        self.process = subprocess.Popen(
            [str(part) for part in command],
            cwd=str(ROOT),
            env=dict(env, DEV_CHILD=self.mark.partition("=")[2]),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as output:
            for raw in output:
                line = raw.decode(errors="replace").rstrip()
                self.last_lines.append(line)
                # A closed terminal must not end the reading: the child would block on a full pipe.
                with contextlib.suppress(OSError, ValueError):
                    sys.stdout.write(f"{self.prefix}{line}\n")
                    sys.stdout.flush()

    def alive(self) -> bool:
        return self.process.poll() is None


class Crew:
    """Children that start and end together. As a context manager it leaves none behind, however it ends.

    SIGINT, SIGTERM and SIGHUP raise Asked at the next wait; a second one ends the patience with the children.
    """

    COLOURS = {"sandbox": 33, "worker": 35, "web": 36}

    def __init__(self, env: dict[str, str], patience: float = 15) -> None:
        self.env, self.patience = env, patience
        self.children: list[Child] = []
        self.signals = 0
        self._asked = threading.Event()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Crew:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup stays nohup
                self._before[number] = signal.signal(number, self._ask)
        self._watcher = subprocess.Popen(
            [sys.executable, "-m", "deprov_site.processes"],
            cwd=str(ROOT),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self.children):  # the first ones are what the later ones speak to
            self._end(child)
        assert self._watcher.stdin
        with contextlib.suppress(OSError):
            self._watcher.stdin.close()
        self._watcher.wait()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: object) -> None:
        self.signals += 1
        self._asked.set()

    def _tell(self, word: str, child: Child) -> None:
        assert self._watcher.stdin
        with contextlib.suppress(OSError):
            self._watcher.stdin.write(f"{word} {child.process.pid} {child.mark}\n".encode())
            self._watcher.stdin.flush()

    def start(self, name: str, *command: Any) -> Child:
        prefix = f"{name:<8}| "
        if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
            prefix = f"\033[{self.COLOURS.get(name, 2)}m{prefix}\033[0m"
        child = Child(name, command, self.env, prefix)
        self.children.append(child)
        self._tell("start", child)
        return child

    def finish(self, name: str, *command: Any) -> None:
        """Run a command to its end; Stop when it fails."""
        child = self.start(name, *command)
        while child.alive():
            self._pause(watch=False)
        self._end(child)
        if child.process.returncode != 0:
            raise Stop(f"{name} failed with exit code {child.process.returncode}, see above.")

    def wait_until(self, ready: Callable[[], str], seconds: float) -> None:
        """Wait until `ready` has no complaint left; Stop with its last one after `seconds`."""
        in_time, complaint = within(seconds), ready()
        while complaint:
            if not in_time():
                raise Stop(f"Not ready after {seconds:.0f} s: {complaint}")
            self._pause()
            complaint = ready()

    def wait(self) -> NoReturn:
        """Until somebody asks to stop (Asked) or a child dies (Stop)."""
        while True:
            self._pause()

    def _pause(self, watch: bool = True) -> None:
        if self._asked.wait(0.2):
            say("Stopping everything (once more to stop at once) ...")
            raise Asked
        for child in self.children if watch else []:
            if not child.alive():
                child.reader.join(timeout=1)
                code, lines = child.process.returncode, "\n".join(f"    {line}" for line in child.last_lines)
                how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
                raise Stop(f"{child.name} {how}, so everything was stopped. Its last lines:\n{lines}")

    def _end(self, child: Child) -> None:
        in_time = within(self.patience)
        end(child.process.pid, child.mark, child.alive, lambda: in_time() and self.signals < 2)
        child.process.wait()
        child.reader.join(timeout=1)
        self._tell("end", child)
        self.children = [other for other in self.children if other is not child]


if __name__ == "__main__":
    watch_lifeline(sys.stdin)
