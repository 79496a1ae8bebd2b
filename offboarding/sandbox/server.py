"""The sandbox as a process: command line, HTTP/1.1 with connections kept alive, clean end on a signal."""

from __future__ import annotations

import argparse
import contextlib
import errno
import io
import ipaddress
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from . import population
from .app import Sandbox
from .errors import DropConnection
from .options import Options
from .state import Org
from .statefile import StateMismatch

EXAMPLE = """\
example:
  %(prog)s --port 8700 --people 250 --latency-ms 150
  curl -s http://127.0.0.1:8700/__sandbox__/people?why=supervisor
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The one definition of the command line, for `manage.py sandbox` and `python -m offboarding.sandbox`."""
    least = population.FEWEST
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8700, help="port, 0 for a free one (default %(default)s)")
    parser.add_argument("--people", type=int, default=250, metavar="N", help=f"people, {least} at least (default 250)")
    parser.add_argument("--conversations", type=int, metavar="N", help="conversations per person (default: varied)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed gives the same org (default 1)")
    parser.add_argument("--latency-ms", type=int, default=0, metavar="N", help="added to every call (default 0)")
    parser.add_argument("--rate-limit", type=int, default=300, metavar="N", help="calls per minute (default 300)")
    parser.add_argument("--article", action="store_true", help="serve the article's routes too, with its 409 rule")
    parser.add_argument("--state", type=Path, metavar="FILE", help="where changes are kept (default: under VAR_DIR)")


def default_state_file(people: int, conversations: int | None, seed: int) -> Path:
    """One file for each population, so that another --people never meets changes that do not fit."""
    each = f"-conversations{conversations}" if conversations is not None else ""
    return Path(os.environ.get("VAR_DIR") or "var") / "sandbox" / f"seed{seed}-people{people}{each}.json"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m offboarding.sandbox",
        description="Runs the sandbox: an imitation of a Genesys Cloud org on a loopback address.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)
    return run(vars(parser.parse_args(arguments)))


def run(given: dict[str, Any]) -> int:
    """Serves until SIGINT or SIGTERM. 0 after that, 2 with one line on stderr when it cannot start."""
    try:
        server = listen(org_for(given), given["host"], given["port"])
    except (ValueError, OverflowError, OSError) as error:
        print(f"sandbox: {_reason(error, given)}", file=sys.stderr)
        return 2
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    print(f"sandbox org on {server.url}", flush=True)
    stop.wait()
    server.stop()
    return 0


def _reason(error: Exception, given: dict[str, Any]) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"port {given['port']} is busy; stop what runs there or choose another with --port"
    return str(error)


def org_for(given: dict[str, Any]) -> Org:
    """The org that the arguments describe. Raises ValueError (StateMismatch is one) for what cannot be."""
    if given["rate_limit"] < 1 or given["latency_ms"] < 0 or (given["conversations"] or 0) < 0:
        raise ValueError("--rate-limit must be at least 1, --latency-ms and --conversations at least 0")
    options = Options(rate_limit=given["rate_limit"], latency_ms=given["latency_ms"], referential_rule=given["article"])
    state = given["state"] or default_state_file(given["people"], given["conversations"], given["seed"])
    return Org(
        seed=given["seed"],
        people=given["people"],
        conversations=given["conversations"],
        options=options,
        article=given["article"],
        state=state,
    )


def listen(org: Org, host: str, port: int) -> SandboxServer:
    """A bound server, not yet serving. Raises ValueError for an address that is not loopback."""
    try:
        loopback = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise ValueError(f"--host {host}: give a loopback address such as 127.0.0.1") from None
    if not loopback.is_loopback:
        raise ValueError(f"--host {host}: the sandbox guards nothing and listens on loopback addresses only")
    return SandboxServer(Sandbox(org), str(loopback), port)


class SandboxServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # Without it a port stays busy for a minute after use; with it a second sandbox is still refused.
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, app: Sandbox, host: str, port: int) -> None:
        self.app = app
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((host, port), _Handler)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.server_address[1]}"

    def server_bind(self) -> None:
        """Without the name look-up of HTTPServer, which can take seconds where there is no resolver."""
        socket.socket.bind(self.socket, self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle of an answer is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Stops serving and closes the connections that clients keep open."""
        self.shutdown()
        self.server_close()
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 75  # seconds a connection may stay idle
    server: SandboxServer

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the control plane has the recorded calls."""

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        try:
            self._serve()
        except DropConnection:
            self.close_connection = True

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length) if length else b""
        if len(sent) < length:
            raise DropConnection  # whoever sent it was killed in the middle: nobody asked for anything
        environ = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.input": io.BytesIO(sent),
        }
        for name, value in self.headers.items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        started: list[Any] = []
        body = b"".join(self.server.app(environ, lambda status, headers: started.extend((status, headers))))
        status, headers = started
        code, _, phrase = status.partition(" ")
        if any(name == "Content-Length" and int(value) != len(body) for name, value in headers):
            self.close_connection = True  # a truncated answer
        self._send(int(code), phrase, headers, body)

    def _send(self, code: int, phrase: str, headers: list[tuple[str, str]], body: bytes) -> None:
        """In one write: headers and body apart would wait for the client's delayed acknowledgement."""
        if self.command == "HEAD":
            body = b""
        lines = [f"HTTP/1.1 {code} {phrase}", "Server: sandbox"]
        lines += [f"{name}: {value}" for name, value in headers]
        if self.close_connection:
            lines.append("Connection: close")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)


__all__ = ["SandboxServer", "StateMismatch", "add_arguments", "listen", "main", "run"]
