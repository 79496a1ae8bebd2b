"""The token endpoint, what a token opens, and ending a person's sessions."""

from __future__ import annotations

import pytest
import requests

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller

FORM = {"grant_type": "client_credentials"}
POSTED = {"client_id": "sandbox", "client_secret": "sandbox-secret"}


def ask(sandbox: SandboxThread, **kwargs: object) -> requests.Response:
    return requests.post(f"{sandbox.url}/oauth/token", timeout=10, **kwargs)  # type: ignore[arg-type]


@pytest.mark.undocumented("the article's scope, which the real API ignores as well")
def test_a_token_is_given_for_a_basic_header_and_for_a_form(sandbox: SandboxThread) -> None:
    basic = ask(sandbox, auth=("sandbox", "sandbox-secret"), data=FORM).json()
    posted = ask(sandbox, data=FORM | POSTED | {"scope": "user:read"}).json()
    for body in (basic, posted):
        assert set(body) == {"access_token", "token_type", "expires_in"}
        assert (body["token_type"], body["expires_in"]) == ("bearer", 86_400)
    assert basic["access_token"] != posted["access_token"]


@pytest.mark.parametrize(
    ("form", "error", "description"),
    [
        (FORM | POSTED | {"client_id": "other"}, "invalid_client", "client not found"),
        (FORM | POSTED | {"client_secret": "no"}, "invalid_client", "authentication failed"),
        (POSTED | {"grant_type": "password"}, "unsupported_grant_type", "must be client_credentials"),
    ],
)
def test_a_wrong_client_gets_an_oauth_error(
    sandbox: SandboxThread, form: dict[str, str], error: str, description: str
) -> None:
    answer = ask(sandbox, data=form)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert description in answer.json()["error_description"]
    assert answer.json()["description"] == answer.json()["error_description"]


def test_the_secret_is_not_recorded(sandbox: SandboxThread) -> None:
    ask(sandbox, data=FORM | POSTED)
    assert "sandbox-secret" not in str(sandbox.calls())
    assert sandbox.calls(path="^/oauth/token$")[0]["body"]["client_id"] == "sandbox"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "authentication.required"),
        ("Basic abc", "authentication.required"),
        ("Bearer nonsense", "bad.credentials"),
        ("Bearer a.ü".encode("latin-1"), "bad.credentials"),
    ],
)
def test_without_a_good_token_the_answer_is_401(sandbox: SandboxThread, header: str | None, code: str) -> None:
    headers = {"Authorization": header} if header else {}
    answer = requests.get(f"{sandbox.url}/api/v2/users", headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (401, code, 401)
    assert answer.json()["contextId"] == answer.headers["ININ-Correlation-Id"]


def test_tokens_end_with_their_life_and_when_all_are_expired(sandbox: SandboxThread, api: Caller) -> None:
    assert api.get("/api/v2/tokens/me").status_code == 200
    sandbox.expire_tokens()
    assert api.get("/api/v2/tokens/me").json()["code"] == "bad.credentials"
    api.renew()
    assert api.get("/api/v2/tokens/me").status_code == 200
    sandbox.options(token_life=0)
    api.renew()
    assert api.get("/api/v2/tokens/me").status_code == 401


def test_the_token_says_which_org_it_is_of(api: Caller) -> None:
    token, org = api.json("/api/v2/tokens/me"), api.json("/api/v2/organizations/me")
    assert token["organization"] == {"id": org["id"], "name": org["name"]}
    assert token["OAuthClient"]["id"]
    assert api("HEAD", "/api/v2/tokens/me").status_code == 200
    assert api.get("/api/v2/tokens/me").status_code == 200  # the connection is still in step


def test_ending_sessions_kills_a_persons_token_and_lets_an_active_one_sign_in_again(
    sandbox: SandboxThread, api: Caller
) -> None:
    person = sandbox.person("plain agent")["id"]
    own = sandbox.login(person)

    def alive(bearer: str) -> int:
        headers = {"Authorization": f"Bearer {bearer}"}
        return requests.get(f"{sandbox.url}/api/v2/tokens/me", headers=headers, timeout=10).status_code

    assert alive(own) == 200
    answer = api("DELETE", f"/api/v2/tokens/{person}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert alive(own) == 401
    assert sandbox.state(person)["sessions"] == 0
    before = api.json(f"/api/v2/users/{person}?expand=lasttokenissued")["lastTokenIssued"]["dateIssued"]
    assert alive(sandbox.login(person)) == 200
    after = api.json(f"/api/v2/users/{person}?expand=lasttokenissued")["lastTokenIssued"]["dateIssued"]
    assert after > before


@pytest.mark.parametrize("why", ["inactive", "deleted"])
def test_whoever_is_not_active_cannot_sign_in(sandbox: SandboxThread, why: str) -> None:
    with pytest.raises(RuntimeError, match="409"):
        sandbox.login(sandbox.person(why)["id"])


def test_a_personal_token_opens_nothing_else(sandbox: SandboxThread) -> None:
    own = sandbox.login(sandbox.person()["id"])
    headers = {"Authorization": f"Bearer {own}"}
    assert requests.get(f"{sandbox.url}/api/v2/users", headers=headers, timeout=10).status_code == 403


def test_ending_the_sessions_of_nobody_is_404(api: Caller) -> None:
    assert api("DELETE", "/api/v2/tokens/nobody").json()["code"] == "general.resource.not.found"


def test_a_permission_taken_away_is_403_with_its_name(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    sandbox.remove_permissions("oauth:token:delete", "routing:queue:edit")
    refused = api("DELETE", f"/api/v2/tokens/{person}")
    assert (refused.status_code, refused.json()["code"]) == (403, "missing.permissions")
    assert "oauth:token:delete" in refused.json()["message"]
    queue = sandbox.state(person)["queues"][0]
    path = f"/api/v2/routing/queues/{queue}/members/{person}"
    sandbox.remove_permissions("routing:queueMember:manage")
    assert api("DELETE", path).json()["code"] == "missing.any.permissions"
    sandbox.restore_permissions("routing:queueMember:manage")
    assert api("DELETE", path).status_code == 204  # one of the two is enough
    with pytest.raises(RuntimeError, match="no route asks for"):
        sandbox.remove_permissions("made:up:name")
