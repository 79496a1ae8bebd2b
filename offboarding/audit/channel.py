"""Which way a change came in, beside who is said to have made it.

A command takes the name of any account without its password. So what a command records says that it came from the
command line, and which user of which machine was at it: the operating system answers for those, not the one who typed.
"""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

COMMAND_LINE = "command line"
_channel: ContextVar[Mapping[str, str] | None] = ContextVar("channel", default=None)


@contextmanager
def on_the_command_line() -> Iterator[None]:
    """What is recorded within carries the channel: `via`, `system_user` and `host`, under the record's hash."""
    token = _channel.set({"via": COMMAND_LINE, "system_user": system_user(), "host": socket.gethostname()})
    try:
        yield
    finally:
        _channel.reset(token)


def channel() -> Mapping[str, str]:
    """What a record of this moment carries of its channel; nothing for a page and for the worker."""
    return _channel.get() or {}


def system_user() -> str:
    """The name of the user this process runs as, by its number: USER and LOGNAME in the environment can be set."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # a container may run as a number that has no name
        return str(number)


def channel_words(data: Mapping[str, Any]) -> str:
    """The channel that a record's data tells of, in words; empty for a page, the worker and records of before."""
    if data.get("via") != COMMAND_LINE:
        return ""
    return f"on the command line, by the system user {data.get('system_user')} on {data.get('host')}"


def who_did(actor: str, data: Mapping[str, Any], *, is_account: bool) -> str:
    """Who stands at the start of a sentence: nobody is said to have done what was only done in their name."""
    if data.get("via") != COMMAND_LINE:
        return actor
    whose = f" as {actor}" if is_account else ""
    return f"The system user {data.get('system_user')} on {data.get('host')}, on the command line{whose},"
