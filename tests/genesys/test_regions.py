"""Hosts and regions."""

from __future__ import annotations

import pytest

from offboarding.genesys.regions import REGIONS, is_genesys_host, is_loopback, login_url, region_name

# purecloud_region_hosts.py of the official Python SDK 269.0.0 names the API hosts; `api.` becomes `login.` in it.
HOSTS = [
    ("us-east-1", "api.mypurecloud.com", "login.mypurecloud.com", "Virginia"),
    ("us-east-2", "api.use2.us-gov-pure.cloud", "login.use2.us-gov-pure.cloud", "Ohio, FedRAMP"),
    ("us-west-2", "api.usw2.pure.cloud", "login.usw2.pure.cloud", "Oregon"),
    ("ca-central-1", "api.cac1.pure.cloud", "login.cac1.pure.cloud", "Canada"),
    ("mx-central-1", "api.mxc1.pure.cloud", "login.mxc1.pure.cloud", "Mexico"),
    ("sa-east-1", "api.sae1.pure.cloud", "login.sae1.pure.cloud", "São Paulo"),
    ("eu-west-1", "api.mypurecloud.ie", "login.mypurecloud.ie", "Ireland"),
    ("eu-west-2", "api.euw2.pure.cloud", "login.euw2.pure.cloud", "London"),
    ("eu-central-1", "api.mypurecloud.de", "login.mypurecloud.de", "Frankfurt"),
    ("eu-central-2", "api.euc2.pure.cloud", "login.euc2.pure.cloud", "Zurich"),
    ("eusc-de-east-1", "api.edee1.eusc-pure.cloud", "login.edee1.eusc-pure.cloud", "EU sovereign cloud"),
    ("me-central-1", "api.mec1.pure.cloud", "login.mec1.pure.cloud", "UAE"),
    ("ap-south-1", "api.aps1.pure.cloud", "login.aps1.pure.cloud", "Mumbai"),
    ("ap-southeast-1", "api.apse1.pure.cloud", "login.apse1.pure.cloud", "Singapore"),
    ("ap-southeast-2", "api.mypurecloud.com.au", "login.mypurecloud.com.au", "Sydney"),
    ("ap-northeast-1", "api.mypurecloud.jp", "login.mypurecloud.jp", "Tokyo"),
    ("ap-northeast-2", "api.apne2.pure.cloud", "login.apne2.pure.cloud", "Seoul"),
    ("ap-northeast-3", "api.apne3.pure.cloud", "login.apne3.pure.cloud", "Osaka"),
]


@pytest.mark.parametrize(("code", "api", "login", "place"), HOSTS)
def test_every_region_signs_in_at_its_login_host(code: str, api: str, login: str, place: str) -> None:
    assert login_url(f"https://{api}") == f"https://{login}"
    assert is_genesys_host(f"https://{api}")
    assert region_name(f"https://{api}") == f"{code} ({place})"


def test_there_are_eighteen_regions_and_none_twice() -> None:
    assert [region.code for region in REGIONS] == [code for code, *_ in HOSTS]
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
