"""A whole deprovisioning in which every call to the org is made by the vendor's SDK."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.genesys import connect
from offboarding.sandbox.testing import SandboxThread
from tests.flows import approved, drive
from tests.peer.sdk import Sdk, SdkTransport

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_sdk(org: SandboxThread, sdk: Sdk, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Sdk:
    org.reset()
    connect.forget()
    settings.SANDBOX_MODE = True
    settings.GENESYS_DOMAIN = org.url
    settings.GENESYS_CLIENT_ID, settings.GENESYS_CLIENT_SECRET = org.client_id, org.client_secret
    monkeypatch.setattr(connect, "Transport", lambda url, *_, **__: SdkTransport(sdk, url))
    sdk.asked.clear()
    return sdk


def test_it_ends_with_the_person_deleted(
    by_sdk: Sdk, org: SandboxThread, staff: Any, approver: Any, settings: Any
) -> None:
    person = org.person("holds everything")["id"]
    run = drive(approved(staff, approver, person))
    assert run.state == "completed", (run.problem, run.remedy)
    left = org.state(person)
    assert left["state"] == "deleted"
    assert not any(left[kind] for kind in ("queues", "grants", "groups", "skills", "languages", "sessions"))
    assert not org.calls(path="^/oauth/token"), "our own transport asked for a token"
    assert {"put_user_state", "delete_token", "delete_scim_v2_user"} <= by_sdk.asked
    assert sorted(by_sdk.lost) == []
