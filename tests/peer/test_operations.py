"""Every operation of the client, by our transport and by the vendor's SDK: the same call, answer and effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from offboarding.genesys.client import GenesysClient
from offboarding.sandbox.testing import SandboxThread
from tests.genesys.test_operations import METHODS
from tests.peer.calls import CALLS, Facts
from tests.peer.sdk import Sdk


def plain(value: Any) -> Any:
    """Records as dictionaries, and times as times: the SDK writes the same moment in another way."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | Iterator):
        return [plain(each) for each in value]
    if isinstance(value, str) and value[4:5] == "-" and value[10:11] == "T":
        return datetime.fromisoformat(value)
    return value


def carried_out(org: SandboxThread, client: GenesysClient, name: str) -> tuple[Any, Any, list[Any]]:
    """What the call gave, what the org knows of the person afterwards, and what was asked of the org."""
    org.reset()
    facts = Facts(org)
    result = plain(CALLS[name](client, facts))
    asked = [
        (call["method"], call["path"], call["query"], call["body"], call["status"])
        for call in org.calls()
        if call["path"] != "/oauth/token"
    ]
    return result, org.state(facts.id), asked


@pytest.mark.parametrize("name", METHODS)
@time_machine.travel(datetime.now(UTC), tick=False)
def test_the_sdk_asks_sees_and_does_the_same(
    org: SandboxThread, ours: GenesysClient, theirs: GenesysClient, sdk: Sdk, name: str
) -> None:
    own, peer = carried_out(org, ours, name), carried_out(org, theirs, name)
    assert name in sdk.asked
    assert peer[2] == own[2], "the calls differ"
    assert peer[0] == own[0], "what was understood differs"
    assert peer[1] == own[1], "the effect differs"


def test_the_sandbox_says_nothing_that_the_sdk_does_not_know(sdk: Sdk) -> None:
    """Runs last in this file: fields and values of all the answers above."""
    assert sorted(sdk.lost) == []
