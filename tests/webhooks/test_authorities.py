"""Whose certificates are believed, over TLS: the public authorities', or those of WEBHOOK_CA_BUNDLE."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offboarding.webhooks.sending import send
from tests.sink import Sink
from tests.webhooks.authority import Authority, make_authority

HOST = "hooks.example.com"
OWN, PUBLIC = "10.0.0.1", "93.184.215.14"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make_authority(tmp_path, HOST)


@pytest.fixture
def secure(authority: Authority) -> Iterator[Sink]:
    with Sink(authority.server) as sink:
        yield sink


def test_a_certificate_of_an_unknown_authority_is_not_believed(secure: Sink, settings: Any) -> None:
    settings.DEPROVISION_WEBHOOK_URL = secure.url
    answer = send(secure.url, b"{}", {})
    assert "is not secure" in answer.problem and "WEBHOOK_CA_BUNDLE" in answer.remedy
    assert secure.requests == []


def test_an_authority_in_the_bundle_is_believed_for_the_environments_address(
    secure: Sink, authority: Authority, settings: Any
) -> None:
    settings.DEPROVISION_WEBHOOK_URL, settings.WEBHOOK_CA_BUNDLE = secure.url, str(authority.bundle)
    assert send(secure.url, b"{}", {}).status == 200


@pytest.mark.parametrize(("address", "listed"), [(OWN, [HOST]), (PUBLIC, [])])
@pytest.mark.parametrize(("host", "made_for_it"), [(HOST, True), ("other.example.com", False)])
def test_and_for_an_endpoint_that_was_typed_if_it_is_made_for_its_name(
    address: str,
    listed: list[str],
    host: str,
    made_for_it: bool,
    secure: Sink,
    authority: Authority,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.WEBHOOK_CA_BUNDLE = str(authority.bundle)
    settings.WEBHOOK_ALLOWED_HOSTS = [host] if listed else []
    look, connect = socket.getaddrinfo, socket.socket.connect
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, port, *more, **named: look(address, port, *more, **named))
    monkeypatch.setattr(socket.socket, "connect", lambda opened, _: connect(opened, ("127.0.0.1", secure.port)))
    answer = send(f"https://{host}/hook", b"{}", {})
    assert (answer.status == 200, len(secure.requests)) == (made_for_it, int(made_for_it))
    assert made_for_it or "is not secure" in answer.problem


def test_a_bundle_that_is_not_there_sends_nothing_and_says_so(secure: Sink, tmp_path: Path, settings: Any) -> None:
    settings.DEPROVISION_WEBHOOK_URL, settings.WEBHOOK_CA_BUNDLE = secure.url, str(tmp_path / "none.pem")
    answer = send(secure.url, b"{}", {})
    assert answer.problem == "WEBHOOK_CA_BUNDLE names no file on this machine."
    assert secure.requests == []


def test_a_bundle_without_a_certificate_is_told_in_words(secure: Sink, tmp_path: Path, settings: Any) -> None:
    (tmp_path / "empty.pem").write_text("nothing\n")
    settings.DEPROVISION_WEBHOOK_URL, settings.WEBHOOK_CA_BUNDLE = secure.url, str(tmp_path / "empty.pem")
    answer = send(secure.url, b"{}", {})
    assert answer.status is None and "WEBHOOK_CA_BUNDLE" in answer.remedy
    assert secure.requests == []
