"""Finding exactly one person: by what Genesys says now, not by what its search index remembers."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding import people
from tests.flows import client


def test_an_e_mail_that_went_to_somebody_else_finds_neither_by_guess(sandbox: Any) -> None:
    first, second = [person for person in sandbox.people() if person["state"] == "active"][5:7]
    sandbox.options(search_lag=3600.0)
    sandbox.change(first["id"], email="old.alias@sandbox.example")
    sandbox.change(second["id"], email=first["email"])
    with pytest.raises(people.NoSuchPerson) as caught:
        people.exactly_one(client(), first["email"])
    assert "old.alias@sandbox.example" in caught.value.problem
    assert "id" in caught.value.remedy


def test_an_exact_e_mail_finds_its_owner_in_any_case(sandbox: Any) -> None:
    wanted = sandbox.person("inactive")
    assert people.exactly_one(client(), wanted["email"].upper()).id == wanted["id"]
