"""What docs/sandbox.md calls compared with the vendor's SDK is what `./dev test --peer` really calls; no SDK here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from docs.sandbox_page import as_markdown
from offboarding.genesys.client import GenesysClient
from offboarding.sandbox.testing import SandboxThread
from tests.documented import OPERATIONS, operation_of
from tests.genesys.conftest import credentials_of, transport_to
from tests.genesys.test_operations import METHODS
from tests.peer.calls import CALLS, Facts


@pytest.fixture(scope="module")
def org() -> Iterator[SandboxThread]:
    delays = {"group_delay": 0.0, "station_delay": 0.0, "workforce_delay": 0.0, "job_delay": 0.0}
    with SandboxThread(people=60, conversations=130, jobs_lag_hours=0.0, **delays) as running:
        yield running


def test_every_operation_of_the_client_is_compared() -> None:
    assert sorted(CALLS) == METHODS


def test_the_page_marks_what_is_compared_and_nothing_else() -> None:
    rows = [line.split(" | ") for line in as_markdown().splitlines() if line.startswith("| `")]
    marked = {row[0].strip("| `"): row[-1].strip(" |") for row in rows if len(row) == 4}
    assert {name for name, compared in marked.items() if compared == "yes"} == set(CALLS)
    assert set(marked) == {each.name for each in OPERATIONS}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_compared_is_called_and_answered(org: SandboxThread, name: str) -> None:
    org.reset()
    found = CALLS[name](GenesysClient(transport_to(org.url, auth=credentials_of(org))), Facts(org))
    if isinstance(found, Iterator):
        list(found)
    made = [operation_of(call["method"], call["path"]) for call in org.calls() if call["status"] < 300]
    assert name in {each.name for each in made if each}
