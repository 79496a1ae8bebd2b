"""The house a seed plays in: a database, settings and a folder of its own, and what is replaced in the product.

Replaced, for the time the house stands, and nothing else of the product's:

- the adapters below its HTTP sessions (network.py), where `connect` and `webhooks.sending` make theirs;
- the clock (clock.py) and, in archives/files.py, the module `os` (disk.py);
- ThreadPoolExecutor in offboarding.people, by one that does the work at once: a fan-out of real threads has no order
  that a seed could decide;
- the memory of a process that `connect` keeps (token, connections): each simulated process has its own, and a crash
  ends it;
- the chance in the waits of deliveries, by the seed's;
- the number of its process that a worker signs its lease with, and how long an approval stands.

Boundaries around transactions are set by transactions.py.
"""

from __future__ import annotations

import logging
import random
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import requests
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from offboarding.genesys import connect
from offboarding.genesys.exchange import make_session
from offboarding.models import request
from offboarding.pipeline import runner
from offboarding.start import DEMO_ACCOUNTS
from tests.simulation.databases import database_of
from tests.simulation.network import GenesysAdapter, Receiver
from tests.simulation.stage import Stage
from tests.simulation.transactions import boundaries_around_transactions
from tests.simulation.weather import Weather

WEBHOOK_SECRET = "the-secret-of-the-receiver-4711"
# Who is who: the requester may decide as well, so that only the rule about one's own request stands in the way.
ROLES = {
    "staff": ("staff", "approver"),
    "approver": ("approver",),
    "manager": ("approver",),
    "admin": ("admin",),
    "auditor": ("admin",),
}


class House:
    """Made once; each seed gets a copy of its migrated database. Leaving it takes everything away."""

    def __init__(self) -> None:
        memory = Path("/dev/shm")  # noqa: S108 - a folder in memory, where there is one: an fsync costs nothing there
        self.folder = Path(tempfile.mkdtemp(prefix="offboarding-simulation-", dir=memory if memory.is_dir() else None))
        self._before = connections.settings["default"]
        self.database = database_of(self._before, self.folder)

    def __enter__(self) -> House:
        connections.settings["default"] = self.database.template
        in_a_thread(_populate)
        connections.settings["default"] = self.database.settings
        return self

    def __exit__(self, *_: object) -> None:
        connections.settings["default"] = self._before
        self.database.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def var_dir(self) -> Path:
        return self.folder / "var"

    def fresh(self) -> None:
        """Everything as before the first seed."""
        shutil.rmtree(self.var_dir, ignore_errors=True)
        self.var_dir.mkdir()
        self.database.fresh()


@contextmanager
def furnished(
    house: House,
    stage: Stage,
    weather: Weather,
    genesys: GenesysAdapter,
    receiver: Receiver,
    at_begin: Callable[[], None],
    before_commit: Callable[[], None],
) -> Iterator[None]:
    """What the docstring above lists, for one seed."""

    def session(pool: int = 32) -> requests.Session:
        return _mounted(make_session(pool), genesys)

    with ExitStack() as stack:
        put = stack.enter_context
        put(
            override_settings(
                VAR_DIR=house.var_dir,
                SANDBOX_MODE=True,
                GENESYS_DOMAIN="http://127.0.0.1:8700",
                GENESYS_CLIENT_ID="sandbox",
                GENESYS_CLIENT_SECRET="sandbox-secret",
                DEPROVISION_WEBHOOK_URL="http://127.0.0.1:9900/hook",
                DEPROVISION_WEBHOOK_SECRET=WEBHOOK_SECRET,
                **weather.caps,
            )
        )
        put(mock.patch.object(connect, "make_session", session))
        put(mock.patch.object(connect, "_shared", _OfEachProcess(stage)))
        put(mock.patch("offboarding.webhooks.sending.session_for", lambda _: _mounted(requests.Session(), receiver)))
        for module in ("holdings", "duties", "preview"):
            put(mock.patch(f"offboarding.people.{module}.ThreadPoolExecutor", _AtOnce))
        put(mock.patch("offboarding.webhooks.schedule._chance", random.Random(stage.chance.random())))
        put(mock.patch.object(runner, "os", SimpleNamespace(getpid=stage.pid)))
        put(mock.patch.object(request, "APPROVAL_LIFE", timedelta(seconds=weather.approval_life)))
        put(boundaries_around_transactions(stage, at_begin, before_commit))
        yield


class _OfEachProcess(dict[Any, Any]):
    """What `connect` shares within a process: of each actor its own."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    def _key(self, wanted: Any) -> tuple[str, Any]:
        actor = self._stage.me()
        return (actor.name if actor else "", wanted)

    def __contains__(self, wanted: Any) -> bool:
        return super().__contains__(self._key(wanted))

    def __getitem__(self, wanted: Any) -> Any:
        return super().__getitem__(self._key(wanted))

    def __setitem__(self, wanted: Any, shared: Any) -> None:
        super().__setitem__(self._key(wanted), shared)

    def forget_mine(self) -> None:
        """The process has ended."""
        mine = self._key(None)[0]
        for key in [key for key in self.keys() if key[0] == mine]:
            super().__delitem__(key)


def end_process() -> None:
    """What the memory of the crashed process of this thread held is gone, and its open transaction with it."""
    shared: Any = connect._shared
    shared.forget_mine()
    connections["default"].close()


class _AtOnce(Executor):
    """Does each piece of work when it is submitted, in the thread that submits it."""

    def __init__(self, max_workers: int) -> None:
        self.max_workers = max_workers

    def submit(self, work: Callable[..., Any], /, *args: Any, **told: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **told))
        except Exception as error:
            done.set_exception(error)
        return done


@contextmanager
def quiet_log() -> Iterator[list[str]]:
    """What the product logs, kept instead of printed."""
    lines: list[str] = []

    class _Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(keep.format(record))

    keep = _Keep()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers, root.level = [keep], logging.INFO
    try:
        yield lines
    finally:
        root.handlers, root.level = handlers, level


def _mounted(session: requests.Session, adapter: GenesysAdapter | Receiver) -> requests.Session:
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _populate() -> None:
    from django.contrib.auth.models import Group, User

    call_command("migrate", verbosity=0)
    for name, roles in ROLES.items():
        first, last = DEMO_ACCOUNTS[name].split()
        person = User.objects.create(username=name, first_name=first, last_name=last, email=f"{name}@example.test")
        person.groups.set(Group.objects.get_or_create(name=role)[0] for role in roles)


def in_a_thread(work: Callable[[], None]) -> None:
    """In a thread of its own, so that connections of this one stay with the database they were opened on."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)
        finally:
            connections["default"].close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


assert settings.Q_CLUSTER["bulk"] == 1, "a simulated worker takes one wake-up at a time"
