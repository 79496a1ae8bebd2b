"""What every test shares: an environment of its own, no network but loopback, and people with names and roles."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

VAR_DIR = tempfile.mkdtemp(prefix="offboarding-tests-")
for name in list(os.environ):
    if name.startswith(("GENESYS_", "DEPROVISION_", "WEBHOOK_")) or name in {"SANDBOX_URL", "DEBUG"}:
        del os.environ[name]
os.environ["DEPROV_ENV_FILE"] = "none"
os.environ["VAR_DIR"] = VAR_DIR
os.environ["SECRET_KEY"] = "only-for-the-tests-" + "x" * 50
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deprov_site.settings")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

import pytest  # noqa: E402

from tests.documented import _every_call_is_documented, _every_call_is_seen  # noqa: E402, F401
from tests.sandboxes import sandbox, sandbox_org  # noqa: E402, F401

_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else ""
    if self.family in (socket.AF_INET, socket.AF_INET6) and host not in {"127.0.0.1", "::1", "localhost"}:
        raise AssertionError(f"a test tried to reach {host}: only loopback is allowed")
    _connect(self, address)


socket.socket.connect = _loopback_only  # type: ignore[method-assign, assignment]


@pytest.fixture(autouse=True)
def fast_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def own_var_dir(settings: Any, tmp_path: Any) -> None:
    settings.VAR_DIR = tmp_path / "var"


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """The test databases are whatever DATABASE_URL says: SQLite, or PostgreSQL in CI."""


@pytest.fixture(autouse=True, scope="session")
def _flush_despite_append_only() -> Iterator[None]:
    """Transactional tests empty the tables afterwards; the audit triggers step aside for just that moment."""
    from django.test import TransactionTestCase

    plain = TransactionTestCase._fixture_teardown

    def teardown(self: Any) -> None:
        from django.db import connection

        from tests.append_only import delete_rows, triggers_off

        with triggers_off():
            if connection.vendor == "postgresql":
                delete_rows()
            else:
                plain(self)

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = plain  # type: ignore[method-assign]


@pytest.fixture
def make_actor(db: None) -> Callable[..., Any]:
    """make_actor("sam", "staff") -> an account in that role, password `offboard-demo`."""
    from django.contrib.auth.models import Group, User

    def make(name: str, *roles: str) -> User:
        actor = User.objects.create_user(name, f"{name}@example.test", "offboard-demo", first_name=name.title())
        actor.groups.set(Group.objects.get_or_create(name=role)[0] for role in roles)
        return actor

    return make


@pytest.fixture
def staff(make_actor: Callable[..., Any]) -> Any:
    return make_actor("sam", "staff")


@pytest.fixture
def approver(make_actor: Callable[..., Any]) -> Any:
    return make_actor("ada", "approver")


@pytest.fixture
def manager(make_actor: Callable[..., Any]) -> Any:
    return make_actor("mia", "manager")


@pytest.fixture
def auditor(make_actor: Callable[..., Any]) -> Any:
    return make_actor("otto", "auditor")


@pytest.fixture
def admin(make_actor: Callable[..., Any]) -> Any:
    return make_actor("root", "admin")
