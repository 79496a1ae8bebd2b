"""Secrets at rest: unreadable without SECRET_KEY, readable over its change, never the same text twice."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from offboarding.webhooks.sealing import CannotOpen, new_secret, opened, seal


def test_what_was_sealed_is_opened_and_cannot_be_read_in_between() -> None:
    secret = new_secret()
    assert opened(seal(secret)) == secret
    assert secret not in seal(secret)
    assert seal(secret) != seal(secret)


def test_a_new_secret_has_the_form_and_length_that_receivers_take() -> None:
    secrets = {new_secret() for _ in range(20)}
    assert len(secrets) == 20
    assert {len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) for secret in secrets} == {32}


def test_a_changed_secret_key_opens_nothing_unless_the_former_one_is_kept(settings: Any) -> None:
    former = settings.SECRET_KEY
    sealed = seal("whsec_bmV3")
    settings.SECRET_KEY = "another-key-of-the-tests"
    with pytest.raises(CannotOpen):
        opened(sealed)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert opened(sealed) == "whsec_bmV3"
    newer = seal("whsec_bmV3")
    settings.SECRET_KEY_FALLBACKS = []
    assert opened(newer) == "whsec_bmV3"


@pytest.mark.parametrize("damaged", ["", "whsec_bmV3", "gAAAAA"])
def test_a_damaged_text_is_not_a_secret(damaged: str) -> None:
    with pytest.raises(CannotOpen):
        opened(damaged)
    sealed = seal("whsec_bmV3")
    with pytest.raises(CannotOpen):
        opened(sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB"))
