"""Hosts and regions."""

from __future__ import annotations

import pytest

from offboarding.genesys.regions import REGIONS, is_genesys_host, is_loopback, login_url, region_name


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.code)
def test_every_region_signs_in_at_its_login_host(region: object) -> None:
    domain = region.domain  # type: ignore[attr-defined]
    assert login_url(f"https://api.{domain}") == f"https://login.{domain}"
    assert is_genesys_host(f"https://api.{domain}")


def test_there_are_eighteen_regions_and_none_twice() -> None:
    assert len({region.code for region in REGIONS}) == len({region.domain for region in REGIONS}) == 18


def test_a_region_younger_than_the_table_is_known_by_its_ending() -> None:
    assert login_url("https://api.xyz9.pure.cloud") == "https://login.xyz9.pure.cloud"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8700", "http://localhost:8700", "https://api.example.com", "http://[::1]:9"]
)
def test_any_other_host_signs_in_where_it_answers(url: str) -> None:
    assert login_url(url + "/") == url
    assert not is_genesys_host(url)


@pytest.mark.parametrize(
    "url",
    ["https://mypurecloud.com.evil.example", "https://notmypurecloud.com", "https://api-mypurecloud.com", "x"],
)
def test_a_look_alike_is_no_genesys_host(url: str) -> None:
    assert not is_genesys_host(url)


def test_a_host_is_recognised_in_any_spelling() -> None:
    assert is_genesys_host("https://API.MyPureCloud.com./x")
    assert is_loopback("http://LOCALHOST:1") and not is_loopback("http://127.0.0.1.example.com")


def test_a_region_has_a_name_for_people() -> None:
    assert region_name("https://api.mypurecloud.de") == "eu-central-1 (Frankfurt)"
    assert region_name("http://127.0.0.1:8700") == "this machine"
