"""A deadline for a whole HTTP exchange. Timeouts of sockets start anew with every byte, so a trickle outlives them."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from contextvars import ContextVar, Token
from types import TracebackType

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class Deadline:
    """`with Deadline(20):` cuts every connection that was opened inside by this thread when 20 seconds are over.

    Whoever reads from a cut connection gets the library's error for a broken one; `passed` says why. Only
    connections of an adapter that went through `under_deadline` are cut.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.passed = False
        self._sockets: list[socket.socket] = []
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="delivery deadline", daemon=True)

    def holds(self, opened: socket.socket) -> None:
        self._sockets.append(opened)

    def _watch(self) -> None:
        if self._over.wait(self.seconds):
            return
        self.passed = True
        while True:  # again and again: a connection may open only after the deadline
            for opened in tuple(self._sockets):
                with suppress(OSError):  # it has ended by itself
                    opened.shutdown(socket.SHUT_RDWR)
            if self._over.wait(0.2):
                return

    def __enter__(self) -> Deadline:
        self._before: Token[Deadline | None] = _current.set(self)
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._watcher.join()
        _current.reset(self._before)


def _hold(opened: socket.socket | None) -> None:
    deadline = _current.get()
    if deadline is not None and opened is not None:
        deadline.holds(opened)


class PlainConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _hold(self.sock)


class SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _hold(self.sock)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = SecureConnection


def under_deadline(adapter: HTTPAdapter, secure: type[HTTPSConnectionPool] = _SecurePool) -> HTTPAdapter:
    """Let the adapter open connections that a Deadline can cut; `secure` are those for https."""
    adapter.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": secure}
    return adapter
