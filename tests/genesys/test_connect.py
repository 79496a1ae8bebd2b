"""Clients from the settings: where they speak to, what they share, and what is refused."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import responses
from django.core.exceptions import ImproperlyConfigured

from offboarding.genesys import connect
from offboarding.genesys.article import ArticleClient
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import NotThere, ReadOnly, RetryLater, Unreachable
from offboarding.sandbox.testing import SandboxThread
from tests.genesys.conftest import API, LOGIN


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    connect.forget()
    yield
    connect.forget()


@pytest.fixture
def real(settings: Any) -> Any:
    """Settings of a real org, as a user would write them."""
    settings.SANDBOX_MODE = False
    settings.GENESYS_DOMAIN = API
    settings.GENESYS_CLIENT_ID = "my-client"
    settings.GENESYS_CLIENT_SECRET = "my-secret"
    return settings


@pytest.fixture
def sandboxed(sandbox: SandboxThread, settings: Any) -> SandboxThread:
    settings.GENESYS_DOMAIN = sandbox.url
    settings.GENESYS_CLIENT_ID = sandbox.client_id
    settings.GENESYS_CLIENT_SECRET = sandbox.client_secret
    return sandbox


def _token(host: str = LOGIN) -> None:
    responses.post(f"{host}/oauth/token", json={"access_token": "tok", "expires_in": 86_400})


@responses.activate
def test_a_real_org_signs_in_at_its_login_host(real: Any) -> None:
    _token()
    responses.get(f"{API}/api/v2/organizations/me", json={"id": "o-1", "name": "Acme"})
    assert connect.org().name == "Acme"
    assert type(connect.client_for_page()) is GenesysClient


@responses.activate
def test_the_login_host_may_be_set(real: Any) -> None:
    real.GENESYS_LOGIN_URL = "https://login.example.com/"
    _token("https://login.example.com")
    responses.get(f"{API}/api/v2/organizations/me", json={"id": "o-1", "name": "Acme"})
    assert connect.org().id == "o-1"


def test_all_clients_of_a_process_share_one_token(sandboxed: SandboxThread) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [pool.submit(lambda: connect.client_for_page().get_organizations_me()) for _ in range(4)]
        made += [pool.submit(lambda: connect.client_for_worker().get_organizations_me()) for _ in range(4)]
        assert len({read.result() for read in made}) == 1
    assert len(sandboxed.calls(path="^/oauth/token$")) == 1


def test_the_org_is_asked_once_a_process_and_configuration(sandboxed: SandboxThread, settings: Any) -> None:
    assert connect.org() == connect.org()
    assert len(sandboxed.calls(path="organizations/me")) == 1
    settings.GENESYS_READ_ONLY = True
    connect.org()
    assert len(sandboxed.calls(path="organizations/me")) == 2


def test_a_failure_to_read_the_org_is_not_kept(sandboxed: SandboxThread) -> None:
    sandboxed.faults({"path": "organizations/me", "status": 404})
    with pytest.raises(NotThere):
        connect.org()
    assert connect.org().id


def test_a_page_waits_one_second_at_most_and_a_worker_five(sandboxed: SandboxThread) -> None:
    connect.org()
    sandboxed.faults({"path": "organizations/me", "status": 503, "headers": {"Retry-After": "2"}, "times": None})
    with pytest.raises(RetryLater):
        connect.client_for_page().get_organizations_me()
    assert connect.client_for_page().transport._wait_in_place == 1.0
    assert connect.client_for_worker().transport._wait_in_place == 5.0


def test_calls_are_told_to_whoever_asked_for_them_only(sandboxed: SandboxThread) -> None:
    mine: list[Any] = []
    connect.client_for_worker(on_call=lambda *call: mine.append(call)).get_organizations_me()
    connect.client_for_worker().get_organizations_me()
    assert [call[:3] for call in mine] == [("GET", "/api/v2/organizations/me", 200)]


def test_read_only_holds_for_clients_of_the_settings(sandboxed: SandboxThread, settings: Any) -> None:
    settings.GENESYS_READ_ONLY = True
    person = sandboxed.person()
    for client in (connect.client_for_page(), connect.client_for_worker()):
        assert client.get_user(person["id"]).name == person["name"]
        with pytest.raises(ReadOnly):
            client.delete_token(person["id"])
        with pytest.raises(ReadOnly):
            client.delete_scim_v2_user(person["scim_id"])


def test_other_settings_do_not_share_a_token(sandboxed: SandboxThread, settings: Any) -> None:
    connect.org()
    with SandboxThread(people=40, seed=2) as other:
        settings.GENESYS_DOMAIN = other.url
        other_org = connect.org()
        assert len(other.calls(path="^/oauth/token$")) == 1
    settings.GENESYS_DOMAIN = sandboxed.url
    assert connect.org() != other_org
    assert len(sandboxed.calls(path="^/oauth/token$")) == 1


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("GENESYS_DOMAIN", "http://api.mypurecloud.com", "only https"),
        ("GENESYS_DOMAIN", "http://127.0.0.1.example.com", "only https"),
        ("GENESYS_DOMAIN", "api.mypurecloud.com", "write it as in"),
        ("GENESYS_DOMAIN", "", "write it as in"),
        ("GENESYS_DOMAIN", "ftp://api.mypurecloud.com", "only https"),
        ("GENESYS_DOMAIN", "https://user:pw@api.mypurecloud.com", "write it as in"),
        ("GENESYS_DOMAIN", "https://api.mypurecloud.com/api/v2", "leave the path out"),
        ("GENESYS_LOGIN_URL", "http://login.example.com", "only https"),
        ("GENESYS_SCIM_URL", "http://scim.example.com/scim/v2", "only https"),
        ("GENESYS_SCIM_URL", "https://scim.example.com/scim/v2", "GENESYS_SCIM_TOKEN"),
        ("GENESYS_CLIENT_SECRET", "", "GENESYS_CLIENT_SECRET"),
        ("GENESYS_API_STYLE", "article", "Unset GENESYS_API_STYLE"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(real: Any, name: str, value: str, says: str) -> None:
    setattr(real, name, value)
    with pytest.raises(ImproperlyConfigured, match=says) as caught:
        connect.client_for_page()
    assert "my-secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["GENESYS_LOGIN_URL", "GENESYS_SCIM_URL"])
def test_the_articles_dialect_is_refused_on_any_host_of_genesys(real: Any, name: str) -> None:
    real.GENESYS_DOMAIN = "https://article.example.com"
    real.GENESYS_API_STYLE = "article"
    real.GENESYS_SCIM_TOKEN = "x"
    setattr(real, name, "https://login.mypurecloud.ie")
    with pytest.raises(ImproperlyConfigured, match="Unset GENESYS_API_STYLE"):
        connect.client_for_worker()


@responses.activate
def test_the_articles_dialect_signs_in_and_speaks_scim_at_the_domain(real: Any) -> None:
    real.GENESYS_DOMAIN = "https://article.example.com"
    real.GENESYS_API_STYLE = "article"
    _token("https://article.example.com")
    responses.delete("https://article.example.com/scim/v2/Users/s-1", status=204)
    client = connect.client_for_worker()
    assert isinstance(client, ArticleClient)
    client.delete_scim_v2_user("s-1")


@responses.activate
def test_scim_on_another_host_gets_its_own_token_and_never_ours(real: Any) -> None:
    real.GENESYS_SCIM_URL = "https://scim.example.com/scim/v2/"
    real.GENESYS_SCIM_TOKEN = "scim-only"
    responses.delete("https://scim.example.com/scim/v2/Users/s-1", status=204)
    connect.client_for_worker().delete_scim_v2_user("s-1")
    assert [call.request.headers["Authorization"] for call in responses.calls] == ["Bearer scim-only"]


@responses.activate
@pytest.mark.parametrize(
    ("path", "users"),
    [("/api/v2/scim/v2", "/api/v2/scim/v2/users"), ("/api/v2/scim", "/api/v2/scim/users"), ("/scim", "/scim/Users")],
)
def test_scim_may_have_another_path_on_the_same_host(real: Any, path: str, users: str) -> None:
    real.GENESYS_SCIM_URL = API + path
    _token()
    responses.delete(f"{API}{users}/s-1", status=204)
    connect.client_for_worker().delete_scim_v2_user("s-1")
    assert responses.calls[-1].request.headers["Authorization"] == "Bearer tok"


def test_read_only_holds_for_scim_on_another_host(real: Any) -> None:
    real.GENESYS_SCIM_URL = "https://scim.example.com/scim/v2"
    real.GENESYS_SCIM_TOKEN = "scim-only"
    real.GENESYS_READ_ONLY = True
    with pytest.raises(ReadOnly):
        connect.client_for_worker().delete_scim_v2_user("s-1")


def test_nothing_shows_the_secrets(real: Any) -> None:
    real.GENESYS_SCIM_TOKEN = "scim-secret"
    client = connect.client_for_page()
    shown = f"{connect.configuration()!r}{client!r}{client.transport!r}{vars(client.transport)}"
    assert "my-secret" not in shown and "scim-secret" not in shown


def _token_of_a_child(results: Any) -> None:
    results.put(connect.org().id)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_gets_its_own_connections_and_token(sandboxed: SandboxThread) -> None:
    ours = connect.org()
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=_token_of_a_child, args=(results,))
    with connect._lock:
        child.start()
    assert results.get(timeout=10) == ours.id
    child.join(10)
    results.close()
    results.join_thread()
    assert child.exitcode == 0
    assert len(sandboxed.calls(path="^/oauth/token$")) == 2


def test_an_org_that_is_not_there_is_unreachable(settings: Any) -> None:
    with SandboxThread(people=40) as gone:
        settings.GENESYS_DOMAIN = gone.url
        settings.GENESYS_CLIENT_ID, settings.GENESYS_CLIENT_SECRET = gone.client_id, gone.client_secret
    with pytest.raises(Unreachable):
        connect.org()
