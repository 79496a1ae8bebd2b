"""Where a person's calls go: forwarding, voicemail policy, out of office."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.sandbox.testing import SandboxThread

from .conftest import Caller


def route(value: str = "+4915550000000", kind: str = "PHONENUMBER") -> dict[str, Any]:
    return {"targets": [{"type": kind, "value": value}]}


def test_forwarding_is_switched_off(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person("holds everything")["id"]
    path = f"/api/v2/users/{person}/callforwarding"
    before = api.json(path)
    target = before["calls"][0]["targets"][0]
    assert before["enabled"] is True and target["type"] == "PHONENUMBER" and target["value"].startswith("+49")
    patched = api("PATCH", path, json={"enabled": False})
    assert (patched.status_code, patched.json()) == (200, before | {"enabled": False})
    put = api("PUT", path, json={"enabled": False})
    assert (put.status_code, put.json()["calls"]) == (200, [])
    assert api.json(path) == put.json()


def test_forwarding_that_nobody_set_up_is_off(sandbox: SandboxThread, api: Caller) -> None:
    found = api.json(f"/api/v2/users/{sandbox.person()['id']}/callforwarding")
    assert (found["enabled"], found["calls"], found["voicemail"]) == (False, [], "NONE")
    assert api.get("/api/v2/users/nobody/callforwarding").json()["code"] == "not.found"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "enabledcannotbenull"),
        ({"enabled": True}, "enablednotallowedwithoutcalls"),
        ({"enabled": True, "calls": [route()]}, "enablednotallowedwhileonqueue"),
        ({"enabled": False, "calls": [{"targets": []}]}, "callrequiresatleastonetarget"),
        ({"enabled": False, "calls": [route(kind="")]}, "calltargetrequirestype"),
        ({"enabled": False, "calls": [route(kind="PIGEON")]}, "calltargetunknowntype"),
        ({"enabled": False, "calls": [route("")]}, "calltargetrequiresvalue"),
        ({"enabled": False, "calls": [route("0155")]}, "invalidphonenumberformat"),
    ],
)
def test_forwarding_that_cannot_be_is_409(sandbox: SandboxThread, api: Caller, body: dict[str, Any], code: str) -> None:
    path = f"/api/v2/users/{sandbox.person()['id']}/callforwarding"
    refused = api("PUT", path, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, f"callforwarding.{code}")
    assert api.json(path)["calls"] == []


def test_forwarding_is_switched_on_off_queue(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    sandbox.change(person, presence="Available")
    path = f"/api/v2/users/{person}/callforwarding"
    assert api("PUT", path, json={"enabled": True, "calls": [route()]}).json()["calls"] == [route()]
    assert api("PATCH", path, json={"voicemail": "SOMEWHERE"}).json()["code"] == "invalid.value"


def test_the_voicemail_policy_never_gives_the_pin_back(sandbox: SandboxThread, api: Caller) -> None:
    path = f"/api/v2/voicemail/userpolicies/{sandbox.person()['id']}"
    assert api.json(path) == {"enabled": True, "alertTimeoutSeconds": 30, "sendEmailNotifications": True}
    patched = api("PATCH", path, json={"enabled": False, "pin": "1234"})
    assert patched.json() == {"enabled": False, "alertTimeoutSeconds": 30, "sendEmailNotifications": True}
    assert api.json(path) == patched.json()
    assert api("PATCH", path, json={"enabled": "no"}).json()["code"] == "invalid.value"
    gone = api.get("/api/v2/voicemail/userpolicies/nobody")
    assert (gone.status_code, gone.json()["code"]) == (404, "voicemailservice.user.usernotfound")


def test_out_of_office_is_what_the_agent_status_and_expand_show(sandbox: SandboxThread, api: Caller) -> None:
    person = sandbox.person()["id"]
    path = f"/api/v2/users/{person}/outofoffice"
    assert api.json(path)["active"] is False
    body = {
        "active": True,
        "indefinite": False,
        "startDate": "2026-07-01T00:00:00.000Z",
        "endDate": "2026-07-09T00:00:00.000Z",
    }
    put = api("PUT", path, json=body)
    assert put.status_code == 200 and body.items() <= put.json().items()
    assert api.json(path) == put.json()
    assert api.json(f"/api/v2/users/{person}?expand=outOfOffice")["outOfOffice"] == body
    assert api.json(f"/api/v2/analytics/agents/{person}/status")["isOutOfOffice"] is True
    assert api("PUT", path, json={"active": False}).json()["indefinite"] is False
    assert "startDate" not in api.json(path)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"active": "yes"}, "invalid.value"),
        ({"active": True, "startDate": "tomorrow"}, "invalid.date"),
        ({"startDate": "2026-07-09T00:00:00Z", "endDate": "2026-07-01T00:00:00Z"}, "bad.request"),
    ],
)
def test_an_absence_that_cannot_be_is_400(sandbox: SandboxThread, api: Caller, body: dict[str, Any], code: str) -> None:
    refused = api("PUT", f"/api/v2/users/{sandbox.person()['id']}/outofoffice", json=body)
    assert (refused.status_code, refused.json()["code"]) == (400, code)


def test_nobody_is_not_out_of_office(api: Caller) -> None:
    gone = api.get("/api/v2/users/nobody/outofoffice")
    assert (gone.status_code, gone.json()["code"]) == (404, "presenceservice.usernotfound")
    assert api("PUT", "/api/v2/users/nobody/outofoffice", json={}).json()["code"] == "not.found"
