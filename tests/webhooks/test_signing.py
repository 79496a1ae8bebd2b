"""Standard Webhooks: the published vector, and what a receiver's library would check."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from offboarding.webhooks.signing import BadSecret, headers_of, secrets_in

AT = datetime.fromtimestamp(1614265330, UTC)
VECTOR = ("msg_p5jXN8AQM9LWM0D4loKWxJek", AT, b'{"test": 2432232314}', ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",))


def test_it_signs_the_vector_of_the_specification() -> None:
    assert headers_of(*VECTOR) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_without_a_secret_there_is_no_signature() -> None:
    headers = headers_of("msg_1", AT, b"{}", ())
    assert headers == {"webhook-id": "msg_1", "webhook-timestamp": "1614265330"}


@given(st.text(min_size=1).filter(lambda text: not text.startswith("whsec_")), st.binary())
def test_any_other_secret_is_its_utf8_text(secret: str, body: bytes) -> None:
    signature = headers_of("msg_1", AT, body, [secret])["webhook-signature"]
    expected = hmac.new(secret.encode(), b"msg_1.1614265330." + body, hashlib.sha256).digest()
    assert base64.b64decode(signature.removeprefix("v1,")) == expected


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not base64!", "whsec_MfKQ9r8", "whsec_MfKQ-9r8G", "whsec_ö"])
def test_it_refuses_a_damaged_secret_instead_of_signing_with_it(secret: str) -> None:
    with pytest.raises(BadSecret) as refusal:
        headers_of("msg_1", AT, b"{}", ["good", secret])
    assert refusal.value.problem.startswith("Secret number 2 in DEPROVISION_WEBHOOK_SECRET ")
    assert secret not in refusal.value.problem + refusal.value.remedy or secret == "whsec_"


def test_the_timestamp_is_unix_time_whatever_the_zone() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=-9, minutes=-30)))
    assert headers_of("msg_1", elsewhere, b"{}", ["s"]) == headers_of("msg_1", AT, b"{}", ["s"])


@pytest.mark.parametrize("setting", ["{} {}", "{},{}", "{}, {}", " {}\n{} "])
@settings(max_examples=50)
@given(current=st.binary(min_size=24, max_size=64), former=st.binary(min_size=24, max_size=64), body=st.text())
def test_the_reference_library_accepts_either_secret_and_no_third(
    setting: str, current: bytes, former: bytes, body: str
) -> None:
    texts = [f"whsec_{base64.b64encode(key).decode()}" for key in (current, former)]
    now = datetime.now(UTC)  # the library refuses what is older than five minutes
    content = json.dumps({"said": body})
    headers = headers_of("msg_1", now, content.encode(), secrets_in(setting.format(*texts)))
    for text in texts:
        assert Webhook(text).verify(content, headers) == {"said": body}
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"another key of 24 bytes!").decode()).verify(content, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(texts[0]).verify(content + " ", headers)


def test_the_current_secret_signs_first() -> None:
    def signatures(*secrets: str) -> list[str]:
        return headers_of("msg_1", AT, b"{}", secrets)["webhook-signature"].split(" ")

    assert signatures("new", "old") == signatures("new") + signatures("old")
