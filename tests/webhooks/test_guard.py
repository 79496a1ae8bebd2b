"""Addresses that want messages to go where they must not: no connection is opened to any of them."""

from __future__ import annotations

import socket
from contextlib import nullcontext
from typing import Any

import pytest

from offboarding.webhooks.addresses import EndpointRefused, origin_of
from offboarding.webhooks.guard import check_now, session_for
from offboarding.webhooks.sending import send
from tests.sink import Answer, Sink

PUBLIC = "93.184.215.14"
Look = dict[str, list[str]]


class Wire:
    """The names that were looked up, and the connections that were tried: all are refused, none leaves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        self.connections: list[tuple[str, int]] = []
        self.addresses: Look = {}
        plain = socket.getaddrinfo

        def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
            text = host.decode() if isinstance(host, bytes) else str(host)
            self.names.append(text)
            answers = self.addresses.get(text, [text])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            try:
                return plain(answer, port, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM)
            except socket.gaierror:
                return plain("127.0.0.1", port, type=socket.SOCK_STREAM)

        def connect(opened: socket.socket, address: Any) -> None:
            self.connections.append(address[:2])
            raise ConnectionRefusedError(111, "refused by the test")

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return Wire(monkeypatch)


HOSTILE = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://0/",
    "https://0.0.0.0/",
    "https://127.0.0.1./",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://100.64.0.1/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[0:0:0:0:0:ffff:7f00:1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1%25eth0]/",
    "https://[2002:7f00:1::]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2606:4700::1111]/",
    f"https://{PUBLIC}/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST:443/",
    "https://hooks.example.com./",
    "https://hooks.example.com@127.0.0.1/",
    "https://hooks.example.com:443@127.0.0.1/",
    "https://user@hooks.example.com/",
    "https://user:pass@hooks.example.com/",
    "https://hooks.example.com\\@127.0.0.1/",
    "https://127.0.0.1\\.hooks.example.com/",
    "https://127.0.0.1#@hooks.example.com/",
    "https://127.0.0.1%2f.hooks.example.com/",
    "https://hooks.example.com%00.127.0.0.1/",
    "https://hooks.example.com\t.127.0.0.1/",
    "https://hooks.example.com\r\nHost: localhost/",
    " https://hooks.example.com/",
    "https://１２７.０.０.１/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://bücher.example.com/",
    "https://hoo\u212as.example.com/",  # the sign of the kelvin is a k when case is ignored
    "https://hooks..example.com/",
    "https://-hooks.example.com/",
    "https:///hooks.example.com/",
    "https:hooks.example.com",
    "https://",
    "https://hooks.example.com:0x1bb/",
    "https://hooks.example.com:99999999/",
    "https://hooks.example.com:22/",
    "https://hooks.example.com:8443/",
    "//hooks.example.com/",
    "hooks.example.com",
    "",
    "http://hooks.example.com/",
    "HTTP://hooks.example.com/",
    "ftp://hooks.example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/containers/json",
    "javascript:alert(1)",
    "https://" + "a" * 64 + ".example.com/",
]


@pytest.mark.parametrize("endpoint", HOSTILE)
def test_it_refuses_a_hostile_address_before_any_look_up(endpoint: str, wire: Wire, settings: Any) -> None:
    settings.DEPROVISION_WEBHOOK_URL = "https://hr.example.com/hook"
    answer = send(endpoint, b"{}", {})
    assert wire.connections == []
    assert wire.names == []
    assert answer.status is None
    assert answer.problem.isprintable() and answer.remedy.isprintable()
    assert answer.problem and answer.remedy


@pytest.mark.parametrize(
    ("endpoint", "problem", "remedy"),
    [
        ("not a url", "This is not an address.", "Write it whole, as in https://hr.example.com/hooks/leavers."),
        ("hooks.example.com/key", "This is not an address.", "Write it whole, "),
        ("http://hooks.example.com/key", "http://hooks.example.com is not an https address.", "write https://"),
        ("https://hr/key", "The host hr has no dot, so where it leads depends ", "such as hr.example.com. If it is "),
        ("https://10.0.0.1/key", "The host is a number.", "Give its name: certificates are made for names."),
        ("https://[fd00::1]/key", "The host is a number.", "Give its name: certificates are made for names."),
        ("https://me:pass@hooks.example.com/key", "The address holds an account before an @.", "Take it out: "),
        ("https://localhost/key", "neither a public one nor one of your own", "only DEPROVISION_WEBHOOK_URL may"),
        ("https://hooks.example.com:99999999/key", "Its host or port cannot be one.", "Write it whole, "),
    ],
)
def test_what_is_not_an_address_says_why_and_what_to_write(endpoint: str, problem: str, remedy: str) -> None:
    with pytest.raises(EndpointRefused) as refused:
        check_now(endpoint)
    assert problem in refused.value.problem and remedy in refused.value.remedy
    assert not any(secret in refused.value.problem + refused.value.remedy for secret in ("key", "pass"))


NOT_PUBLIC = [
    "127.0.0.1",
    "10.1.2.3",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "0.0.0.0",  # noqa: S104
    "192.0.0.192",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.5",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a00:1::",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_it_refuses_a_name_that_leads_to_an_address_that_is_not_public(address: str, wire: Wire, settings: Any) -> None:
    settings.DEPROVISION_WEBHOOK_URL = ""
    wire.addresses = {"hooks.example.com": [address]}
    answer = send("https://hooks.example.com/hook", b"{}", {})
    assert wire.connections == []
    assert wire.names[0] == "hooks.example.com"
    assert answer.problem == "The host's address is not a public one."
    assert address not in answer.problem + answer.remedy


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::6810:84e5"])
def test_a_public_name_is_looked_up_once_and_its_checked_address_is_used(
    address: str, wire: Wire, settings: Any
) -> None:
    settings.DEPROVISION_WEBHOOK_URL = ""
    wire.addresses = {"hooks.example.com": [address, "127.0.0.1"]}
    send("https://hooks.example.com/hook", b"{}", {})
    assert wire.names.count("hooks.example.com") == 1
    assert wire.connections == [(address, 443)]


@pytest.mark.parametrize(
    ("allowed", "endpoint", "goes"),
    [
        (["hooks.example.com"], "https://hooks.example.com/hook", True),
        (["Hooks.Example.com"], "https://HOOKS.example.COM/hook", True),
        (["hooks.example.com:8443"], "https://hooks.example.com:8443/hook", True),
        (["hooks.example.com:443"], "https://hooks.example.com/hook", True),
        (["hooks.example.com"], "https://hooks.example.com:8443/hook", False),
        (["hooks.example.com:8443"], "https://hooks.example.com/hook", False),
        (["hooks.example.com"], "https://other.example.com/hook", False),
        (["example.com"], "https://hooks.example.com/hook", False),
        (["hooks.example.com"], "https://hooks.example.com.evil.test/hook", False),
    ],
)
def test_only_listed_hosts_when_there_is_a_list(
    allowed: list[str], endpoint: str, goes: bool, wire: Wire, settings: Any
) -> None:
    settings.DEPROVISION_WEBHOOK_URL, settings.WEBHOOK_ALLOWED_HOSTS = "", allowed
    wire.addresses = {name: [PUBLIC] for name in ("hooks.example.com", "HOOKS.example.COM", "other.example.com")}
    answer = send(endpoint, b"{}", {})
    assert bool(wire.connections) is goes
    assert goes or "WEBHOOK_ALLOWED_HOSTS" in answer.problem + answer.remedy


OWN = ["10.0.0.1", "172.16.0.1", "192.168.1.20", "fd12:3456::1"]


@pytest.mark.parametrize("address", OWN)
def test_a_listed_host_may_be_in_the_own_network_and_is_looked_up_once(address: str, wire: Wire, settings: Any) -> None:
    settings.DEPROVISION_WEBHOOK_URL, settings.WEBHOOK_ALLOWED_HOSTS = "", ["hooks.example.com"]
    wire.addresses = {"hooks.example.com": [address, "127.0.0.1"]}
    send("https://hooks.example.com/hook", b"{}", {})
    assert wire.names.count("hooks.example.com") == 1
    assert wire.connections == [(address, 443)]


@pytest.mark.parametrize(
    "address", [each for each in NOT_PUBLIC if not each.startswith(("10.", "172.", "192.168.", "fc00:"))]
)
def test_nor_a_listed_host_may_lead_to_this_machine_a_neighbour_or_a_metadata_server(
    address: str, wire: Wire, settings: Any
) -> None:
    settings.DEPROVISION_WEBHOOK_URL, settings.WEBHOOK_ALLOWED_HOSTS = "", ["hooks.example.com"]
    wire.addresses = {"hooks.example.com": [address]}
    answer = send("https://hooks.example.com/hook", b"{}", {})
    assert answer.problem == "The host's address is neither a public one nor one of your own network."
    assert answer.remedy.startswith("Loopback, link-local and metadata addresses are never allowed")
    assert wire.connections == []


@pytest.mark.parametrize(("address", "may"), [("10.0.0.1", True), ("169.254.169.254", False), ("127.0.0.1", False)])
def test_what_is_typed_is_held_against_the_list_in_the_same_way(
    address: str, may: bool, wire: Wire, settings: Any
) -> None:
    settings.WEBHOOK_ALLOWED_HOSTS = ["hooks.example.com"]
    wire.addresses = {"hooks.example.com": [address]}
    with nullcontext() if may else pytest.raises(EndpointRefused, match="neither a public one nor one of your own"):
        check_now("https://hooks.example.com/hook")
    assert wire.connections == []
    assert wire.names.count("hooks.example.com") == 1


def test_the_configured_address_may_be_on_loopback_and_over_http(to_sink: Sink) -> None:
    assert send(to_sink.url, b"{}", {}).status == 200


@pytest.mark.parametrize("changed", ["{}/", "{}?x=1", "{}#x"])
def test_an_address_that_is_almost_the_configured_one_is_not_trusted(changed: str, to_sink: Sink) -> None:
    assert send(changed.format(to_sink.url), b"{}", {}).problem
    assert to_sink.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(status: int, to_sink: Sink) -> None:
    with Sink() as elsewhere:
        to_sink.answers([Answer(status, {"Location": elsewhere.url})])
        answer = send(to_sink.url, b"{}", {})
        assert elsewhere.requests == []
    assert (answer.status, len(to_sink.requests)) == (status, 1)
    assert "redirect" in answer.problem


def test_no_proxy_of_the_environment_gets_the_message(to_sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sink() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert send(to_sink.url, b"{}", {}).status == 200
        assert proxy.requests == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "ftp://hr.example.com/",
        "hr.example.com/hook",
        "http://",
        "http://hr.example.com:port/",
        "http://[::1/",
        "http://hr.example.com/a b",
        "http://hr.example.com/\x00",
        "http://user:pass@hr.example.com/",
        "http://user@127.0.0.1/",
    ],
)
def test_the_configured_address_is_checked_for_mistakes(endpoint: str, wire: Wire, settings: Any) -> None:
    settings.DEPROVISION_WEBHOOK_URL = endpoint
    answer = send(endpoint, b"{}", {})
    assert answer.problem.startswith("DEPROVISION_WEBHOOK_URL ")
    assert "pass" not in answer.problem.replace("password", "")
    assert wire.connections == []


def test_no_configured_address_trusts_nothing(settings: Any) -> None:
    settings.DEPROVISION_WEBHOOK_URL = ""
    with pytest.raises(EndpointRefused):
        session_for("")


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://user:pass@hooks.example.com:8443/key/abc?sig=def#x", "https://hooks.example.com:8443"),
        ("http://[::1]:9/x", "http://[::1]:9"),
        ("https://hooks.example.com/key", "https://hooks.example.com"),
        ("https://hooks.example.com:port/key", "the webhook address"),
        ("key", "the webhook address"),
        ("https://a\x00b/", "the webhook address"),
    ],
)
def test_people_see_the_origin_without_keys(endpoint: str, origin: str) -> None:
    assert origin_of(endpoint) == origin


def test_the_guard_of_the_test_itself_sees_connections(wire: Wire, to_sink: Sink) -> None:
    assert send(to_sink.url, b"{}", {}).problem.startswith("Nothing takes connections")
    assert len(wire.connections) == 1
